from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from core import segment
from demos import segment as tab
from demos.segment.kept import PackedMasks
from tests.demos.segment.samples import PICTURE, build_masks, fake_segment_engine
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_everything_says_how_far_it_is_and_words_pick_one() -> None:
    found = [build_masks(20).masks[0], build_masks(10).masks[0]]

    class Streaming(FakeEngine):
        def stream(self, fn, /, *args, **kwargs):
            yield segment.GridProgress(32, 64)
            yield found

    scores = np.array([0.1, 0.6], np.float32)
    demo = build_tab_page(Streaming(segment.MaskRanking(scores=scores, model="concept-space", seconds=0.2)), tab)
    steps = list(find_api_handler(demo, "segment_everything")(PICTURE, "", 8, 0.7, 0.8, 0))
    assert "32 of 64" in steps[0][2] and "2 masks" in steps[-1][2]
    shown, kept, _, code, _, by = steps[-1]
    assert "Pocket SAM" in by
    assert shown.shape == PICTURE.shape and len(kept) == 2 and "points_per_side=8" in code
    best, gallery, badge = find_api_handler(demo, "segment_find")(PICTURE, kept, "a cup")
    assert [caption for _, caption in gallery["value"]] == ["0.60", "0.10"]
    assert (best[:10] != 77).any() and (best[10:] == 77).all() and "MiniLM" in badge


@pytest.mark.parametrize(
    ("picture", "kept"), [(PICTURE, None), (PICTURE[:20], PackedMasks.from_masks(build_masks(10).masks))]
)
def test_words_need_the_masks_of_this_picture(picture, kept) -> None:
    with pytest.raises(gr.Error, match="Find everything"):
        find_api_handler(build_tab_page(fake_segment_engine(), tab), "segment_find")(picture, kept, "a cup")
