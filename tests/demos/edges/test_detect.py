from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from core import edges
from demos import edges as tab
from demos.edges.knobs import start_settings
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


def test_a_large_picture_is_computed_small_unless_its_own_size_is_wanted(demo) -> None:
    large = np.zeros((600, 2048, 3), np.uint8)
    large[:, 1024:] = 255
    shown, badge, code = find_api_handler(demo, "edges")(large, start_settings("canny"), False, False)
    assert shown.shape == (300, 1024) and "computed at 1024 × 300" in badge and "images.fit" in code
    assert "thin-lines" in badge and (shown[:, 500:524] == 255).any()
    whole, badge, code = find_api_handler(demo, "edges")(large, start_settings("canny"), False, True)
    assert whole.shape == (600, 2048) and "computed at" not in badge and "images.fit" not in code


def test_soft_edges_are_shown_as_they_are(demo) -> None:
    picture = np.zeros((500, 500, 3), np.uint8)
    picture[:, 250:] = 200
    assert "thin-lines" not in find_api_handler(demo, "edges")(picture, start_settings("sobel"), False, False)[1]
