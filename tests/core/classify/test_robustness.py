from __future__ import annotations

import numpy as np
import pytest

from core import classify
from core.classify.robustness import TRANSFORMS
from core.errors import InputError


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_the_value_that_changes_nothing_is_what_predict_sees(transform, picture) -> None:
    neutral = TRANSFORMS[transform].neutral
    found = classify.invariance(picture("lion"), transform, [neutral])
    predicted = classify.predict(picture("lion"))
    assert found.probabilities[0] == pytest.approx(predicted.probabilities[0], abs=1e-3)
    assert found.top == ("lion",) and found.unchanged == "lion" and found.consistency == 1


def test_a_shift_copies_pixels(picture) -> None:
    found = classify.invariance(picture("cat"), "shift", [0, 7, -7])
    still, right, left = found.pictures
    assert found.pictures.shape == (3, 260, 260, 3)
    np.testing.assert_array_equal(right[:, 7:], still[:, :-7])
    np.testing.assert_array_equal(left[:, :-7], still[:, 7:])
    # the picture is wider than the crop: what moves in is the picture, not grey
    assert not (right[:, :7] == 128).all(axis=(0, 2)).any()


def test_where_the_picture_ends_there_is_grey() -> None:
    white = np.full((292, 292, 3), 255, np.uint8)
    found = classify.invariance(white, "shift", [100])
    # 16 pixels of margin move in first
    assert (found.pictures[0][:, :84] == 128).all() and (found.pictures[0][:, 84:] == 255).all()


def test_a_quarter_turn_is_exact() -> None:
    rng = np.random.default_rng(0)
    square = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)
    still, turned = classify.invariance(square, "rotate", [0, 90]).pictures
    np.testing.assert_array_equal(turned, np.rot90(still))


def test_brightness_multiplies_and_clips(picture) -> None:
    still, dark, black, bright = classify.invariance(picture("cat"), "brightness", [1, 0.5, 0, 5]).pictures
    np.testing.assert_allclose(dark, still / 2, atol=0.5)
    assert black.max() == 0 and bright.max() == 255


def test_half_the_size_is_in_the_middle() -> None:
    white = np.full((256, 256, 3), 255, np.uint8)
    small = classify.invariance(white, "scale", [0.5]).pictures[0]
    assert (small[112, 60:164] == 255).all() and (small[:40] == 128).all() and (small[-40:] == 128).all()


def test_the_consistency_counts_the_unshifted_top_class(picture) -> None:
    found = classify.invariance(picture("rocket"), "shift", np.arange(-8, 9, 2), target="missile")
    assert found.label == "missile" and found.target == 657 and found.unchanged == "drilling platform"
    assert 0.5 < found.consistency < 1  # the top class flips between neighbours
    assert found.consistency == pytest.approx(np.mean([label == "drilling platform" for label in found.top]))
    assert found.values.dtype == found.probabilities.dtype == np.float32
    assert found.values.tolist() == list(range(-8, 9, 2))
    assert ((found.probabilities >= 0) & (found.probabilities <= 1)).all()


def test_a_network_is_not_invariant_to_rotation(picture) -> None:
    found = classify.invariance(picture("lion"), "rotate", [0, 180], target="lion")
    assert found.probabilities[0] > 0.7 and found.probabilities[1] < 0.2
    found = classify.invariance(picture("lion"), "brightness", [1, 0], target="lion")
    assert found.probabilities[0] > 0.7 and found.probabilities[1] < 0.05


@pytest.mark.parametrize(
    ("transform", "values"),
    [
        ("flip", [1]),
        (None, [1]),
        ("shift", []),
        ("shift", [0] * 62),
        ("shift", "12"),
        ("shift", 3),
        ("shift", [225]),
        ("shift", [float("nan")]),
        ("shift", ["1"]),
        ("shift", np.zeros((2, 2))),
        ("scale", [0]),
        ("brightness", [-0.1]),
    ],
)
def test_values_that_cannot_be(transform, values, picture) -> None:
    with pytest.raises(InputError):
        classify.invariance(picture("cat"), transform, values)


def test_a_very_long_picture_stays_small() -> None:
    found = classify.invariance(np.zeros((2, 4000, 3), np.uint8), "shift", [0, 10])
    assert found.pictures.shape == (2, 260, 260, 3)
