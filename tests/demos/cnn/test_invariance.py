from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from core.classify import robustness
from demos import cnn as tab
from demos.cnn import invariance
from tests.demos.cnn.samples import ABOUT, GREY
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def build_invariance() -> robustness.Invariance:
    return robustness.Invariance(
        values=np.array([-1, 0, 1], np.float32),
        probabilities=np.array([0.1, 0.5, 0.4], np.float32),
        label="tabby",
        target=281,
        top=("lynx", "tabby", "tabby"),
        unchanged="tabby",
        consistency=2 / 3,
        pictures=np.zeros((3, 4, 4, 3), np.uint8),
        **ABOUT,
    )


def test_the_shifts_are_whole_pixels_and_the_curve_is_drawn() -> None:
    engine = FakeEngine(build_invariance())
    show = find_api_handler(build_tab_page(engine, tab), "invariance")
    drawing, sentence, pictures, _, code = show(GREY, "shift", -1, 1, 5, "tabby", "auto")
    assert engine.calls[0].args[1:] == ("shift", [-1.0, 0.0, 1.0])
    assert drawing.count("class='kept'") == 2 and drawing.count("class='lost'") == 1
    assert "67%" in sentence and "2 of 3" in sentence and "tabby" in sentence
    assert [caption for _, caption in pictures] == ["-1 · lynx", "0 · tabby", "1 · tabby"]
    assert "'shift', [-1.0, 0.0, 1.0], target='tabby'" in code


@pytest.mark.parametrize("transform", ["melt", None, ["shift"], {}, 1, "\x1b[31m"])
def test_a_transform_that_there_is_not_sets_no_ranges(transform) -> None:
    with pytest.raises(gr.Error, match="transform must be one of"):
        invariance.set_ranges(transform)
    assert [slider.minimum for slider in invariance.set_ranges("shift")] == [invariance.RANGES["shift"][0]] * 2
