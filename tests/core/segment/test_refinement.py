"""A coarse mask moves to the picture's edges, and only as far as it may."""

from __future__ import annotations

import numpy as np
import pytest

from core import masks
from core.segment.refinement import refine_mask

TRUTH = np.zeros((200, 300), bool)
TRUTH[50:150, 80:220] = True
NOISE = np.random.default_rng(0).normal(0, 6, (200, 300, 3))
PICTURE = (np.where(TRUTH[..., None], (200.0, 60, 40), (40.0, 90, 160)) + NOISE).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("growth", [4, -4])
def test_an_outline_near_an_edge_moves_to_it(growth) -> None:
    coarse = masks.grow_mask(TRUTH, growth)
    assert masks.iou(coarse, TRUTH) < 0.93
    assert masks.iou(refine_mask(PICTURE, coarse), TRUTH) > 0.98


def test_an_outline_far_from_any_edge_stays_near() -> None:
    coarse = masks.grow_mask(TRUTH, 40)
    found = refine_mask(PICTURE, coarse)
    assert not (found & ~masks.grow_mask(coarse, 8)).any() and (masks.grow_mask(TRUTH, 30) & ~found).sum() == 0


def test_clicks_stay_on_their_side_and_a_box_is_a_border() -> None:
    coarse = masks.grow_mask(TRUTH, 3)
    clicks, signs = np.array([[100, 100], [82, 100]], np.float32), np.array([1, 0])
    found = refine_mask(PICTURE, coarse, clicks, signs)
    assert found[100, 100] and not found[100, 82]
    box = np.array([80, 50, 200, 150], np.float32)
    inside = refine_mask(PICTURE, coarse, box=box)
    assert inside.any() and not inside[:, 200:].any() and not inside[:, :80].any()


@pytest.mark.parametrize("mask", [np.zeros_like(TRUTH), np.ones_like(TRUTH)])
def test_what_has_no_outline_stays(mask) -> None:
    assert (refine_mask(PICTURE, mask) == mask).all()


def test_a_tiny_mask_is_not_lost() -> None:
    tiny = np.zeros_like(TRUTH)
    tiny[100:103, 100:103] = True
    assert refine_mask(PICTURE, tiny).any()
