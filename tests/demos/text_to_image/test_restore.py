from __future__ import annotations

import gradio as gr
import pytest

from core.generate import png_metadata
from demos import text_to_image as tab
from tests.demos.text_to_image.samples import PICTURES
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def restore_settings_of(tmp_path, **given):
    """What the page takes over from a picture with this note, by name."""
    file = tmp_path / "picture.png"
    file.write_bytes(png_metadata.embed_parameters(PICTURES[0], given))
    names = ("prompt", "negative", "strength", "hold", "model", "size", "steps", "guidance", "seed", "weight",
             "sampler", "fresh")  # fmt: skip
    shown = find_api_handler(build_tab_page(FakeEngine(), tab), "restore_settings")(str(file))
    return dict(zip(names, shown, strict=True))


def test_a_picture_brings_its_settings_back(tmp_path):
    given = {"prompt": "고양이", "steps": 9, "seed": 5, "model": "sd-turbo", "size": 640, "strength": 0.3}
    shown = restore_settings_of(tmp_path, **given)
    assert (shown["prompt"], shown["model"], shown["steps"], shown["seed"]) == ("고양이", "sd-turbo", 9, 5)
    assert (shown["size"]["value"], shown["size"]["maximum"]) == (640, 1024)
    assert (shown["sampler"], shown["fresh"], shown["strength"]) == ("own", False, 0.3)
    assert all(shown[name] == gr.skip() for name in ("negative", "guidance", "weight", "hold"))


def test_a_picture_along_edges_brings_back_the_model_that_was_guided(tmp_path):
    shown = restore_settings_of(tmp_path, model="pocket-controlnet", strength=0.7, adapter="mine.safetensors")
    assert (shown["model"], shown["hold"], shown["strength"]) == ("pocket-diffusion", 0.7, gr.skip())


def test_foreign_settings_get_a_sentence(tmp_path):
    with pytest.raises(gr.Error, match="no text_to_image model named '<evil>'"):
        restore_settings_of(tmp_path, model="<evil>")
    file = tmp_path / "none.png"
    file.write_bytes(b"no picture")
    with pytest.raises(gr.Error, match=r"this page has saved expected, but 'none\.png' is none"):
        find_api_handler(build_tab_page(FakeEngine(), tab), "restore_settings")(str(file))
