from __future__ import annotations

import numpy as np

from core.engine import Local
from demos import text_to_image as tab
from demos.text_to_image.job import DrawingJob
from tests.demos.text_to_image.samples import PICTURES, POCKET, build_generated
from tests.stand_ins.fakes import StepEngine, build_tab_page, find_api_handler, find_handler


def test_strokes_on_an_emptied_canvas_are_white_on_black():
    strokes = np.zeros((64, 64, 4), np.uint8)
    strokes[10:20, 10:20] = 255
    engine = StepEngine(build_generated())
    canvas = {"background": None, "layers": [], "composite": strokes}
    list(find_api_handler(build_tab_page(engine, tab), "edges_to_image")(DrawingJob(), canvas, 1, *POCKET))
    seen = engine.calls[0].args[0]
    assert seen.shape == (64, 64, 3) and (seen[10:20, 10:20] == 255).all() and seen.sum() == 3 * 100 * 255


def test_the_edges_of_an_uploaded_picture_lie_on_the_canvas():
    demo = build_tab_page(Local(), tab)
    canvas = find_handler(demo, "outline_picture")(PICTURES[0])
    assert canvas["background"].shape == (512, 512, 3) and not canvas["background"].any(), "a plain picture has none"
    square = np.full((300, 300, 3), 255, np.uint8)
    square[100:200, 100:200] = 0
    edges = find_handler(demo, "outline_picture")(square)["background"]
    assert edges.any() and edges[256, 256].tolist() == [0, 0, 0]
    assert not find_handler(demo, "outline_picture")(None)["background"].any()
