"""Whatever road a picture takes to a handler, one reader reads it and its sentences say why it cannot."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from gradio.components.gallery import GalleryData, GalleryImage, GalleryVideo
from gradio.components.image_editor import EditorData
from gradio.data_classes import FileData, ImageData
from PIL import Image

from core.errors import InputError
from demos import ui
from demos.ui import pictures

PICTURE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
# a text that Ghostscript would be asked to draw, were it asked
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"


def encode(picture=PICTURE, kind="PNG", **settings):
    out = io.BytesIO()
    Image.fromarray(picture).save(out, kind, **settings)
    return out.getvalue()


def write(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def data_url(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize("component", [ui.Picture, ui.ResultPicture])
def test_a_file_and_a_frame_are_read_alike(component, tmp_path) -> None:
    read = component().preprocess
    assert (read(ImageData(path=write(tmp_path, "a.png", encode()))) == PICTURE).all()
    assert (read(ImageData(url=data_url(encode()))) == PICTURE).all()
    assert read(None) is None


ROADS = {
    "picture": lambda file: ui.Picture().preprocess(ImageData(path=file)),
    "result": lambda file: ui.ResultPicture().preprocess(ImageData(path=file)),
    "frame": lambda file: ui.Picture().preprocess(ImageData(url=data_url(Path(file).read_bytes()))),
    "background": lambda file: ui.EditorContents().preprocess(EditorData(background=FileData(path=file))),
    "layer": lambda file: ui.EditorContents().preprocess(EditorData(layers=[FileData(path=file)])),
    "gallery": lambda file: (
        ui.PictureGallery().preprocess(GalleryData(root=[GalleryImage(image=ImageData(path=file))]))[0].error
    ),
    "film": lambda file: (
        ui.PictureGallery().preprocess(GalleryData(root=[GalleryVideo(video=FileData(path=file))]))[0].error
    ),
}


@pytest.mark.parametrize("road", ROADS)
def test_what_is_another_kind_of_file_is_never_given_to_another_program(road, tmp_path, monkeypatch) -> None:
    started = []
    monkeypatch.setattr(subprocess, "check_call", lambda *command, **_: started.append(command))
    monkeypatch.setattr(subprocess, "Popen", lambda *command, **_: started.append(command))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    found = ROADS[road](write(tmp_path, "holiday.jpg", POSTSCRIPT))
    assert isinstance(found, InputError) and found.key == "errors.picture_unknown"
    assert not started


@pytest.mark.parametrize("road", ROADS)
def test_a_file_cut_short_has_one_sentence_on_every_road(road, tmp_path) -> None:
    found = ROADS[road](write(tmp_path, "half.jpg", encode(kind="JPEG")[:60]))
    assert isinstance(found, InputError) and found.key in ("errors.picture_damaged", "errors.picture_unknown")


@pytest.mark.parametrize(
    "url", [None, "", "http://example.com/a.png", "data:text/html;base64,AAAA", "data:image/png,AA"]
)
def test_an_address_is_no_picture(url) -> None:
    found = ui.Picture().preprocess(ImageData(url=url))
    assert isinstance(found, InputError) and found.key == "errors.picture_missing"


def test_a_frame_that_is_no_base64_is_damaged() -> None:
    found = ui.Picture().preprocess(ImageData(url="data:image/png;base64,****"))
    assert isinstance(found, InputError) and found.key == "errors.picture_damaged"


def test_a_mask_is_told_from_its_file(tmp_path) -> None:
    strokes = np.zeros((20, 30, 4), np.uint8)
    strokes[5:9, 5:9, 3] = 255  # black on nothing
    read = ui.MaskPicture().preprocess
    for given in (
        ImageData(path=write(tmp_path, "mask.png", encode(strokes))),
        ImageData(url=data_url(encode(strokes))),
    ):
        assert (read(given) == (strokes[..., 3] > 0)).all()
    assert read(None) is None and isinstance(read(ImageData()), InputError)
    refused = read(ImageData(path=write(tmp_path, "mask.jpg", b"no mask")))
    assert isinstance(refused, InputError) and refused.key == "errors.picture_unknown"


def test_strokes_keep_their_alpha_and_their_colours(tmp_path) -> None:
    strokes = np.zeros((20, 30, 4), np.uint8)
    strokes[5:9, 5:9] = (255, 45, 85, 153)
    file = FileData(path=write(tmp_path, "layer.png", encode(strokes)))
    back = FileData(path=write(tmp_path, "back.png", encode()))
    found = ui.EditorContents().preprocess(EditorData(background=back, layers=[file]))
    assert (found["layers"][0] == strokes).all() and found["composite"] is None
    assert found["background"].shape == (20, 30, 4) and (found["background"][..., :3] == PICTURE).all()


def test_an_editor_without_end_is_refused(tmp_path) -> None:
    layers = [FileData(path=write(tmp_path, "layer.png", encode()))] * (pictures.MAX_LAYERS + 1)
    found = ui.EditorContents().preprocess(EditorData(layers=layers))
    assert isinstance(found, InputError) and "At most 8 layers" in str(found)


def gallery_of(tmp_path: Path, *names: str) -> GalleryData:
    files = [
        ImageData(path=write(tmp_path, name, b"no picture" if name.startswith("bad") else encode()), orig_name=name)
        for name in names
    ]
    return GalleryData(root=[GalleryImage(image=file) for file in files])


def test_of_a_gallery_the_readable_pictures_are_used_and_the_others_named(tmp_path) -> None:
    gallery = ui.PictureGallery()
    gallery.most = 3
    sent = gallery.preprocess(gallery_of(tmp_path, "a.png", "bad.png", "<b>.png", "late.png"))
    used, lines = ui.read_sent(sent)
    assert len(used) == 2 and all((picture == PICTURE).all() for picture in used)
    assert "1 of the files could not be read and were left out: bad.png." in lines
    assert "Only the first 3 pictures were used; 1 more were left out: late.png." in lines
    assert "&lt;b&gt;" not in lines and "<b>" not in lines


def test_the_names_of_many_are_told_in_short(tmp_path) -> None:
    names = [f"bad{i}.png" for i in range(7)]
    _, lines = ui.read_sent(ui.PictureGallery().preprocess(gallery_of(tmp_path, "a.png", *names)))
    assert "7 of the files" in lines and "bad4.png, ...." in lines and "bad5.png" not in lines


def test_a_name_is_text_and_no_markup(tmp_path) -> None:
    _, lines = ui.read_sent(ui.PictureGallery().preprocess(gallery_of(tmp_path, "a.png", "bad<img>.png")))
    assert "bad&lt;img&gt;.png" in lines


def test_where_no_picture_is_readable_the_first_says_why(tmp_path) -> None:
    with pytest.raises(InputError) as refused:
        ui.read_sent(ui.PictureGallery().preprocess(gallery_of(tmp_path, "bad1.png", "bad2.png")))
    assert refused.value.key == "errors.picture_unknown"
    assert ui.read_sent(ui.PictureGallery().preprocess(None)) == ([], "")


def test_pictures_of_a_gallery_are_made_smaller_where_that_is_asked(tmp_path) -> None:
    gallery = ui.PictureGallery()
    gallery.longest = 15
    assert gallery.preprocess(gallery_of(tmp_path, "a.png"))[0].picture.shape == (10, 15, 3)


NAMES = {
    "image": (ui.Picture, ui.MaskPicture, ui.ResultPicture),
    "gallery": (ui.PictureGallery,),
    "json": (ui.EditorContents,),
}


@pytest.mark.parametrize(("name", "component"), [(name, each) for name, ours in NAMES.items() for each in ours])
def test_the_browser_knows_each_by_gradios_name(name, component) -> None:
    assert component().get_block_name() == name


def test_the_pages_inputs_have_no_other_reader() -> None:
    import app
    from core.engine import Local
    from demos import page
    from demos.page.links import ServerAddresses

    demo = page.build_page(Local(), app.TABS, ServerAddresses())
    ours = (ui.Picture, ui.MaskPicture, ui.ResultPicture, ui.PictureGallery)
    others = {
        (component.elem_id, event.name)
        for event in demo.fns.values()
        if event.fn is not None
        for component in event.inputs
        if isinstance(component, (gr.Image, gr.Gallery, gr.ImageEditor, gr.AnnotatedImage, gr.ImageSlider))
        and not isinstance(component, ours)
    }
    # hands the path of a file on to a picture, and opens nothing
    assert others <= {("text_to_image-pictures", "pick_picture")}


def test_no_event_of_the_server_keeps_an_editor_busy() -> None:
    import app
    from core.engine import Local
    from demos import page
    from demos.page.links import ServerAddresses

    demo = page.build_page(Local(), app.TABS, ServerAddresses())
    for event in demo.fns.values():
        progress = event.show_progress_on or event.outputs
        if event.fn is not None:
            assert not any(isinstance(component, gr.ImageEditor) for component in (*event.inputs, *progress)), (
                event.name
            )
