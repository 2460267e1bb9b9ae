from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from core import generate
from demos import text_to_image as tab
from demos.text_to_image.job import DrawingJob
from tests.demos.text_to_image.samples import CANVAS, KNOBS, PICTURES, POCKET, build_generated, run_text_to_image
from tests.stand_ins.fakes import StepEngine, build_tab_page, find_api_handler


def test_what_the_visitor_chose_reaches_core():
    engine = StepEngine(build_generated())
    run_text_to_image(engine)
    (called,) = engine.calls
    assert called.fn is generate.text_to_image
    assert called.args == ("a cat",)
    assert called.kwargs == {
        "negative": "a dog",
        "steps": 4,
        "guidance": 0.0,
        "seed": 7,
        "size": 64,
        "count": 2,
        "model": "sd-turbo",
    }


@pytest.mark.parametrize(("name", "begin"), [("image_to_image", PICTURES[0]), ("edges_to_image", CANVAS)])
def test_the_other_ways_to_begin_reach_core(name, begin):
    engine = StepEngine(build_generated())
    list(find_api_handler(build_tab_page(engine, tab), name)(DrawingJob(), begin, 0.4, *POCKET))
    (called,) = engine.calls
    assert called.fn is getattr(generate, name)
    assert np.array_equal(called.args[0], PICTURES[0]) and called.args[1] == "a cat"
    assert called.kwargs["strength"] == 0.4 and called.kwargs["seed"] == 7
    assert called.kwargs["model"] == {"image_to_image": "pocket-diffusion"}.get(name, "pocket-controlnet")


def test_a_model_without_a_guide_along_edges_says_which_has_one():
    with pytest.raises(gr.Error, match=r"along edges needs one of Pocket Stable Diffusion.*, but 'sd-turbo' came"):
        list(
            find_api_handler(build_tab_page(StepEngine(build_generated()), tab), "edges_to_image")(
                DrawingJob(), CANVAS, 1, *KNOBS
            )
        )
    with pytest.raises(gr.Error, match="Drawing along edges needs one of"):
        list(
            find_api_handler(build_tab_page(StepEngine(build_generated()), tab), "edges_to_image")(
                DrawingJob(), CANVAS, 1, "a cat", "", [1], *KNOBS[3:]
            )
        )
