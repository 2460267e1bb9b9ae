from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from demos import segment as tab
from demos.segment.kept import SegmentAnswer
from tests.demos.segment.samples import LOOK, PICTURE, build_masks, fake_segment_engine
from tests.stand_ins.fakes import build_tab_page, find_api_handler


def test_masks_are_kept_bit_by_bit() -> None:
    found = build_masks(10, 20, 33)
    found.masks[:] = np.random.default_rng(0).random(found.masks.shape) < 0.5
    known = SegmentAnswer.from_result(found, {})
    assert known.masks.bits.nbytes == found.masks.nbytes / 8
    assert all((known.candidate_mask(i) == found.masks[i]).all() for i in range(3))


def test_nothing_to_keep_and_too_many() -> None:
    keep = find_api_handler(build_tab_page(fake_segment_engine(), tab), "segment_keep")
    with pytest.raises(gr.Error, match="click"):
        keep(None, 0, 0, "cup", ())
    known = SegmentAnswer.from_result(build_masks(10), {})
    things = ()
    for _ in range(20):
        things = keep(known, 0, 0, "", things)[0]
    with pytest.raises(gr.Error, match="At most 20"):
        keep(known, 0, 0, "", things)
    with pytest.raises(gr.Error, match="40"):
        keep(known, 0, 0, "x" * 41, ())


@pytest.mark.parametrize(("candidate", "feather"), [(2, 0), (-1, 0), ("x", 0), (float("nan"), 0), (0, "x"), (0, 1e9)])
def test_a_candidate_or_a_feather_that_cannot_be(candidate, feather) -> None:
    with pytest.raises(gr.Error, match=r"candidate|feather"):
        find_api_handler(build_tab_page(fake_segment_engine(), tab), "segment_choose")(
            PICTURE, SegmentAnswer.from_result(build_masks(10, 20), {}), candidate, (), 0, feather, *LOOK[2:]
        )
