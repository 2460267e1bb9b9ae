from __future__ import annotations

from demos import segment as tab
from demos.segment.kept import SegmentAnswer
from tests.demos.segment.samples import build_masks, fake_segment_engine
from tests.stand_ins.fakes import build_tab_page, find_api_handler


def test_things_are_kept_under_a_name_and_dropped_again() -> None:
    demo = build_tab_page(fake_segment_engine(), tab)
    keep, drop = find_api_handler(demo, "segment_keep"), find_api_handler(demo, "segment_drop")
    known = SegmentAnswer.from_result(build_masks(10, 20), {})
    things, name, legend, widget, *cleared = keep(known, 0, 0, "<b>cup</b>", ())
    assert name == "" and "&lt;b&gt;cup" in legend and "25.0%" in legend
    assert widget.value == {"points": [], "box": None} and widget.props["mask"].startswith("data:image/png")
    assert cleared[-1] is None
    things, _, legend, *_ = keep(known, 1, 2, "", things)
    assert [thing.name for thing in things] == ["<b>cup</b>", "thing 2"]
    assert things[1].mask.unpack(0).sum() == 22 * 60
    fewer, legend, _ = drop(things, None, None)
    assert len(fewer) == 1 and "thing 2" not in legend
    assert drop((), None, None)[0] == ()
