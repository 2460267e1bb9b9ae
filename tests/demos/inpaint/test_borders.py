from __future__ import annotations

import gradio as gr
import pytest

from core import inpaint
from demos import inpaint as tab
from tests.demos.inpaint.samples import PICTURE, build_filled
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler, find_handler


def test_margins_reach_core() -> None:
    engine = FakeEngine(build_filled())
    shown = list(find_api_handler(build_tab_page(engine, tab), "outpaint")(PICTURE, 1, 2, 3, 4, "ns", "", 0))[-1]
    assert engine.calls[0].fn is inpaint.outpaint
    assert engine.calls[0].kwargs == {"left": 1, "right": 2, "top": 3, "bottom": 4, "method": "ns", "seed": 0}
    assert shown[0].shape == (40, 50, 3)


@pytest.mark.parametrize("margin", [None, float("nan"), float("inf"), -1, 10**30, "4", [4]])
def test_a_margin_that_no_slider_sends_is_refused_before_the_frame_is_drawn(margin) -> None:
    show = find_handler(build_tab_page(FakeEngine(build_filled()), tab), "show_frame")
    small = (PICTURE, PICTURE.shape[:2])
    with pytest.raises(gr.Error, match="right must be a number"):
        show(small, 0, margin, 0, 0)
    framed, size = show(small, 0, 10, 0, 0)
    assert framed is not None and "60" in size
