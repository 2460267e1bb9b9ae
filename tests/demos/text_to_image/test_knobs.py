from __future__ import annotations

import pytest

from demos import text_to_image as tab
from demos.text_to_image.job import DrawingJob
from tests.demos.text_to_image.samples import KNOBS, PICTURES, build_generated
from tests.stand_ins.fakes import StepEngine, build_tab_page, find_api_handler


@pytest.mark.parametrize(("steps", "asked"), [(1, None), (4, 4)])
def test_a_models_own_number_of_steps_may_grow_for_a_picture(steps, asked):
    engine = StepEngine(build_generated())
    knobs = (*KNOBS[:3], steps, *KNOBS[4:])
    list(find_api_handler(build_tab_page(engine, tab), "image_to_image")(DrawingJob(), PICTURES[0], 0.4, *knobs))
    assert engine.calls[0].kwargs["steps"] == asked, "SD-Turbo takes 1 by itself"


def test_a_lora_and_a_sampler_reach_core():
    engine = StepEngine(build_generated())
    list(
        find_api_handler(build_tab_page(engine, tab), "text_to_image")(
            DrawingJob(), *KNOBS[:-3], "euler", "/x/mine.safetensors", 0.5
        )
    )
    (called,) = engine.calls
    assert called.kwargs["sampler"] == "euler"
    assert called.kwargs["adapter"] == "/x/mine.safetensors" and called.kwargs["weight"] == 0.5
