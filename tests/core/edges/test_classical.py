from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from core import edges, models
from core.edges import classical

HERE = [row.name for row in models.rows("edges") if row.tier == "pocket"]


STEP = np.repeat(np.uint8([[0] * 10 + [100] * 10]), 20, axis=0)


@pytest.mark.parametrize("method", [m for m in HERE if m not in ("canny", "learned")])
def test_a_step_has_its_height_at_the_edge_and_nothing_elsewhere(method) -> None:
    row = edges.detect(STEP, method).edges[10]
    assert row.max() == pytest.approx(100 / 255, rel=0.08 if method in ("log", "dog") else 1e-5)
    assert set(np.flatnonzero(row > 0.2)) <= {9, 10}
    assert row[:3].max() < 1e-3 and row[-3:].max() < 1e-3


@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("method", ["sobel", "scharr", "prewitt"])
def test_a_vertical_step_has_no_vertical_gradient(method, size) -> None:
    found = edges.image_gradient(STEP, method, size=size)
    assert not found.dy.any()
    assert found.dx.max() == pytest.approx(100 / 255)
    assert found.direction[10, 10] == 0
    assert not edges.detect(STEP, method, axis="y").edges.any()
    assert edges.detect(STEP.T, method, axis="y").edges.max() == pytest.approx(100 / 255)


def test_sobel_is_the_hand_computed_sum() -> None:
    patch = np.uint8([[10, 20, 30], [40, 50, 70], [0, 90, 200]])
    dx = (-10 + 30) + 2 * (-40 + 70) + (-0 + 200)
    dy = (-10 - 2 * 20 - 30) + (0 + 2 * 90 + 200)
    found = edges.image_gradient(patch)
    assert found.dx[1, 1] * 1020 == pytest.approx(dx)
    assert found.dy[1, 1] * 1020 == pytest.approx(dy)
    assert found.magnitude[1, 1] * 1020 == pytest.approx(math.hypot(dx, dy))
    assert found.direction[1, 1] == pytest.approx(math.atan2(dy, dx), abs=1e-3)
    assert edges.detect(patch, "sobel", l2=False).edges[1, 1] * 1020 == pytest.approx(abs(dx) + abs(dy))


@pytest.mark.parametrize("size", [3, 5, 7])
def test_sobel_of_any_size_is_opencvs(picture, size) -> None:
    grey = edges.to_grey(picture("coffee"))
    theirs = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=size)
    ours = edges.image_gradient(picture("coffee"), size=size).dx
    np.testing.assert_allclose(
        ours * 1020 * classical.canny_threshold_scale(size), theirs, atol=0.01 * classical.canny_threshold_scale(size)
    )


def test_roberts_and_prewitt_are_their_kernels() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (9, 9), dtype=np.uint8)
    g = grey.astype(float)
    roberts = math.hypot(g[4, 4] - g[5, 5], g[4, 5] - g[5, 4]) / (255 * math.sqrt(2))
    assert edges.detect(grey, "roberts").edges[4, 4] == pytest.approx(roberts, rel=1e-5)
    prewitt = abs(g[3:6, 5].sum() - g[3:6, 3].sum()) / (3 * 255)
    assert edges.detect(grey, "prewitt", axis="x").edges[4, 4] == pytest.approx(prewitt, rel=1e-5)


@pytest.mark.parametrize("method", ["log", "dog"])
def test_zero_crossings_of_a_disc_are_one_closed_thin_line(method) -> None:
    ys, xs = np.mgrid[:101, :101]
    disc = ((xs - 50) ** 2 + (ys - 50) ** 2 < 30**2).astype(np.uint8) * 255
    line = edges.detect(disc, method, sigma=2, threshold=0.3).edges > 0
    radius = np.hypot(xs - 50, ys - 50)[line]
    assert radius.min() > 28 and radius.max() < 32
    # a closed line cuts the background in two
    assert cv2.connectedComponents((~line).astype(np.uint8), connectivity=4)[0] - 1 == 2


def test_canny_is_opencvs(picture) -> None:
    grey = edges.to_grey(picture("cat"))
    assert np.array_equal(edges.detect(picture("cat")).edges, cv2.Canny(grey, 100, 200) / np.float32(255))
    assert np.array_equal(edges.detect(picture("cat"), low=30, high=60, l2=True).edges > 0,
                          cv2.Canny(grey, 30, 60, L2gradient=True) > 0)  # fmt: skip


def test_canny_thresholds_mean_the_same_at_every_kernel_size() -> None:
    for size in (3, 5, 7):
        assert edges.detect(STEP, low=50, high=350, size=size).edges.any()
        assert not edges.detect(STEP, low=50, high=450, size=size).edges.any()
