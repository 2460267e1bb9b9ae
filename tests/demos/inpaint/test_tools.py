from __future__ import annotations

import numpy as np
import pytest
from gradio.data_classes import ImageData
from gradio.exceptions import Error
from PIL import Image

from core import images
from core.errors import InputError
from demos import inpaint as tab
from demos import ui
from tests.demos.inpaint.samples import PICTURE, editor_strokes
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_handler

UPLOADED = np.zeros((40, 50), np.uint8)
UPLOADED[10:20, 10:20] = 255


def paint(rows, columns):
    """What the editor hands over after a stroke."""
    return editor_strokes(40, 50, (rows, columns))


def call_handler(name, *values):
    return find_handler(build_tab_page(FakeEngine(), tab), name)(*values)


def test_strokes_and_file_become_one_mask() -> None:
    editor, mask = call_handler("collect_mask", PICTURE, paint(slice(30, 35), slice(5, 8)), UPLOADED)
    expected = UPLOADED.copy()
    expected[30:35, 5:8] = 255
    assert mask.dtype == np.uint8 and (mask == expected).all()
    assert editor["layers"] == [] or not any(np.asarray(layer)[..., 3].any() for layer in editor["layers"])


def test_inverting_twice_is_the_mask_again() -> None:
    _, once = call_handler("invert_mask", PICTURE, None, UPLOADED)
    assert (once == 255 - UPLOADED).all()
    assert (call_handler("invert_mask", PICTURE, None, once)[1] == UPLOADED).all()


def test_the_saved_file_is_the_mask() -> None:
    path = call_handler("save_mask", PICTURE, None, UPLOADED)
    assert path.endswith("mask.png")
    assert (images.to_mask(path, (40, 50)) == (UPLOADED > 0)).all()


@pytest.mark.parametrize("name", ["collect_mask", "invert_mask", "save_mask"])
def test_a_mask_of_another_size_gets_a_sentence(name) -> None:
    with pytest.raises(Error, match="50 × 40"):
        call_handler(name, PICTURE, None, np.zeros((7, 9), np.uint8))


def test_an_upload_lies_in_the_editor_and_keeps_the_strokes() -> None:
    editor = call_handler("show_upload", PICTURE, paint(slice(30, 35), slice(5, 8)), UPLOADED)
    assert editor["background"].shape[:2] == (40, 50)
    assert (editor["background"] != PICTURE[0, 0, 0]).any(), "the mask is to be seen"


@pytest.mark.parametrize(("rows", "said"), [(36, None), (37, "92%"), (39, "97%"), (40, "100%")])
def test_a_mask_that_covers_nearly_all_is_said(rows, said, monkeypatch) -> None:
    told = []
    monkeypatch.setattr(ui, "show_toast", lambda key, **facts: told.append(ui.localise(key, **facts)))
    covering = np.zeros((40, 50), bool)
    covering[:rows] = True
    call_handler("show_upload", PICTURE, None, covering)
    assert [sentence for sentence in told if said and said in sentence and "Invert the mask" in sentence] == told
    assert len(told) == (said is not None)


def test_an_uploaded_mask_keeps_its_transparency_and_its_labels(tmp_path) -> None:
    uploaded = next(b for b in build_tab_page(FakeEngine(), tab).blocks.values() if b.elem_id == "inpaint-mask")
    assert uploaded.get_config()["name"] == "image", "the browser has a part for it"
    layer = np.zeros((40, 50, 4), np.uint8)
    layer[10:20, 10:20, 3] = 255
    labels = (layer[..., 3] > 0).astype(np.uint8)
    for name, pixels in (("strokes.png", layer), ("labels.png", labels), ("faint.png", layer // 2)):
        Image.fromarray(pixels).save(tmp_path / name)
        found = uploaded.preprocess(ImageData(path=str(tmp_path / name)))
        assert found.dtype == bool and (found == (labels > 0)).all(), name
        _, mask = call_handler("collect_mask", PICTURE, None, found)
        assert (mask == UPLOADED).all()
    assert uploaded.preprocess(None) is None
    (tmp_path / "text.png").write_bytes(b"hello")
    assert isinstance(uploaded.preprocess(ImageData(path=str(tmp_path / "text.png"))), InputError)
