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


REFUSED = [
    ({"sampler": "heun++"}, "sampler 'heun++'"),
    ({"sampler": 5}, "sampler 5"),
    ({"steps": 999}, "steps 999"),
    ({"steps": "20"}, "steps '20'"),
    ({"guidance": -1}, "guidance -1"),
    ({"seed": 2**40}, f"seed {2**40}"),
    ({"weight": float("nan")}, "weight nan"),
    ({"size": 1000}, "size 1000"),
    ({"size": 640, "model": "pocket-diffusion"}, "size 640"),
    ({"size": 100}, "size 100"),
    ({"strength": 1.5}, "strength 1.5"),
    ({"strength": 0.01}, "strength 0.01"),
    ({"negative": ["dog"]}, "negative ['dog']"),
    ({"prompt": "x" * 3000}, "prompt 'xxx"),
]


@pytest.mark.parametrize(("wrong", "said"), REFUSED)
def test_what_no_drawing_takes_stays_as_it_was_and_is_said(wrong, said, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(gr, "Info", lambda message, **_: told.append(message))
    right = {"prompt": "고양이", "negative": "dog", "steps": 9, "guidance": 3.0, "seed": 5, "model": "sd15"}
    right |= {"size": 512, "strength": 0.3, "weight": 1.5, "sampler": "ddim"}
    shown = restore_settings_of(tmp_path, **right | wrong)
    (message,) = told
    assert said in message and message.startswith("The settings of the picture are back")
    for name, value in right.items():
        if name not in wrong:
            found = shown[name]["value"] if name == "size" else shown[name]
            assert found == value, name
        elif name == "size":
            assert "value" not in shown[name], "how far it goes may change"
        elif name != "model":
            assert shown[name] == gr.skip(), name


def test_a_picture_that_names_no_model_leaves_the_models(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(gr, "Info", lambda message, **_: told.append(message))
    for wrong in ({}, {"model": 5}):
        shown = restore_settings_of(tmp_path, prompt="a cat", size=512, **wrong)
        assert shown["prompt"] == "a cat" and shown["model"] == shown["size"] == gr.skip()
    assert all("size 512" in message for message in told) and "model 5" in told[1]


def test_strength_along_edges_may_be_more_than_one(tmp_path):
    shown = restore_settings_of(tmp_path, model="pocket-controlnet", strength=1.5)
    assert (shown["hold"], shown["strength"]) == (1.5, gr.skip())


def test_foreign_settings_get_a_sentence(tmp_path):
    with pytest.raises(gr.Error, match="no text_to_image model named '<evil>'"):
        restore_settings_of(tmp_path, model="<evil>")
    file = tmp_path / "none.png"
    file.write_bytes(b"no picture")
    with pytest.raises(gr.Error, match=r"this page has saved is needed, but 'none\.png' is not one"):
        find_api_handler(build_tab_page(FakeEngine(), tab), "restore_settings")(str(file))
