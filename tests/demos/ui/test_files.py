from __future__ import annotations

import os
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from core import images
from core.decoding import mask_files
from core.errors import InputError
from demos.ui import files

PICTURE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


@pytest.fixture
def slot(tmp_path, monkeypatch) -> gr.DownloadButton:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    with gr.Blocks():
        return files.download_slot("here")


def test_a_picture_is_decoded_once_and_cannot_be_spoilt(tmp_path) -> None:
    file, decoded = tmp_path / "a.png", []
    Image.fromarray(PICTURE).save(file)

    def read(path):
        decoded.append(path)
        return images.to_rgb(path)

    first = files.decode_upload(file, read)
    first[:] = 0
    assert (files.decode_upload(file, read) == PICTURE).all() and len(decoded) == 1
    assert files.decode_upload(file, mask_files.decode_mask).dtype == bool, "a mask in the same file is another thing"
    Image.fromarray(255 - PICTURE).save(file)
    os.utime(file, ns=(1, 1))
    assert (files.decode_upload(file, read) == 255 - PICTURE).all(), "a file that was written again is read again"


def test_what_is_no_picture_gets_a_sentence(tmp_path) -> None:
    with pytest.raises(InputError):
        files.decode_upload(tmp_path / "gone.png", images.to_rgb)


def test_saved_files_lie_in_gradios_folder_under_their_name(slot, tmp_path) -> None:
    png = Path(files.save_png(PICTURE, "mask", slot))
    assert png.name == "mask.png" and (images.to_rgb(png) == PICTURE).all()
    data = Path(files.save_bytes(b"\x00\x01", "head.zip", slot))
    text = Path(files.save_text("가나다", "code.py", slot))
    assert data.name == "head.zip" and data.read_bytes() == b"\x00\x01"
    assert text.name == "code.py" and text.read_text(encoding="utf-8") == "가나다"
    assert all(path.is_relative_to(tmp_path / "cache") for path in (png, data, text))


def test_a_picture_is_kept_as_a_small_jpeg() -> None:
    smooth = np.broadcast_to(np.arange(0, 240, 4, dtype=np.uint8)[None, :, None], (60, 60, 3)).copy()
    kept = files.encode_jpeg(smooth)
    assert kept[:2] == b"\xff\xd8" and len(kept) < smooth.nbytes / 4
    assert np.abs(images.to_rgb(kept).astype(int) - smooth).max() < 12


def test_a_button_that_saves_presses_the_hidden_one() -> None:
    with gr.Blocks() as demo:
        slot = files.download_slot("hidden-one")
        files.save_on_click(gr.Button(), lambda: None, [], slot, api_visibility="private")
    made, pressed = demo.fns.values()
    assert made.outputs == [slot] and slot.visible == "hidden"
    assert "#hidden-one" in pressed.js and pressed.targets[0][1] == "success"
