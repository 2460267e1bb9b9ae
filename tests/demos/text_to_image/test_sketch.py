from __future__ import annotations

import cv2
import gradio as gr
import numpy as np

from core.engine import Local
from demos import text_to_image as tab
from demos.text_to_image import sketch
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
    canvas = find_handler(demo, "outline_picture")(PICTURES[0], "canny")
    assert canvas["background"].shape == (512, 512, 3) and not canvas["background"].any(), "a plain picture has none"
    square = np.full((300, 300, 3), 255, np.uint8)
    square[100:200, 100:200] = 0
    edges = find_handler(demo, "outline_picture")(square, "canny")["background"]
    assert edges.any() and edges[256, 256].tolist() == [0, 0, 0]
    assert not find_handler(demo, "outline_picture")(None, "canny")["background"].any()


def test_of_a_photo_only_the_long_outlines_lie_on_the_canvas(picture):
    handler = find_handler(build_tab_page(Local(), tab), "outline_picture")
    long, all_of_them = (handler(picture("coffee"), way)["background"][..., 0] > 0 for way in sketch.WAYS)
    count = [cv2.connectedComponents(lines.astype(np.uint8))[0] - 1 for lines in (long, all_of_them)]
    assert 1 <= count[0] <= 12 and count[1] > 100
    assert long.any(axis=0).sum() > 300, "they are as large as they fit"


def test_edges_from_another_tab_are_laid_in_the_middle_of_the_canvas():
    handler = find_handler(build_tab_page(Local(), tab), "take_edges")
    # a frame and many dots in a wide picture
    sent = np.zeros((300, 900, 3), np.uint8)
    sent[50:250, 600] = sent[50:250, 800] = sent[50, 600:801] = sent[249, 600:801] = 255
    sent[10::40, 10:590:40] = 255
    canvas = handler(sent, "outlines")["background"]
    ys, xs = np.nonzero(canvas[..., 0])
    assert canvas.shape == (512, 512, 3)
    assert all(abs(side - at) < 5 for side, at in ((ys.min(), 41), (ys.max(), 471), (xs.min(), 41), (xs.max(), 471)))
    assert not canvas[100:400, 100:400].any(), "the dots are gone"
    every = handler(sent, "canny")["background"][..., 0] > 0
    assert cv2.connectedComponents(every.astype(np.uint8))[0] - 1 > 50
    assert handler(None, "outlines") == gr.skip()


def test_no_edges_leave_the_canvas_black():
    assert not sketch.place_edges(np.zeros((40, 50, 3), np.uint8), "outlines").any()
