from __future__ import annotations

import numpy as np
import pytest

from core import classify
from core.classify import pooling
from core.errors import InputError

FOUR = np.arange(16, dtype=np.uint8).reshape(4, 4)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("max", [[5, 7], [13, 15]]),
        ("average", [[2.5, 4.5], [10.5, 12.5]]),
        ("stride", [[0, 2], [8, 10]]),
    ],
)
def test_two_by_two(kind, expected) -> None:
    found = classify.pool(FOUR, kind, 2)
    np.testing.assert_array_equal(found.pooled[..., 0], expected)
    assert found.pooled.shape == (2, 2, 3) and found.pooled.dtype == np.float32
    assert found.kept == 0.25 and found.model == kind


def test_blur_weighs_the_neighbours() -> None:
    dot = np.zeros((6, 6), np.uint8)
    dot[2, 3] = 160
    found = classify.pool(dot, "blur", 2).pooled[..., 0]
    # [1, 2, 1] / 4 both ways: half of the row, a quarter of the column
    expected = np.zeros((3, 3))
    expected[1, 1] = expected[1, 2] = 160 * 0.5 * 0.25
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_one_is_the_picture_itself(picture) -> None:
    for kind in pooling.KINDS:
        found = classify.pool(picture("cat"), kind, 1)
        np.testing.assert_allclose(found.pooled, picture("cat"), atol=1e-3)
        assert found.kept == 1


def test_what_is_left_over_is_dropped() -> None:
    found = classify.pool(np.zeros((7, 5, 3), np.uint8), "max", 3)
    assert found.pooled.shape == (2, 1, 3) and found.kept == pytest.approx(2 / 35)


def test_max_is_never_below_average(picture) -> None:
    high, mean = (classify.pool(picture("cat"), kind, 4).pooled for kind in ("max", "average"))
    assert (high >= mean).all() and (high > mean).any()


def test_average_pooling_is_a_strided_convolution_with_equal_weights(picture) -> None:
    import torch

    values = torch.from_numpy(picture("cat").astype(np.float32)).permute(2, 0, 1)[:, None]
    theirs = torch.nn.functional.conv2d(values, torch.full((1, 1, 3, 3), 1 / 9), stride=3)[:, 0].permute(1, 2, 0)
    np.testing.assert_allclose(classify.pool(picture("cat"), "average", 3).pooled, theirs.numpy(), atol=1e-3)


def test_one_pixel_turns_stripes_over_where_nothing_blurs() -> None:
    stripes = np.zeros((16, 16), np.uint8)
    stripes[:, ::2] = 255
    change = {kind: classify.pool(stripes, kind, 2).change for kind in pooling.KINDS}
    # every second column: stride sees only white, one pixel on only black; the first column is repeated
    assert change["stride"] == pytest.approx(255 * 7 / 8)
    assert change["max"] == 0
    assert change["blur"] < 20


def test_a_steadier_kind_changes_less(picture) -> None:
    change = {kind: classify.pool(picture("brick"), kind, 2).change for kind in pooling.KINDS}
    assert change["blur"] < change["average"] < change["stride"]


def test_the_binomial_is_pascals_triangle() -> None:
    np.testing.assert_allclose(pooling.binomial_kernel(5), np.array([1, 4, 6, 4, 1]) / 16)
    assert pooling.binomial_kernel(1).tolist() == [1]
    assert pooling.binomial_kernel(2049).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "size", "words"),
    [("median", 2, "max"), (None, 2, "kind"), ("max", 0, "size"), ("max", 5, "size"), ("max", "2", "size")],
)
def test_no_such_pooling(kind, size, words) -> None:
    with pytest.raises(InputError, match=words):
        classify.pool(FOUR, kind, size)


def test_the_arithmetic_is_right() -> None:
    found = pooling.pooling_example(FOUR, 1, 2)
    assert found.corner == (0, 0)
    np.testing.assert_array_equal(found.values, FOUR)
    assert found.sums["max"][0] == "max(0, 1, 4, 5) = 5"
    assert found.sums["average"][3] == "(10 + 11 + 14 + 15) / 4 = 12.5"
    assert found.sums["stride"][1] == "2·1 + 3·0 + 6·0 + 7·0 = 2"
    for kind in ("max", "average", "stride"):
        np.testing.assert_array_equal(found.results[kind], classify.pool(FOUR, kind, 2).pooled[..., 0])


def test_the_patch_stays_inside_and_on_even_corners(picture) -> None:
    h, w = picture("cat").shape[:2]
    for x, y in ((0, 0), (w - 1, h - 1), (101, 77)):
        found = pooling.pooling_example(picture("cat"), x, y)
        left, top = found.corner
        assert left % 2 == top % 2 == 0 and 0 <= left <= w - 4 and 0 <= top <= h - 4
        assert abs(left + 2 - x) <= 3 and abs(top + 2 - y) <= 3


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (4, 0), (0, 4), (1.5, 0), ("1", 0), (None, 0)])
def test_a_pixel_outside(x, y) -> None:
    with pytest.raises(InputError):
        pooling.pooling_example(FOUR, x, y)


def test_a_picture_too_small_for_the_example() -> None:
    with pytest.raises(InputError, match="4 × 4"):
        pooling.pooling_example(np.zeros((3, 9), np.uint8), 0, 0)
