from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from core.edges import convolution
from demos import edges as tab
from demos.edges import kernel
from demos.edges.common import enlarge_if_small
from tests.demos.edges.samples import BLANK
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_a_preset_fills_the_grid() -> None:
    rows, normalise, view = kernel.pick_preset("gaussian", 5)
    assert np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]).tolist() == rows
    assert normalise is True and view == "clip"
    assert kernel.pick_preset("sobel_top", 3)[2] == "signed"
    with pytest.raises(gr.Error, match="identity, blur"):
        kernel.pick_preset("magic", 3)
    with pytest.raises(gr.Error, match="from 3 to 7"):
        kernel.pick_preset("blur", 300)


def test_the_kernel_and_its_formula() -> None:
    response = np.float32([[-255, 0], [0, 255]])
    found = convolution.ConvolutionResult(
        response=response, weights=np.ones((3, 3), np.float32), model="convolution", seconds=0.1
    )
    engine = FakeEngine(found)
    shown, formula, badge, code = find_api_handler(build_tab_page(engine, tab), "convolve")(
        BLANK, [[1, 1, 1]] * 3, 2, "zero", False, "clip"
    )
    assert engine.calls[0].kwargs == {"stride": 2, "padding": "zero", "normalise": False}
    assert shown.shape == (400, 400) and shown[0, 0] == 0 and shown[-1, -1] == 255
    assert "⌊(4 + 2·1 − 3) / 2⌋ + 1 = <b>2</b>" in formula and "⌊(5 + 2·1 − 3) / 2⌋ + 1 = <b>3</b>" in formula
    assert "Convolution" in badge and "stride=2" in code


@pytest.mark.parametrize("padding", convolution.PADDINGS)
@pytest.mark.parametrize(("height", "width"), [(37, 53), (300, 451)])
@pytest.mark.parametrize("stride", [1, 2, 5])
def test_a_click_on_the_response_finds_its_own_pixel(padding, height, width, stride) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (height, width), dtype=np.uint8)
    weights = np.random.default_rng(4).normal(size=(5, 3)).round(2).tolist()
    response = convolution.convolve(noise, weights, stride=stride, padding=padding).response
    shown = enlarge_if_small(response)
    for fx, fy in [(0, 0), (0.5, 0.3), (0.999, 0.999)]:
        click = (int(fx * shown.shape[1]), int(fy * shown.shape[0]))
        x, y = kernel.pixel_under_click(click, (height, width), weights, stride, padding)
        found = convolution.convolve_pixel(noise, weights, x, y, stride=stride, padding=padding)
        assert found.total == pytest.approx(float(shown[click[1], click[0]]), abs=2e-3)


def test_a_click_on_a_large_picture_means_the_pixel_that_is_computed(demo) -> None:
    large = np.zeros((600, 2048, 3), np.uint8)
    event = gr.SelectData(None, {"index": [2047, 301], "value": None})
    assert kernel.pick_pixel(large, False, event) == (1023, 150) and kernel.pick_pixel(large, True, event) == (
        2047,
        301,
    )
    assert kernel.middle_pixel(large) == (512, 150) and kernel.middle_pixel(large, True) == (1024, 300)
    shown, formula, badge, _ = find_api_handler(demo, "convolve")(large, [[1]], 1, "zero", False, "clip", False)
    assert shown.shape[:2] == (300, 1024) and "computed at 1024 × 300" in badge and "1024" in formula
