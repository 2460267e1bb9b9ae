from __future__ import annotations

from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from core import generate, images
from core.errors import InputError, ModelUnavailable
from core.generate import png_metadata
from core.generate.lora_formats.plain import LoraNotes
from demos import text_to_image as tab
from demos import ui
from demos.text_to_image.job import DrawingJob
from tests.demos.text_to_image.samples import KNOBS, PICTURES, SMALL, STEPS, build_generated, run_text_to_image
from tests.stand_ins.fakes import StepEngine, build_tab_page, find_api_handler, find_handler


def test_every_step_is_shown_and_then_the_pictures():
    first, second, last = run_text_to_image(StepEngine(*STEPS, build_generated()))
    for step, (preview, result, _, line, *_) in zip(STEPS, (first, second), strict=True):
        assert preview["visible"] and not result["visible"]
        assert preview["value"] is step.preview
        assert f"Step {step.index} of 2" in line
        assert f"value='{step.index}'" in line and "max='2'" in line
    preview, result, gallery, badge, code, *_ = last
    assert not preview["visible"] and result["visible"] and gallery["visible"]
    shown = [images.to_rgb(path) for path in gallery["value"]]
    assert all(np.array_equal(a, b) for a, b in zip(shown, PICTURES, strict=True))
    assert result["value"] == gallery["value"][0]
    for fact in ("SD-Turbo", "1290.0 M", "Stability AI Community License Agreement", "1.50 s"):
        assert fact in badge
    assert code.splitlines()[0] == "from core import generate"
    assert "found = generate.text_to_image('a cat', negative='a dog', model='sd-turbo', steps=4" in code


def test_each_picture_tells_how_it_was_made():
    *_, last = run_text_to_image(StepEngine(build_generated()))
    notes = [png_metadata.read_parameters(Path(path)) for path in last[2]["value"]]
    assert [note["seed"] for note in notes] == [7, 8] and notes[0]["prompt"] == "a cat"
    assert all(note["count"] == 1 for note in notes)


def is_close(a, b):
    return a.shape == b.shape and np.abs(a.astype(int) - b).max() <= 2


def test_a_long_drawing_keeps_fifty_steps():
    steps = [
        generate.DenoisingStep(index=i, total=120, level=0.5, noisy=SMALL[1], preview=SMALL[2]) for i in range(1, 121)
    ]
    *_, last = run_text_to_image(StepEngine(*steps, build_generated()))
    assert len(last[5]) <= 50 and last[5][-1].number == 120


def test_the_slider_shows_what_each_step_began_with():
    demo = build_tab_page(StepEngine(*STEPS, build_generated()), tab)
    *_, last = find_api_handler(demo, "text_to_image")(DrawingJob(), *KNOBS)
    moments, slider, noisy, clean, level = last[5:10]
    assert [m.number for m in moments] == [1, 2] and slider.maximum == slider.value == 2
    assert (
        is_close(noisy, STEPS[1].noisy) and is_close(clean, STEPS[1].preview) and "Step 2 of 2: noise σ = 0.50" in level
    )
    scrub = find_handler(demo, "show_moment")
    noisy, clean, level = scrub(moments, 1)
    assert is_close(noisy, STEPS[0].noisy) and is_close(clean, STEPS[0].preview) and "σ = 0.75" in level
    assert is_close(scrub(moments, 99)[0], STEPS[1].noisy) and is_close(scrub(moments, -5)[0], STEPS[0].noisy)
    assert scrub((), 1) == scrub(moments, "x") == (gr.skip(),) * 3, "what is shown stays"


@pytest.mark.parametrize(("pieces", "said"), [("turns", "one after the other"), ("tiles", "overlapping tiles")])
def test_how_scarce_memory_was_got_by_with_is_said(pieces, said):
    assert said in run_text_to_image(StepEngine(*STEPS, build_generated(pieces=pieces)))[-1][3]
    assert said not in run_text_to_image(StepEngine(*STEPS, build_generated()))[-1][3]


def test_the_steps_of_a_try_that_ran_out_of_memory_are_forgotten():
    *_, seen, steps, _, _, _, _ = run_text_to_image(StepEngine(STEPS[0], *STEPS, build_generated()))[-1]
    assert [moment.number for moment in seen] == [1, 2] and steps.maximum == 2


def test_korean_and_nothing_are_said():
    *_, korean = run_text_to_image(
        StepEngine(build_generated(encoded="cat", parameters={"prompt": "고양이", "seed": 7}))
    )
    assert "Encoded in English: cat" in korean[3]
    *_, empty = run_text_to_image(StepEngine(build_generated(encoded="", parameters={"prompt": "", "seed": 7})))
    assert "Without a prompt the model draws anything" in empty[3]


def test_one_picture_needs_no_gallery():
    *_, last = run_text_to_image(StepEngine(build_generated(images=PICTURES[:1])))
    assert not last[2]["visible"]


def test_the_code_draws_the_same(hub):
    hub("sd-turbo")
    engine = StepEngine(build_generated())
    *_, (_, _, _, _, code, *_) = run_text_to_image(engine)
    names = {}
    exec(code, names)  # the page's own line, with the values of this test
    again = generate.text_to_image(**names["found"].parameters)
    assert np.array_equal(again.images[1], names["found"].images[1])


def test_the_unread_end_of_a_prompt_is_shown_as_text():
    *_, last = run_text_to_image(StepEngine(build_generated(unread="<b>and more</b>")))
    assert "Not read: &lt;b&gt;and more&lt;/b&gt;" in last[3]


def test_what_of_a_lora_is_left_out_or_unknown_is_said_as_text():
    notes = LoraNotes(words=("mycat", "<b>dog</b>"), unscaled=True)
    *_, last = run_text_to_image(StepEngine(build_generated(lora_notes=notes)))
    assert "not read here: mycat, &lt;b&gt;dog&lt;/b&gt;." in last[3] and "does not say how strongly it acts" in last[3]
    *_, last = run_text_to_image(StepEngine(build_generated()))
    assert "not read here" not in last[3] and "how strongly" not in last[3]


@pytest.mark.parametrize(
    "error",
    [
        InputError("errors.text_empty", name="prompt"),
        ModelUnavailable("errors.model_offline", name="sd-turbo", megabytes=2580, command="python -m <x>"),
    ],
)
@pytest.mark.parametrize("steps", [[], STEPS])
def test_an_error_is_told_once_by_a_toast(error, steps):
    told = []
    with pytest.raises(gr.Error) as caught:
        told.extend(
            find_api_handler(build_tab_page(StepEngine(*steps, error), tab), "text_to_image")(DrawingJob(), *KNOBS)
        )
    assert caught.value.message == str(error)
    preview, result, _, line, *_ = told[-1]
    assert not preview["visible"] and result["visible"] and line == ""


def test_the_badge_and_the_file_name_the_lora():
    engine = StepEngine(
        generate.GeneratedImages(images=PICTURES[:1], seed=7, parameters={}, model="sd-turbo", seconds=1)
    )
    knobs = (*KNOBS[:-3], "own", "/secret/mine.safetensors", 0.5)
    *_, last = find_api_handler(build_tab_page(engine, tab), "text_to_image")(DrawingJob(), *knobs)
    assert "mine.safetensors × 0.5" in last[3]
    assert png_metadata.read_parameters(Path(last[1]["value"]))["adapter"] == "mine.safetensors"


def test_what_was_read_of_a_prompt_and_what_was_not_are_chips():
    facts = {"encoded": "cat", "left_out": ("꿱꿱이를", "<b>"), "parameters": {"prompt": "꿱꿱이를 고양이", "seed": 7}}
    *_, last = run_text_to_image(StepEngine(build_generated(**facts)))
    assert "<span>Encoded in English: cat</span>" in last[3]
    assert "<span>not read: 꿱꿱이를, &lt;b&gt;</span>" in last[3]
    assert "its kind" not in last[3]


def test_what_was_read_as_its_kind_of_thing_is_a_chip(monkeypatch):
    facts = {"encoded": "bus", "near": ("심야버스를 → bus",), "parameters": {"prompt": "심야버스를", "seed": 7}}
    *_, last = run_text_to_image(StepEngine(build_generated(**facts)))
    assert "<span>read as its kind of thing: 심야버스를 → bus</span>" in last[3] and "not read" not in last[3]
    monkeypatch.setattr(ui.Language, "forced", "ko")
    *_, last = run_text_to_image(StepEngine(build_generated(**facts)))
    assert "<span>비슷한 말로 읽음: 심야버스를 → bus</span>" in last[3]
