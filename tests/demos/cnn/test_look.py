from __future__ import annotations

import numpy as np

from core import classify
from demos import cnn as tab
from tests.demos.cnn.samples import ABOUT, GREY
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def build_explanation(method: str = "gradcam") -> classify.Explanation:
    heatmap = np.zeros((8, 10), np.float32)
    heatmap[0, 0] = 1
    return classify.Explanation(
        heatmap=heatmap, label="tabby", target=281, probability=0.7, layer="bn2", method=method, **ABOUT
    )


def test_the_heat_map_lies_over_the_picture() -> None:
    engine = FakeEngine(build_explanation())
    explain = find_api_handler(build_tab_page(engine, tab), "grad_cam")
    (before, after), sentence, _, code = explain(GREY, "tabby", "blocks.6", "gradcam", 1, "auto")
    assert (before == GREY).all() and (after[1:] == GREY[1:]).all() and (after[0, 0] != GREY[0, 0]).any()
    assert "**tabby** (70.0%)" in sentence
    assert engine.calls[0].kwargs == {"target": "tabby", "layer": "blocks.6", "method": "gradcam"}
    assert "target='tabby', layer='blocks.6', method='gradcam'" in code


def test_eigencam_is_not_said_to_be_about_the_class() -> None:
    explain = find_api_handler(build_tab_page(FakeEngine(build_explanation("eigencam")), tab), "grad_cam")
    assert "whatever the class" in explain(GREY, "", "", "eigencam", 0.5, "auto")[1]
