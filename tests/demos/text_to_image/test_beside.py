"""What the tab does beside drawing: looking inside, comparing, teaching, and taking settings from a picture."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import torch

from core import generate, images
from core.errors import ModelUnavailable
from core.generate import attention_maps, lora, png_metadata, prior_preview, prompts, sweeps
from demos import text_to_image as tab
from demos.text_to_image import compare, gallery
from demos.text_to_image.results import DrawingJob
from demos.ui.show_code import Call
from tests.stand_ins.fakes import EngineCall, FakeEngine, StepEngine, build_tab_page, find_api_handler, find_handler

KNOBS = ("a cat", "a dog", "sd-turbo", 4, 0.0, 64, 7, 2, "own", None, 1.0)
PICTURES = tuple(np.full((64, 64, 3), level, np.uint8) for level in (10, 200))
SMALL = np.full((8, 8, 3), 60, np.uint8)


def build_generated():
    return generate.GeneratedImages(images=PICTURES, seed=7, parameters={}, model="sd-turbo", seconds=1.5)


def test_word_maps_draw_again_what_was_drawn_with_the_same_lora():
    made = Call.of(generate.text_to_image, "a cat", steps=4, adapter="my.safetensors", weight=0.5, count=2)
    found = attention_maps.WordMaps(
        image=PICTURES[0], words=("cat",), maps=np.zeros((1, 64, 64), np.float32), model="sd-turbo", seconds=1
    )
    engine = StepEngine(found)
    list(find_handler(build_tab_page(engine, tab), "find_word_maps")(made))
    (called,) = engine.calls
    assert called.fn is attention_maps.word_maps and called.args == ("a cat",) and called.kwargs == made.kwargs


def test_the_guess_is_shown_with_the_names_it_stands_on():
    things = ((("cat", 0.934), ("cat face", 0.05), ("lion", 0.004)), (("pizza", 1.0),))
    engine = FakeEngine(prior_preview.PriorPreview(image=SMALL, things=things, model="pocket-diffusion", seconds=0.1))
    picture, said, code = find_handler(build_tab_page(engine, tab), "show_prior_preview")(
        "고양이와 피자", "pocket-diffusion"
    )
    assert "prior_preview.preview_prior('고양이와 피자', model='pocket-diffusion')" in code
    assert picture["visible"] and picture["value"].shape == (256, 256, 3)
    assert "cat 93%, cat face 5%; pizza 100%" in said and "Pocket Stable Diffusion" in said


def test_only_what_was_drawn_from_noise_has_word_maps():
    engine = StepEngine(build_generated())
    *_, made = list(find_api_handler(build_tab_page(engine, tab), "text_to_image")(DrawingJob(), *KNOBS))[-1]
    assert made.fn is generate.text_to_image
    shown = list(
        find_api_handler(build_tab_page(engine, tab), "image_to_image")(DrawingJob(), PICTURES[0], 0.4, *KNOBS)
    )
    assert shown[-1][-1] is None
    ((_, said, _),) = find_handler(build_tab_page(engine, tab), "find_word_maps")(None)
    assert "Draw" in said


def test_a_sweep_asks_for_what_was_written():
    found = sweeps.Sweep(
        images=((PICTURES[0],) * 2,), x=("steps", (1, 2)), y=("", ("",)), parameters={}, model="sd-turbo", seconds=1
    )
    engine = StepEngine(sweeps.SweepCell(index=1, total=2, image=PICTURES[0], values={"steps": 1}), found)
    told = list(
        find_api_handler(build_tab_page(engine, tab), "sweep")(
            "a cat", "", "steps", "1, 2", "none", "", None, "sd-turbo", 4, 0.0, 64, 7, "own", None, 1.0
        )
    )
    (called,) = engine.calls
    assert called.fn is sweeps.sweep_parameters and called.kwargs["x"] == ("steps", [1, 2]) and "y" not in called.kwargs
    assert "Picture 1 of 2" in told[1][1] and told[1][0].columns == 2
    ((file, caption),) = [(shown["image"]["path"], shown["caption"]) for shown in told[1][0].value]
    assert caption == "Steps 1"
    note = png_metadata.read_parameters(Path(file))
    assert (note["prompt"], note["steps"], note["seed"], note["count"]) == ("a cat", 1, 7, 1)
    assert "sweeps.sweep_parameters('a cat', x=('steps', [1, 2],)" in told[-1][2]


@pytest.mark.parametrize(
    ("knob", "text", "expected"),
    [
        ("steps", "1, 2 ,,4", [1, 2, 4]),
        ("guidance", "1.5|2", [1.5, 2.0]),
        ("prompt", "a cat, noto style | a dog", ["a cat, noto style", "a dog"]),
        ("sampler", "ddim, euler", ["ddim", "euler"]),
        ("steps", "many", ["many"]),
        ("seed", "", []),
    ],
)
def test_values_are_read_from_text(knob, text, expected):
    assert compare.parse_values(knob, text) == expected


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


ALIKE = ("sd-turbo", 4, 0.0, 64, 7, "euler", "/x/mine.safetensors", 0.5)
SAME = {"steps": 4, "guidance": 0.0, "size": 64, "seed": 7, "sampler": "euler", "weight": 0.5, "model": "sd-turbo"}


def run_sweep_event(name, *given):
    """The call that an event makes of what stands on the page, and what the page shows of it."""
    cell = sweeps.SweepCell(index=1, total=1, image=PICTURES[0], values={"share": 0.5})
    found = sweeps.Sweep(images=((PICTURES[0],),), x=("share", (0.5,)), y=("", ("",)), parameters={},
                         model="sd-turbo", seconds=1)  # fmt: skip
    engine = StepEngine(cell, found)
    told = list(find_api_handler(build_tab_page(engine, tab), name)(*given))
    return engine.calls[0], told


def test_interpolation_is_drawn_with_every_knob_of_the_page():
    called, told = run_sweep_event("interpolate", "a cat", "a dog", "a car", *ALIKE)
    assert called.fn is sweeps.interpolate_prompts and called.args == ("a cat", "a dog")
    assert called.kwargs == SAME | {"negative": "a car", "count": 7, "adapter": "/x/mine.safetensors"}
    assert told[1][0].value[0]["caption"] == "Share of the second prompt 0.5"


def test_the_strip_of_strengths_is_drawn_with_every_knob_of_the_page():
    called, _ = run_sweep_event("strength_strip", PICTURES[1], "a cat", "a car", *ALIKE)
    assert called.fn is sweeps.sweep_parameters and called.args == ("a cat",)
    assert called.kwargs["x"] == ("strength", [0.2, 0.4, 0.6, 0.8, 1.0])
    assert np.array_equal(called.kwargs["image"], PICTURES[1])
    expected = SAME | {"negative": "a car", "adapter": "/x/mine.safetensors"}
    assert {name: called.kwargs[name] for name in expected} == expected


def test_the_gallery_is_drawn_by_the_chosen_model_and_gives_its_prompts():
    called, told = run_sweep_event("prompt_gallery", "sd-turbo")
    assert called.fn is sweeps.sweep_parameters and called.kwargs["model"] == "sd-turbo"
    assert called.kwargs["x"] == ("prompt", list(gallery.PROMPTS)) and "SD-Turbo" in told[-1][1]
    take = find_handler(build_tab_page(FakeEngine(), tab), "take_prompt")
    assert take(gr.SelectData(None, {"index": 1, "value": None})) == gallery.PROMPTS[1]
    assert take(gr.SelectData(None, {"index": 99, "value": None})) == gr.skip()


@pytest.mark.parametrize("name", ["sweep", "prompt_gallery", "teach"])
def test_what_fails_says_so_in_the_badges_place(name):
    error = ModelUnavailable("errors.model_offline", name="sd-turbo", megabytes=2580, command="python -m x")
    given = {"sweep": ("a cat", "", "steps", "1", "none", "", None, *ALIKE), "prompt_gallery": ("sd-turbo",),
             "teach": (["a.png"], "a cat", 20, 1, "sd-turbo")}[name]  # fmt: skip
    told = []
    with pytest.raises(gr.Error):
        told.extend(find_api_handler(build_tab_page(StepEngine(error), tab), name)(*given))
    assert "Starting" in told[0][1] and "python -m x" in told[-1][1]


def test_a_lesson_shows_the_loss_then_both_pictures_and_the_file():
    adapter = lora.Adapter(
        word="my cat", tensors={"unet.x": torch.zeros(2, 2)}, losses=(0.1,), model="sd-turbo", seconds=9
    )
    without, with_it = (
        generate.GeneratedImages(images=(p,), seed=1, parameters={}, model="sd-turbo", seconds=1) for p in PICTURES
    )

    class Teaching(StepEngine):
        def run(self, fn, /, *args, **kwargs):
            self.calls.append(EngineCall(fn, args, kwargs))
            return with_it if kwargs["weight"] else without

    engine = Teaching(lora.LoraProgress(index=5, total=20, loss=0.25), adapter)
    told = list(find_api_handler(build_tab_page(engine, tab), "teach")(["a.png", "b.png"], "my cat", 20, 1, "sd-turbo"))
    assert "Step 5 of 20, loss 0.250" in told[1][1]
    shown, badge, file, code = told[-1]
    assert [item["caption"] for item in shown.value] == ["weight 0", "weight 1"]
    pictures = [images.to_rgb(item["image"]["path"]) for item in shown.value]
    assert all(np.array_equal(a, b) for a, b in zip(pictures, PICTURES, strict=True))
    assert "SD-Turbo" in badge and file.endswith(".safetensors") and "lora.train_lora(" in code
    taught, *drawn = engine.calls
    assert taught.args == ([Path("a.png"), Path("b.png")], "my cat") and taught.kwargs["steps"] == 20
    assert [(call.args, call.kwargs["seed"]) for call in drawn] == [(("my cat",), 1)] * 2


def test_tokens_that_are_not_read_are_struck_out():
    found = prompts.PromptTokens(english="a <b>", tokens=("a", "<b>"), read=1, model="sd-turbo", seconds=0.1)
    shown, code = find_api_handler(build_tab_page(FakeEngine(found), tab), "prompt_tokens")("a <b>", "sd-turbo")
    assert "<span class='read'>a</span><span class='cut'>&lt;b&gt;</span>" in shown and "1 of 2 tokens" in shown
    assert "prompts.tokenize_prompt('a <b>', model='sd-turbo')" in code


def test_the_badge_and_the_file_name_the_lora():
    engine = StepEngine(
        generate.GeneratedImages(images=PICTURES[:1], seed=7, parameters={}, model="sd-turbo", seconds=1)
    )
    knobs = (*KNOBS[:-3], "own", "/secret/mine.safetensors", 0.5)
    *_, last = find_api_handler(build_tab_page(engine, tab), "text_to_image")(DrawingJob(), *knobs)
    assert "mine.safetensors × 0.5" in last[3]
    assert png_metadata.read_parameters(Path(last[1]["value"]))["adapter"] == "mine.safetensors"
