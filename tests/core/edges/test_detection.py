from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from core import edges, models
from core.edges import classical
from core.errors import InputError

# all but those whose weights are on the Hub
HERE = [name for name in edges.METHODS if models.describe("edges", name).tier == "pocket"]
STEP = np.repeat(np.uint8([[0] * 10 + [100] * 10]), 20, axis=0)


def test_every_row_and_method_of_the_catalogue_is_a_detector() -> None:
    known = [found.name for found in (*models.rows("edges"), *models.METHODS) if found.task == "edges"]
    assert sorted(edges.METHODS) == sorted(known)


@pytest.mark.parametrize("method", HERE)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 2), (33, 48)])
def test_every_method_on_every_size(method, shape) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    found = edges.detect(noise, method)
    assert found.edges.shape == shape and found.edges.dtype == np.float32
    assert found.edges.min() >= 0 and found.edges.max() <= 1
    assert found.model == method and found.seconds > 0


@pytest.mark.parametrize("method", HERE)
def test_a_flat_picture_has_no_edges(method) -> None:
    # a network is never quite sure
    least = 0.1 if method == "learned" else 1e-5
    assert edges.detect(np.full((20, 30), 77, np.uint8), method).edges.max() < least


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


def test_threshold_decides_and_gain_brightens(picture) -> None:
    soft = edges.detect(picture("coffee"), "sobel").edges
    hard = edges.detect(picture("coffee"), "sobel", threshold=0.2).edges
    assert np.array_equal(hard, (soft >= np.float32(0.2)).astype(np.float32))
    bright = edges.detect(picture("coffee"), "sobel", gain=3).edges
    np.testing.assert_allclose(bright, np.minimum(soft * 3, 1), rtol=1e-6)


@pytest.mark.parametrize("method", [m for m in edges.METHODS if "sigma" in edges.METHODS[m].parameters])
def test_blur_removes_noise(method) -> None:
    noise = np.random.default_rng(0).integers(100, 156, (64, 64), dtype=np.uint8)
    sharp, smooth = (edges.detect(noise, method, sigma=s).edges.mean() for s in (0.5, 4))
    assert smooth < sharp


def test_direction_as_hue() -> None:
    assert edges.gradient_picture(edges.image_gradient(STEP), gain=255 / 100)[10, 10].tolist() == [255, 0, 0]
    left = edges.gradient_picture(edges.image_gradient(STEP[:, ::-1]), gain=255 / 100)[10, 10]
    assert left.tolist() == [0, 255, 255]
    assert edges.gradient_picture(edges.image_gradient(STEP))[10, 2].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("method", "params", "sentence"),
    [
        ("dexined", {}, "sobel, scharr"),
        ("", {}, "must be one of"),
        (None, {}, "must be one of"),
        ("canny", {"low": 200, "high": 100}, "swap them"),
        ("canny", {"low": math.nan}, "from 0 to 1530"),
        ("canny", {"low": "50"}, "from 0 to 1530"),
        ("canny", {"sigma": -1}, "from 0 to 10"),
        ("canny", {"threshold": 0.5}, "canny takes low, high, sigma, size, l2"),
        ("sobel", {"size": 4}, "3, 5, 7"),
        ("sobel", {"size": [3]}, "3, 5, 7"),
        ("sobel", {"size": True}, "3, 5, 7"),
        ("sobel", {"l2": "yes"}, "true or false"),
        ("sobel", {"axis": "z"}, "both, x, y"),
        ("sobel", {"gain": math.inf}, "from 0.1 to 20"),
        ("dog", {"ratio": 1}, "from 1.1 to 5"),
    ],
)
def test_bad_arguments_are_refused_with_a_sentence(method, params, sentence) -> None:
    with pytest.raises(InputError, match=sentence):
        edges.detect(STEP, method, **params)


def test_no_picture_is_refused() -> None:
    with pytest.raises(InputError, match="picture is needed"):
        edges.detect(None)
    with pytest.raises(InputError, match="sobel, scharr, prewitt"):
        edges.image_gradient(STEP, "roberts")
