from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from core import edges
from demos import edges as tab
from tests.demos.edges.samples import BLANK, EDGES
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_the_settings_reach_core() -> None:
    engine = FakeEngine(EDGES)
    settings = {"method": "canny", "low": 50, "high": 90}
    shown, badge, code = find_api_handler(build_tab_page(engine, tab), "edges")(BLANK, settings)
    assert engine.calls[0].fn is edges.detect
    assert engine.calls[0].kwargs == settings
    assert shown.shape == (4, 5) and (shown == 128).all()
    assert "Canny" in badge and "edges.detect(picture, method='canny', low=50, high=90)" in code


def test_direction_as_colour_asks_for_the_gradient() -> None:
    right = edges.Gradient(dx=np.ones((4, 5), np.float32), dy=np.zeros((4, 5), np.float32), model="sobel", seconds=0.1)
    engine = FakeEngine(right)
    settings = {"method": "sobel", "sigma": 2.0, "gain": 1.0, "axis": "both"}
    shown, _, code = find_api_handler(build_tab_page(engine, tab), "edges")(BLANK, settings, True)
    assert engine.calls[0].fn is edges.image_gradient
    assert engine.calls[0].kwargs == {"method": "sobel", "sigma": 2.0, "size": 3}
    assert shown[2, 2].tolist() == [255, 0, 0]
    assert "edges.gradient_picture(found, gain=1.0)" in code


@pytest.mark.parametrize(
    "settings", [None, [], "canny", 7, {"method": "dexined"}, {"method": ["canny"]}, {"image": 1}, {"low": "x"}]
)
@pytest.mark.parametrize("colour", [False, True])
def test_forged_settings_get_a_sentence(demo, settings, colour) -> None:
    with pytest.raises(gr.Error):
        find_api_handler(demo, "edges")(BLANK, settings, colour)
