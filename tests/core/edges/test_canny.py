from __future__ import annotations

import cv2
import numpy as np
import pytest

from core import edges
from core.edges.canny import canny_stages, hysteresis, non_maximum_suppression
from core.errors import InputError


@pytest.mark.parametrize("name", ["cat", "camera", "temple"])
@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("l2", [False, True])
def test_the_last_stage_is_opencvs_canny(picture, name, size, l2) -> None:
    stages = canny_stages(picture(name), 60, 150, 1.4, size=size, l2=l2)
    assert np.array_equal(
        stages.final, edges.detect(picture(name), low=60, high=150, sigma=1.4, size=size, l2=l2).edges
    )
    if size == 3:
        assert np.array_equal(stages.final, cv2.Canny(stages.blurred, 60, 150, L2gradient=l2) > 0)


def test_every_stage_follows_from_the_one_before(picture) -> None:
    stages = canny_stages(picture("coffee"), 40, 120, 1)
    grey = edges.to_grey(picture("coffee"))
    assert np.array_equal(stages.blurred, cv2.GaussianBlur(grey, (0, 0), 1))
    assert np.array_equal(stages.magnitude, abs(stages.dx.astype(float)) + abs(stages.dy.astype(float)))
    kept = stages.thinned > 0
    assert np.array_equal(stages.thinned[kept], stages.magnitude[kept])
    assert 0.02 < kept.mean() < 0.4
    assert np.array_equal(stages.strong, stages.thinned > 120)
    assert np.array_equal(stages.weak, (stages.thinned > 40) & (stages.thinned <= 120))
    assert (stages.final <= (stages.weak | stages.strong)).all()
    assert stages.strong.sum() < stages.final.sum() < (stages.weak | stages.strong).sum()


def test_thinning_keeps_the_ridge() -> None:
    ramp = np.repeat(np.int32([[0, 10, 30, 50, 30, 10, 0]]), 5, axis=0)
    across, none = np.ones_like(ramp), np.zeros_like(ramp)
    assert non_maximum_suppression(ramp, across, none)[2].tolist() == [0, 0, 0, 50, 0, 0, 0]
    assert non_maximum_suppression(ramp.T.copy(), none.T, across.T)[:, 2].tolist() == [0, 0, 0, 50, 0, 0, 0]
    diagonal = np.int32([[0, 1, 9], [1, 9, 1], [9, 1, 0]])
    same, opposite = np.ones_like(diagonal), -np.ones_like(diagonal)
    assert non_maximum_suppression(diagonal, same, same)[1, 1] == 9
    assert non_maximum_suppression(diagonal, same, opposite)[1, 1] == 0


def test_weak_edges_stay_only_beside_strong_ones() -> None:
    candidates = np.zeros((5, 9), bool)
    candidates[1, :4] = True
    candidates[2, 4] = True
    candidates[4, 6:] = True
    strong = np.zeros_like(candidates)
    strong[1, 0] = True
    kept = hysteresis(candidates, strong)
    assert kept[1, :4].all() and kept[2, 4]
    assert not kept[4].any()
    assert not hysteresis(candidates, np.zeros_like(strong)).any()


def test_bad_thresholds_are_refused() -> None:
    with pytest.raises(InputError, match="swap them"):
        canny_stages(np.zeros((4, 4), np.uint8), 3, 2)
    with pytest.raises(InputError, match="3, 5, 7"):
        canny_stages(np.zeros((4, 4), np.uint8), size=9)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2)])
def test_tiny_pictures(shape) -> None:
    assert canny_stages(np.full(shape, 9, np.uint8), sigma=2).final.shape == shape
