from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core import inpaint
from demos import inpaint as tab
from demos.inpaint import frame
from demos.inpaint.results import fill_badge
from tests.demos.inpaint.samples import PICTURE, build_filled, square
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


@pytest.mark.parametrize(("pieces", "said"), [("tiles", "overlapping tiles"), ("smaller", "at 1024 pixels")])
def test_how_scarce_memory_was_got_by_with_is_said(pieces, said) -> None:
    engine = FakeEngine(dataclasses.replace(build_filled(), pieces=pieces))
    _, badge, _ = find_api_handler(build_tab_page(engine, tab), "inpaint")(PICTURE, square(), "telea", "", 5)
    assert said in badge


def test_another_method_s_answer_to_the_same_hole_lies_beside_the_first() -> None:
    engine = FakeEngine(build_filled())
    beside = find_api_handler(build_tab_page(engine, tab), "inpaint_beside")
    used = square().astype(np.uint8)[..., None].repeat(3, axis=2) * 255
    left, right = beside(PICTURE, used, PICTURE + 1, "ns", "", 7)
    assert engine.calls[0].fn is inpaint.fill and engine.calls[0].kwargs == {"method": "ns", "seed": 7}
    assert (engine.calls[0].args[1] == square()).all()
    assert (left == 0).all() and (right == 81).all()
    left, _ = beside(PICTURE, used, PICTURE + 1, "before", "", 7)
    assert (left == PICTURE).all() and len(engine.calls) == 1


def test_beside_a_grown_picture_the_borders_grow_again() -> None:
    engine = FakeEngine(build_filled(45, 60))
    new = np.ones((45, 60), bool)
    new[5:, 10:] = False
    used = new.astype(np.uint8)[..., None].repeat(3, axis=2) * 255
    result = np.zeros((45, 60, 3), np.uint8)
    find_api_handler(build_tab_page(engine, tab), "inpaint_beside")(PICTURE, used, result, "telea", "", 0)
    assert engine.calls[0].fn is inpaint.outpaint
    assert {side: engine.calls[0].kwargs[side] for side in frame.SIDES} == {
        "left": 10,
        "right": 0,
        "top": 5,
        "bottom": 0,
    }


@pytest.mark.parametrize(("encoded", "told"), [("blue <cat>", True), ("", False)])
def test_the_prompt_in_english_is_told_where_it_came_otherwise(encoded, told) -> None:
    badge = str(fill_badge(dataclasses.replace(build_filled(), encoded=encoded)))
    assert ("Encoded in English: blue &lt;cat&gt;" in badge) is told
