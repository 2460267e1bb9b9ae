"""What users send: the page shows what is computed on, names what it leaves out, and sends nothing by itself."""

from __future__ import annotations

import base64
import io

import pillow_heif
import pytest
from PIL import Image, ImageDraw

from core import samples

SIZES = "s => [...document.querySelectorAll(s)].map(i => [i.naturalWidth, i.naturalHeight])"


def photo(kind, turn=None, size=(450, 300)):
    pillow_heif.register_heif_opener()
    out, exif = io.BytesIO(), Image.Exif()
    if turn:
        exif[0x112] = turn
    with Image.open(samples.sample_path("coffee")) as picture:
        picture.convert("RGB").resize(size).save(out, kind, **({"exif": exif.tobytes()} if turn else {}))
    return out.getvalue()


def upload(page, selector, name, data, kind="image/jpeg"):
    page.locator(f"{selector} input[type=file]").last.set_input_files({"name": name, "mimeType": kind, "buffer": data})


# a file of a kind that the browser has no word for: Playwright always says one
GIVE = """(input, [files, way]) => {
    const given = new DataTransfer();
    for (const [name, type, data] of files)
        given.items.add(new File([Uint8Array.from(atob(data), c => c.charCodeAt(0))], name, {type}));
    if (way === 'drop') {
        const field = input.parentElement;
        field.dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: given}));
        return;
    }
    input.files = given.files;
    input.dispatchEvent(new Event('change', {bubbles: true}));
}"""


def give(page, selector, *files, way="change"):
    """Hands files over, each (name, type, content), as a browser does that knows their kind by that type only."""
    known = [(name, kind, base64.b64encode(data).decode()) for name, kind, data in files]
    page.locator(f"{selector} input[type=file]").last.evaluate(GIVE, [known, way])


@pytest.mark.parametrize("way", ["change", "drop"])
@pytest.mark.parametrize(
    ("name", "kind", "picture"),
    [("phone.heic", "", "HEIF"), ("scan.jp2", "", "JPEG2000"), ("named", "text/plain", "PNG")],
)
def test_a_picture_that_the_browser_does_not_call_one_is_read(visit, way, name, kind, picture):
    page = visit("edges")
    give(page, "#edges-picture", (name, kind, photo(picture)), way=way)
    page.locator("#edges-badge .badge span").nth(2).wait_for()
    page.wait_for_function("document.querySelector('#edges-picture img')?.naturalWidth === 450")


@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [
        ("slide.eps", "application/postscript", b"%!PS-Adobe-3.0 EPSF-3.0"),
        ("paper.pdf", "application/pdf", b"%PDF-1.7"),
    ],
)
def test_what_is_no_picture_gets_the_sentence_of_the_page(visit, name, kind, data):
    page = visit("edges", locale="ko-KR")
    give(page, "#edges-picture", (name, kind, data))
    toast = page.locator("[data-testid=toast-body]")
    toast.wait_for()
    assert "다른 종류의 파일입니다" in toast.inner_text() and "allowed" not in toast.inner_text()


def test_what_is_no_picture_among_many_is_named(visit):
    page = visit("zeroshot", locale="ko-KR")
    page.locator("#zeroshot-part-matrix-button").click()
    page.locator("#zeroshot-pictures").wait_for()
    files = [
        ("notes.txt", "text/plain", b"hello"),
        ("a.png", "image/png", photo("PNG")),
        ("clip.mp4", "video/mp4", b"x"),
    ]
    give(page, "#zeroshot-pictures", *files)
    said = page.locator(".said", has_text="notes.txt")
    said.wait_for()
    assert "2개는" in said.inner_text() and "clip.mp4" in said.inner_text()
    assert page.locator("[data-testid=toast-body]").count() == 0


FILES = {
    "phone.heic": (photo("HEIF"), [450, 300]),
    "scan.tif": (photo("TIFF"), [450, 300]),
    "sideways.webp": (photo("WEBP", 6), [300, 450]),
    "moving.png": (photo("PNG", 8), [300, 450]),
}


@pytest.mark.parametrize("name", FILES)
def test_the_picture_on_the_page_is_the_one_that_is_computed_on(visit, name):
    data, (width, height) = FILES[name]
    page = visit("edges")
    upload(page, "#edges-picture", name, data)
    page.locator("#edges-badge .badge span").nth(2).wait_for()
    page.wait_for_function("document.querySelector('#edges-picture img')?.naturalWidth > 0")
    assert page.evaluate(SIZES, "#edges-picture img") == [[width, height]]
    page.locator("#edges-compare button").first.click()
    page.locator("#edges-slider img").nth(1).wait_for(state="attached")
    page.wait_for_function("[...document.querySelectorAll('#edges-slider img')].every(i => i.naturalWidth > 0)")
    assert page.evaluate(SIZES, "#edges-slider img") == [[width, height]] * 2
    page.locator("#edges-tab-kernel-button").click()
    page.locator("#edges-kernel-more button").first.click()
    page.wait_for_function("(document.querySelector('#edges-x input')?.value ?? '') !== ''")
    shown = page.locator("#edges-picture img")
    box = shown.bounding_box()
    shown.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.5})
    page.wait_for_function(f"Math.abs(document.querySelector('#edges-x input').value - {width * 0.75}) < 3")
    assert abs(int(page.locator("#edges-y input").input_value()) - height / 2) < 3


def test_a_gallery_shows_what_it_can_and_names_what_it_cannot(visit):
    page = visit("zeroshot", locale="ko-KR")
    page.locator("#zeroshot-part-matrix-button").click()
    page.locator("#zeroshot-pictures").wait_for()
    upload(page, "#zeroshot-pictures", "phone.heic", photo("HEIF"), "image/heic")
    page.wait_for_function(
        "[...document.querySelectorAll('#zeroshot-pictures img')].filter(i => i.naturalWidth == 450).length == 1"
    )
    upload(page, "#zeroshot-pictures", "notes.jpg", b"no picture")
    page.locator("#zeroshot-matrix").get_by_text("notes.jpg").wait_for()
    assert "읽을 수 없는 파일 1개는 빼고" in page.locator("#zeroshot-matrix").inner_text()
    assert page.locator("#zeroshot-matrix table tr").count() >= 9


def test_strokes_on_nothing_are_a_mask_whatever_their_colour(visit):
    page = visit("inpaint")
    upload(page, "#inpaint-picture", "photo.png", photo("PNG"), "image/png")
    page.locator("#inpaint-badge .said").wait_for()
    strokes, out = Image.new("RGBA", (450, 300), (0, 0, 0, 0)), io.BytesIO()
    ImageDraw.Draw(strokes).rectangle((100, 100, 149, 139), fill=(0, 0, 0, 255))
    strokes.save(out, "PNG")
    page.locator("#inpaint-upload button").first.click()
    upload(page, "#inpaint-mask", "mask.png", out.getvalue(), "image/png")
    page.wait_for_function("document.querySelector('#inpaint-mask img')?.naturalWidth > 0")
    assert page.locator(".json-holder:visible").count() == 0, "what the editor holds is not shown"
    page.locator("#inpaint-method input[value=telea]").check(force=True)
    page.locator("#inpaint-fill").click()
    page.locator("#inpaint-badge .badge span").nth(2).wait_for()
    page.locator("#inpaint-steps button").first.click()
    page.wait_for_function("document.querySelector('#inpaint-used img')?.naturalWidth == 450")
    used = page.evaluate("""() => {
        const shown = document.querySelector('#inpaint-used img'), canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [shown.naturalWidth, shown.naturalHeight];
        canvas.getContext('2d').drawImage(shown, 0, 0);
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return pixels.filter((_, i) => i % 4 == 0 && pixels[i] > 127).length;
    }""")
    assert used == 50 * 40


def test_an_open_editor_sends_nothing_by_itself(visit):
    page = visit("inpaint")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "/upload" in request.url else None)
    page.locator("#inpaint-examples button").first.click()
    page.locator("#inpaint-badge .badge span").nth(2).wait_for()
    page.locator("#tab-edges-button").click()
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge .badge span").nth(2).wait_for()
    assert len(sent) <= 1, "the editor is read once, when the picture comes"


def test_a_mask_that_covers_nearly_all_is_said(visit):
    page = visit("inpaint", locale="ko-KR")
    upload(page, "#inpaint-picture", "phone.heic", photo("HEIF"), "image/heic")
    page.locator("#inpaint-badge .said").wait_for()
    hole, out = Image.new("RGBA", (450, 300), (9, 9, 9, 255)), io.BytesIO()
    hole.paste((0, 0, 0, 0), (0, 0, 20, 20))
    hole.save(out, "PNG")
    page.locator("#inpaint-upload button").first.click()
    upload(page, "#inpaint-mask", "cut-out.png", out.getvalue(), "image/png")
    page.locator("[data-testid=toast-body]").get_by_text("그림의 99%를 덮습니다").wait_for()


def limit_files(page, size):
    page.evaluate("size => { window.gradio_config.max_file_size = size; }", size)


@pytest.mark.parametrize(("locale", "words"), [("en-US", "at most 1 MB here"), ("ko-KR", "1 MB까지만")])
def test_a_file_over_the_limit_is_named_and_stays_here(visit, locale, words):
    page = visit("edges", locale=locale)
    limit_files(page, 2**20)
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "/upload" in request.url else None)
    upload(page, "#edges-picture", "poster.jpg", bytes(2**20 + 1))
    page.locator(".page-toast").get_by_text("poster.jpg").wait_for()
    assert words in page.locator(".page-toast").inner_text() and not sent
    page.locator(".page-toast").click()
    upload(page, "#edges-picture", "scan.tif", FILES["scan.tif"][0])
    page.locator("#edges-badge .badge span").nth(2).wait_for()
    assert page.locator(".page-toast").count() == 0


DROP = """([place, files]) => {
    const dropped = new DataTransfer(), target = document.querySelector(place);
    for (const [name, size] of files) dropped.items.add(new File([new Uint8Array(size)], name, {type: 'image/png'}));
    for (const kind of ['dragenter', 'dragover', 'drop'])
        target.dispatchEvent(new DragEvent(kind, {dataTransfer: dropped, bubbles: true, cancelable: true}));
}"""


def test_of_several_the_others_go_on_by_picker_and_by_drop(visit):
    page = visit("zeroshot")
    page.locator("#zeroshot-part-matrix-button").click()
    page.locator("#zeroshot-pictures").wait_for()
    limit_files(page, 2**20)
    files = [
        {"name": "phone.heic", "mimeType": "image/heic", "buffer": photo("HEIF")},
        {"name": "poster.png", "mimeType": "image/png", "buffer": bytes(2**20 + 1)},
    ]
    page.locator("#zeroshot-pictures input[type=file]").last.set_input_files(files)
    page.locator(".page-toast").get_by_text("poster.png").wait_for()
    page.wait_for_function(
        "[...document.querySelectorAll('#zeroshot-pictures img')].filter(i => i.naturalWidth == 450).length == 1"
    )
    page.locator(".page-toast").click()
    page.locator("#tab-edges-button").click()
    page.locator("#edges-picture button").first.wait_for()
    with page.expect_request(lambda request: "/upload" in request.url):
        page.evaluate(DROP, ["#edges-picture button", [["a.png", 9], ["b.png", 2**20 + 1]]])
    page.locator(".page-toast").get_by_text("b.png").wait_for()
    assert "a.png" not in page.locator(".page-toast").inner_text()
