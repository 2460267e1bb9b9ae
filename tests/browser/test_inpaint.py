from __future__ import annotations

import numpy as np
from PIL import Image

from core import images, samples
from tests.conftest import PHONE

PATIENCE = 60_000  # a shared machine without a graphics card draws the editor slowly


def choose_method(page, method):
    page.locator(f"#inpaint-method input[value={method}]").check(force=True)


def upload(page, path):
    page.locator("#inpaint-picture input[type=file]").set_input_files(path)
    page.locator("#inpaint-picture img").wait_for(timeout=PATIENCE)
    page.locator("#inpaint-badge .said").wait_for(timeout=PATIENCE)


def wait_until_still(page, canvas):
    """Its place, once that has been the same for a second."""
    before = None
    for _ in range(60):
        now = canvas.bounding_box()
        if now is not None and now == before:
            return now
        before = now
        page.wait_for_timeout(1000)
    raise TimeoutError("the editor does not come to rest")


def paint_stroke(page, down=0.0):
    """A line through the middle of the editor, or so much of its height below that."""
    canvas = page.locator("#inpaint-canvas canvas").first
    canvas.wait_for(timeout=PATIENCE)
    canvas.scroll_into_view_if_needed()
    page.wait_for_timeout(2000)
    box = wait_until_still(page, canvas)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * (0.5 + down)
    page.mouse.move(x - 50, y)
    page.mouse.down()
    page.mouse.move(x + 50, y, steps=8)
    page.mouse.up()
    page.wait_for_timeout(800)


def download_image(page, selector):
    picture = page.locator(f"{selector} img").first
    picture.wait_for(timeout=PATIENCE)
    return images.to_rgb(page.request.get(picture.get_attribute("src")).body())


def read_toast(page):
    shown = page.locator("[data-testid=toast-body]").first
    shown.wait_for(timeout=PATIENCE)
    return shown.inner_text()


def assert_exact_outside(page, original):
    """The result differs from the picture under the mask, and nowhere else; returns the mask."""
    result = download_image(page, "#inpaint-result")
    mask = download_image(page, "#inpaint-used")[..., 0] > 127
    assert (result[~mask] == original[~mask]).all()
    assert (result[mask] != original[mask]).any(axis=1).mean() > 0.5
    return mask


def test_an_example_is_one_click_and_the_brush_adds_to_its_mask(visit, picture):
    page = visit("inpaint")
    choose_method(page, "telea")
    page.locator("#inpaint-examples button").nth(1).click()
    page.locator("#inpaint-badge .badge span").first.wait_for(timeout=PATIENCE)
    page.locator("#inpaint-steps button").first.click()
    ready = assert_exact_outside(page, picture("cheetah"))
    before = page.locator("#inpaint-used img").first.get_attribute("src")
    paint_stroke(page, down=0.35)
    for tab in ("edges", "inpaint"):  # what was painted stays while one looks elsewhere
        page.locator(f"#tab-{tab}-button").first.click()
        page.locator(f"#tab-{tab}-button[aria-selected=true]").first.wait_for(state="attached")
        page.wait_for_timeout(1500)
    page.locator("#inpaint-fill").click()
    page.wait_for_function(
        "(before) => document.querySelector('#inpaint-used img')?.src != before", arg=before, timeout=PATIENCE
    )
    both = assert_exact_outside(page, picture("cheetah"))
    assert both[ready].all()
    assert both.sum() > ready.sum() + 100


def test_what_is_painted_survives_an_error_on_a_phone_in_korean(visit, picture):
    page = visit("inpaint", size=PHONE, locale="ko-KR")
    upload(page, samples.sample_path("cat"))
    page.locator("#inpaint-fill").click()
    assert "칠하거나" in read_toast(page)
    paint_stroke(page)
    choose_method(page, "diffusion")
    page.locator("#inpaint-fill").click()
    page.locator("[data-testid=toast-body]").get_by_text("sd-inpainting").wait_for(timeout=PATIENCE)
    choose_method(page, "telea")
    page.locator("#inpaint-fill").click()
    page.locator("#inpaint-badge .badge span").first.wait_for(timeout=PATIENCE)
    page.locator("#inpaint-steps button").first.click()
    mask = assert_exact_outside(page, picture("cat"))
    # the stroke went through the middle of the picture
    assert mask[150, 225]
    assert 0.01 < mask.mean() < 0.5


def test_the_eraser_takes_paint_away(visit, picture):
    page = visit("inpaint")
    upload(page, samples.sample_path("cat"))
    choose_method(page, "telea")
    paint_stroke(page)
    page.locator("#inpaint-canvas [aria-label='Erase']").first.click()
    paint_stroke(page)
    page.locator("#inpaint-fill").click()
    assert "one is empty" in read_toast(page)


def test_the_borders_grow(visit):
    page = visit("inpaint")
    choose_method(page, "ns")
    upload(page, samples.sample_path("cat"))
    page.locator("#inpaint-borders-button").click()
    page.locator("#inpaint-size").get_by_text("451 × 300 grows to 675 × 300").wait_for(timeout=PATIENCE)
    page.locator("#inpaint-top input[type=number]").fill("40")
    page.locator("#inpaint-top input[type=number]").press("Tab")
    page.locator("#inpaint-size").get_by_text("675 × 340").wait_for(timeout=PATIENCE)
    page.locator("#inpaint-extend").click()
    page.locator("#inpaint-badge .badge span").first.wait_for(timeout=PATIENCE)
    assert download_image(page, "#inpaint-result").shape == (340, 675, 3)


def test_what_was_segmented_is_removed_in_one_click(visit, tmp_path):
    pixels = np.random.default_rng(0).normal(60, 6, (300, 400, 3))
    pixels[100:200, 150:250] += (150, 110, 20)
    original = pixels.clip(0, 255).astype(np.uint8)
    file = tmp_path / "square.png"
    Image.fromarray(original).save(file)
    page = visit("segment")
    assert page.locator("#segment-remove").is_disabled(), "nothing is pointed at yet"
    page.locator("#segment-picture input[type=file]").first.set_input_files(file)
    page.wait_for_function("document.querySelector('#segment-canvas canvas').width === 400")
    page.locator("#segment-badge").get_by_text("Now click").wait_for(timeout=PATIENCE)
    frame = page.locator("#segment-canvas canvas").bounding_box()
    page.locator("#segment-canvas canvas").click(position={"x": frame["width"] / 2, "y": frame["height"] / 2})
    page.locator("#segment-mask img").wait_for(timeout=PATIENCE)
    page.locator("#segment-remove").click()
    page.locator("#tab-inpaint-button[aria-selected=true]").first.wait_for(state="attached")
    choose_method(page, "telea")
    page.locator("#inpaint-upload button").first.click()
    page.locator("#inpaint-mask img").wait_for(timeout=PATIENCE)
    page.locator("#inpaint-fill").click()
    page.locator("#inpaint-badge .badge span").first.wait_for(timeout=PATIENCE)
    page.locator("#inpaint-steps button").first.click()
    mask = assert_exact_outside(page, original)
    assert mask[150, 200] and mask[98, 200] and not mask[90, 200]
    assert np.abs(download_image(page, "#inpaint-result")[100:200, 150:250].astype(int) - 60).mean() < 15


def test_a_mask_is_inverted_saved_and_answered_several_times(visit, tmp_path):
    page = visit("inpaint")
    upload(page, samples.sample_path("cat"))
    page.locator("#inpaint-upload button").first.click()
    mask = np.zeros((300, 451), np.uint8)
    mask[100:130, 200:240] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    page.locator("#inpaint-mask input[type=file]").set_input_files(tmp_path / "mask.png")
    page.locator("#inpaint-mask img").wait_for(timeout=PATIENCE)
    shown = page.locator("#inpaint-mask img").get_attribute("src")
    changed = "(before) => { const i = document.querySelector('#inpaint-mask img'); return i && i.src != before; }"
    for _ in range(2):
        page.locator("#inpaint-mask-invert").click()
        page.wait_for_function(changed, arg=shown, timeout=PATIENCE)
        shown = page.locator("#inpaint-mask img").get_attribute("src")
    with page.expect_download(timeout=PATIENCE) as saving:
        page.locator("#inpaint-mask-save").click()
    saving.value.save_as(tmp_path / "saved.png")
    assert (images.to_mask(tmp_path / "saved.png", (300, 451)) == (mask > 0)).all()
    page.locator("#inpaint-more").get_by_role("button", name="More settings").click()
    page.locator("#inpaint-count input[type=number]").fill("2")
    page.locator("#inpaint-count input[type=number]").press("Tab")
    page.locator("#inpaint-fill").click()
    answers = page.locator("#inpaint-answers button.thumbnail-item, #inpaint-answers .thumbnail-lg")
    answers.nth(1).wait_for(timeout=PATIENCE)
    last = page.locator("#inpaint-result img").get_attribute("src")
    answers.nth(0).click()
    page.wait_for_function(
        "(before) => document.querySelector('#inpaint-result img')?.src != before", arg=last, timeout=PATIENCE
    )
    page.locator("#inpaint-steps button").first.click()
    used = assert_exact_outside(page, images.to_rgb(samples.sample_path("cat")))
    assert (used == (mask > 0)).all()
