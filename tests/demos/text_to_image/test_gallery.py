from __future__ import annotations

import gradio as gr

from core.generate import sweeps
from demos import text_to_image as tab
from demos.text_to_image import gallery
from tests.demos.text_to_image.samples import run_sweep_event
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_handler


def test_the_gallery_is_drawn_by_the_chosen_model_and_gives_its_prompts():
    called, told = run_sweep_event("prompt_gallery", "sd-turbo")
    assert called.fn is sweeps.sweep_parameters and called.kwargs["model"] == "sd-turbo"
    assert called.kwargs["x"] == ("prompt", list(gallery.PROMPTS)) and "SD-Turbo" in told[-1][1]
    take = find_handler(build_tab_page(FakeEngine(), tab), "take_prompt")
    assert take(gr.SelectData(None, {"index": 1, "value": None})) == gallery.PROMPTS[1]
    assert take(gr.SelectData(None, {"index": 99, "value": None})) == gr.skip()
