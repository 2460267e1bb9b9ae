from __future__ import annotations

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from core import masks as masks_
from demos import segment as tab
from demos.segment.kept import SegmentAnswer
from tests.demos.segment.samples import LOOK, PICTURE, build_masks, run_segment
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_the_outline_moves_before_the_cut() -> None:
    engine = FakeEngine(np.zeros((40, 60, 4), np.uint8))
    known = SegmentAnswer.from_result(build_masks(10), {"points": [[1, 2]]})
    _, mask, *_ = find_api_handler(build_tab_page(engine, tab), "segment_choose")(PICTURE, known, 0, (), 5, *LOOK[1:])
    assert (mask > 0).sum() == 15 * 60 and engine.calls[0].args[1].sum() == 15 * 60
    with pytest.raises(gr.Error, match="leaves nothing"):
        find_api_handler(build_tab_page(engine, tab), "segment_choose")(PICTURE, known, 0, (), -20, *LOOK[1:])


@pytest.mark.parametrize("backdrop", ["blur", "grey", "colour"])
def test_the_background_is_treated_by_core(backdrop) -> None:
    engine = FakeEngine(np.zeros((40, 60, 3), np.uint8))
    known = SegmentAnswer.from_result(build_masks(10), {"points": [[1, 2]]})
    look = (0, 0, backdrop, 4, "rgba(255, 0, 9.6, 1)")
    _, _, code, *_ = find_api_handler(build_tab_page(engine, tab), "segment_choose")(PICTURE, known, 0, (), *look)
    assert engine.calls[0].fn is masks_.edit_background and engine.calls[0].args[2] == backdrop
    assert engine.calls[0].kwargs == {"strength": 4, "colour": "#ff000a", "feather": 0}
    assert f"masks.edit_background(picture, mask, '{backdrop}'" in code


def test_code_runs(tmp_path, monkeypatch) -> None:
    """The code that is shown makes the cut-out that is shown."""
    from core.engine import Local

    image = np.zeros((40, 60, 3), np.uint8)
    image[10:30, 20:40] = 220
    look = (2, 1.5, *LOOK[2:])
    shown = run_segment(Local(), {"points": [[30, 20, 1]]}, "grabcut", picture=image, look=look)
    Image.fromarray(image).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(shown[4], names)
    assert (names["cutout"] == shown[0]).all()
