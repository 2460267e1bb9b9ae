"""Copies meet the picture around them and each other; another thing keeps its edge."""

from __future__ import annotations

import numpy as np

from core.inpaint import blending


def copy_from_right(inside: float, shape: tuple[int, int] = (24, 80)):
    """A picture of 100 whose hole was copied from its right half, which is `inside`."""
    picture = np.full((*shape, 3), 100, np.float32)
    picture[:, 40:] = inside
    hole = np.zeros(shape, bool)
    hole[6:18, 10:30] = True
    came = np.arange(hole.size).reshape(shape) + 40  # the pixel as far to the right
    picture[hole] = inside
    return picture, hole, came


def test_a_step_at_the_hole_s_edge_goes() -> None:
    picture, hole, came = copy_from_right(110)
    shift = np.zeros_like(picture)
    shift[hole] = blending.poisson_blend(picture, hole, came)
    healed = picture + shift
    rim = healed[6, 10:30, 0]
    assert np.abs(rim - 100).max() < 5 and np.abs(rim - healed[7, 10:30, 0]).max() < 3
    assert (shift[~hole] == 0).all()


def test_another_thing_keeps_its_edge() -> None:
    picture, hole, came = copy_from_right(230)
    assert np.abs(blending.poisson_blend(picture, hole, came)).max() < 1


def test_two_copies_meet_in_the_middle() -> None:
    picture, hole, came = copy_from_right(100)
    picture[:, 60:] = 112  # what the right half of the hole came from
    came = came.copy()
    came[:, 20:30] = np.arange(hole.size).reshape(hole.shape)[:, 62:72]
    picture[:, 20:30][hole[:, 20:30]] = 112
    shift = np.zeros_like(picture)
    shift[hole] = blending.poisson_blend(picture, hole, came)
    across = (picture + shift)[12, 10:30, 0]
    assert np.abs(np.diff(across)).max() < 7, "half of the step of 12 is spread"


def test_what_fits_is_left_alone() -> None:
    rng = np.random.default_rng(0)
    picture = rng.uniform(0, 255, (24, 80, 3)).astype(np.float32)
    picture[:, 40:] = picture[:, :40]
    hole = np.zeros((24, 80), bool)
    hole[6:18, 10:30] = True
    came = np.arange(hole.size).reshape(hole.shape) + 40
    assert np.abs(blending.poisson_blend(picture, hole, came)).max() < 1e-3
