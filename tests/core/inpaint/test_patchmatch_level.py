from __future__ import annotations

import numpy as np
import pytest

from core.inpaint.patchmatch_level import PyramidLevel, source_mask
from tests.core.inpaint.holes import box_mask


def prepare_level(channels, mask, components):
    """A level with patches of 3 x 3, whose targets have sources at random."""
    scale = PyramidLevel(channels, mask, 1, np.zeros_like(mask), np.zeros((*mask.shape, 2), np.float32))
    scale.project_patches(components, np.random.default_rng(0))
    scale.initialise_randomly(np.random.default_rng(0))
    return scale


def test_sources_lie_outside_the_hole_and_inside_the_picture():
    mask = box_mask((12, 12), 0, 3, 0, 3)
    found = source_mask(mask, 1)
    expected = np.zeros((12, 12), bool)
    expected[1:11, 1:11] = True
    expected[:4, :4] = False
    assert (found == expected).all()


def test_distances_are_those_of_the_patches_when_all_components_are_kept():
    channels = np.random.default_rng(0).random((14, 15, 2), np.float32)
    scale = prepare_level(channels, box_mask(channels.shape, 5, 8, 5, 8), 100)
    y, x = divmod(int(scale.targets[0]), 15)
    v, u = divmod(int(scale.nearest[0]), 15)
    patch, source = channels[y - 1 : y + 2, x - 1 : x + 2], channels[v - 1 : v + 2, u - 1 : u + 2]
    assert scale.distance[0] == pytest.approx(float(((patch - source) ** 2).sum()), rel=1e-3)


def test_the_search_never_loses_a_source_and_finds_the_best_of_few():
    channels = np.random.default_rng(0).random((16, 16, 3), np.float32)
    scale = prepare_level(channels, box_mask(channels.shape, 7, 9, 7, 9), 27)
    rng = np.random.default_rng(1)
    for _ in range(500):
        before = scale.distance.copy()
        scale.search_patches(rng, uniform=True)
        assert (scale.distance <= before).all()
    best = ((scale.projected[scale.sources][None] - scale.wanted[:, None]) ** 2).sum(axis=2).min(axis=1)
    assert scale.distance == pytest.approx(best, rel=1e-4)
