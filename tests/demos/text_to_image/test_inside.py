from __future__ import annotations

import numpy as np

from core import generate
from core.generate import attention_maps, prior_preview, prompts
from demos import text_to_image as tab
from demos.text_to_image.job import DrawingJob
from demos.ui.show_code import Call
from tests.demos.text_to_image.samples import KNOBS, PICTURES, build_generated
from tests.stand_ins.fakes import FakeEngine, StepEngine, build_tab_page, find_api_handler, find_handler

SMALL = np.full((8, 8, 3), 60, np.uint8)


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


def test_tokens_that_are_not_read_are_struck_out():
    found = prompts.PromptTokens(english="a <b>", tokens=("a", "<b>"), read=1, model="sd-turbo", seconds=0.1)
    shown, code = find_api_handler(build_tab_page(FakeEngine(found), tab), "prompt_tokens")("a <b>", "sd-turbo")
    assert "<span class='read'>a</span><span class='cut'>&lt;b&gt;</span>" in shown and "1 of 2 tokens" in shown
    assert "prompts.tokenize_prompt('a <b>', model='sd-turbo')" in code
