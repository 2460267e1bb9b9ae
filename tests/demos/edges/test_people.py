from __future__ import annotations

import re

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import ImageData
from PIL import Image

from core import edges
from core.decoding import files
from core.edges import evaluation
from core.edges.evaluation import EdgeComparison, compare_edges
from core.engine import Local
from demos import edges as tab
from demos.edges import people
from tests.demos.edges.samples import BLANK
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler, find_handler

PICTURE = np.zeros((40, 60, 3), np.uint8)
PICTURE[:, 30:] = 200
DRAWN = np.zeros((40, 60, 3), np.uint8)
DRAWN[:, 29:31] = 255


def call_handler(engine, *values, name="edges_people"):
    return find_api_handler(build_tab_page(engine, tab), name)(*values)


@pytest.mark.parametrize("name", ["edges_people", "edges_people_other"])
def test_a_step_that_people_drew_is_found(name) -> None:
    shown, figures, badge, code = call_handler(Local(), PICTURE, DRAWN, "canny", 0.15, name=name)
    assert shown.shape == PICTURE.shape and (shown == evaluation.BOTH).all(axis=2).any()
    found = compare_edges(PICTURE, DRAWN, method="canny", threshold=0.15)
    scores = [f"<b>{score:.2f}</b>" for score in (found.precision, found.recall, found.f_score)]
    assert figures.count("<td>") == 3 and all(score in figures for score in scores) and found.f_score > 0.9
    assert "Canny" in badge and "compare_edges(picture, mask, method='canny', threshold=0.15)" in code


def test_the_settings_reach_core() -> None:
    found = evaluation.compare_edges(PICTURE, DRAWN, method="sobel", threshold=0.1)
    engine = FakeEngine(found)
    assert (call_handler(engine, PICTURE, DRAWN, "sobel", 0.1)[0] == found.picture).all()
    (call,) = engine.calls
    assert call.fn is evaluation.compare_edges and call.kwargs == {"method": "sobel", "threshold": 0.1}
    assert (call.args[0] == PICTURE).all() and (call.args[1] == (DRAWN[..., 0] > 0)).all()


@pytest.mark.parametrize(
    ("picture", "drawn", "said"),
    [(None, DRAWN, ""), (PICTURE, DRAWN[:20], "60 × 20")],
)
def test_what_cannot_be_compared_yet_is_a_hint_and_runs_nothing(picture, drawn, said) -> None:
    engine = FakeEngine()
    shown, figures, badge, code = call_handler(engine, picture, drawn, "canny", 0.15)
    assert engine.calls == [] and shown is None and figures == code == ""
    assert said in badge and "<span>" in badge


def test_a_map_of_the_size_that_a_large_picture_had_fits(monkeypatch) -> None:
    monkeypatch.setattr(files, "MAX_PIXELS", 40 * 60)
    large = (DRAWN[..., 0] > 0).repeat(2, axis=0).repeat(2, axis=1)
    found, expected = (call_handler(Local(), PICTURE, lines, "canny", 0.15) for lines in (large, DRAWN))
    assert (found[0] == expected[0]).all() and found[1] == expected[1]


PAPER = np.full((40, 60, 4), 255, np.uint8)
PAPER[:, 29:31, :3] = 0


@pytest.mark.parametrize(
    "drawn",
    [255 - DRAWN, 255 - DRAWN[..., 0], PAPER, DRAWN[..., 0] == 0],
    ids=["RGB", "grey", "RGBA", "bool"],
)
def test_black_lines_on_white_paper_are_said(drawn) -> None:
    _, figures, badge, _ = call_handler(Local(), PICTURE, drawn, "canny", 0.15)
    assert figures and "96%" in badge and "white on black" in badge and "role='status'" in badge
    _, _, badge, _ = call_handler(Local(), PICTURE, DRAWN, "canny", 0.15)
    assert "white on black" not in badge


@pytest.mark.parametrize("mine", [None, PICTURE], ids=["no picture", "a picture of the visitor's own"])
def test_without_a_map_the_outlined_photo_is_compared_and_the_badge_says_so(mine) -> None:
    photo, lines = people.load_example()
    assert lines.dtype == bool and lines.shape == photo.shape[:2] and 0.005 < lines.mean() < 0.05
    demo = build_tab_page(Local(), tab)
    shown, figures, badge, _ = find_api_handler(demo, "edges_people")(mine, None, "canny", 0.15)
    found = compare_edges(photo, lines, method="canny", threshold=0.15)
    assert shown.shape == photo.shape and f"<b>{found.f_score:.2f}</b>" in figures and "placed by hand" in badge
    # it does not change with the visitor's picture
    assert people.PeopleHandlers.follow_picture(None, mine, None, "canny", 0.15, 2) == gr.skip()
    drawn_over = find_handler(demo, "show_outlined")(None)
    assert drawn_over["visible"] and (drawn_over["value"] == people.LINE).all(axis=2).mean() > lines.mean()
    assert find_handler(demo, "show_outlined")(lines)["visible"] is False


def test_a_large_picture_and_its_map_are_compared_at_a_thousand_pixels() -> None:
    large = [each.repeat(50, axis=0).repeat(50, axis=1) for each in (PICTURE, DRAWN)]
    shown, figures, badge, code = call_handler(Local(), *large, "canny", 0.15)
    assert shown.shape == (683, 1024, 3) and "computed at 1024 × 683" in badge and "images.fit" in code
    assert len(re.findall(r"<b>([^<]*)</b>", figures)) == 3


def test_both_sides_begin_with_methods_that_exist() -> None:
    assert {method for method, _ in people.FIRST.values()} <= set(edges.METHODS)


def test_a_detector_is_compared_with_the_people() -> None:
    found = EdgeComparison(picture=BLANK, precision=0.5, recall=0.25, f_score=1 / 3, model="canny", seconds=0.1)
    engine = FakeEngine(found)
    demo = build_tab_page(engine, tab)
    shown, figures, badge, code = find_api_handler(demo, "edges_people")(BLANK, BLANK, "canny", 0.15)
    assert engine.calls[0].fn is compare_edges and engine.calls[0].kwargs == {"method": "canny", "threshold": 0.15}
    assert (
        shown.shape == BLANK.shape
        and re.findall(r"<b>([^<]*)</b>", figures) == ["0.50", "0.25", "0.33"]
        and "Canny" in badge
    )
    assert eval(code.splitlines()[-1], {"found": found})[:3] == (0.5, 0.25, 1 / 3)
    other = find_api_handler(demo, "edges_people_other")
    assert other(None, BLANK, "canny", 0.15)[3] == ""
    assert "4 × 9" in other(BLANK, np.zeros((9, 4, 3), np.uint8), "canny", 0.15)[2]
    assert len(engine.calls) == 1


def test_lines_drawn_on_nothing_are_the_people_s_lines(tmp_path) -> None:
    drawn = next(b for b in build_tab_page(FakeEngine(), tab).blocks.values() if b.elem_id == f"{people.ID}-drawn")
    Image.fromarray(np.dstack([DRAWN * 0, DRAWN[..., :1]])).save(tmp_path / "lines.png")
    found = drawn.preprocess(ImageData(path=str(tmp_path / "lines.png")))
    assert (found == (DRAWN[..., 0] > 0)).all()
    same, other = (call_handler(Local(), PICTURE, lines, "canny", 0.15) for lines in (found, DRAWN))
    assert (same[0] == other[0]).all() and same[1] == other[1]
