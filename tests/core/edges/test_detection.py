from __future__ import annotations

import math

import numpy as np
import pytest

from core import edges, models
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
