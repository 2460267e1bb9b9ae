from __future__ import annotations

from core import inpaint
from demos import inpaint as tab
from tests.demos.inpaint.samples import PICTURE, build_filled
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_margins_reach_core() -> None:
    engine = FakeEngine(build_filled())
    shown = list(find_api_handler(build_tab_page(engine, tab), "outpaint")(PICTURE, 1, 2, 3, 4, "ns", "", 0))[-1]
    assert engine.calls[0].fn is inpaint.outpaint
    assert engine.calls[0].kwargs == {"left": 1, "right": 2, "top": 3, "bottom": 4, "method": "ns", "seed": 0}
    assert shown[0].shape == (40, 50, 3)
