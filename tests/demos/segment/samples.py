"""A picture, masks of it, and the way to the tab's answer to a prompt."""

from __future__ import annotations

import numpy as np

from core import segment
from demos import segment as tab
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

PICTURE = np.full((40, 60, 3), 77, np.uint8)
LOOK = (0, 0, "transparent", 8, "#ffffff")  # growth, feather, backdrop, strength, colour


def run_segment(engine, prompt, model="", *, picture=PICTURE, things=(), truth=None, look=LOOK):
    """What the page shows after this: result, mask, candidates, badge, code, answer, canvas."""
    *_, last = find_api_handler(build_tab_page(engine, tab), "segment")(picture, prompt, model, things, truth, *look)
    return last


def build_masks(*areas: int) -> segment.Masks:
    found = np.zeros((len(areas), 40, 60), bool)
    for i, area in enumerate(areas):
        found[i, :area] = True
    scores = np.linspace(0.9, 0.5, len(areas)).astype(np.float32)
    return segment.Masks(masks=found, scores=scores, model="grabcut", seconds=0.25)


def fake_segment_engine(found=None) -> FakeEngine:
    return FakeEngine(found or build_masks(10, 20), np.zeros((40, 60, 4), np.uint8))
