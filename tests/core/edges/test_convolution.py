from __future__ import annotations

import math

import numpy as np
import pytest

from core import edges
from core.edges import convolution
from core.errors import InputError

RNG = np.random.default_rng(7)


def noise_plane(height: int, width: int) -> np.ndarray:
    return RNG.integers(0, 256, (height, width), dtype=np.uint8)


@pytest.mark.parametrize("padding", convolution.PADDINGS)
@pytest.mark.parametrize("size", [3, 5, 7])
def test_identity_returns_the_grey_picture(picture, size, padding) -> None:
    grey = edges.to_grey(picture("coffee")).astype(np.float32)
    found = edges.convolve(picture("coffee"), convolution.PRESETS["identity"].make(size), padding=padding)
    edge = 0 if padding != "valid" else size // 2
    assert np.array_equal(found.response, grey[edge : grey.shape[0] - edge, edge : grey.shape[1] - edge])


@pytest.mark.parametrize("padding", convolution.PADDINGS)
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_the_output_size_formula_holds(padding, stride) -> None:
    for h, w in [(1, 1), (3, 3), (2, 4), (5, 3), (7, 7), (4, 1)]:
        for height, width in [(7, 7), (8, 13), (20, 9)]:
            p, q = convolution.padding_size(padding, h), convolution.padding_size(padding, w)
            found = convolution.convolve(noise_plane(height, width), np.ones((h, w)), stride=stride, padding=padding)
            assert found.response.shape == (
                math.floor((height + 2 * p - h) / stride) + 1,
                math.floor((width + 2 * q - w) / stride) + 1,
            )
            assert found.response.shape[0] == convolution.output_size(height, h, p, stride)


@pytest.mark.parametrize(("padding", "boundary"), [("reflect", None), ("zero", "fill"), ("valid", None)])
@pytest.mark.parametrize("shape", [(3, 3), (5, 5), (7, 7), (3, 5), (2, 2)])
def test_it_is_scipys_correlation(shape, padding, boundary) -> None:
    signal = pytest.importorskip("scipy.signal")
    grey, kernel = noise_plane(40, 53), RNG.normal(size=shape)
    h, w = ((side - 1) // 2 for side in shape)
    added = np.pad(grey.astype(float), 0 if padding == "valid" else ((h, h), (w, w)),
                   mode="reflect" if padding == "reflect" else "constant")  # fmt: skip
    theirs = signal.correlate2d(added, kernel, mode="valid")
    np.testing.assert_allclose(convolution.convolve(grey, kernel, padding=padding).response, theirs, atol=2e-3)
    turned = convolution.convolve(grey, kernel[::-1, ::-1], padding=padding).response
    added_convolved = signal.convolve2d(added, kernel, mode="valid")
    np.testing.assert_allclose(turned, added_convolved, atol=2e-3)


def test_replicate_repeats_the_border() -> None:
    found = convolution.convolve(np.uint8([[10, 20]]), np.ones((3, 3)), padding="replicate")
    assert found.response.tolist() == [[3 * (10 + 10 + 20), 3 * (10 + 20 + 20)]]


def test_sobel_on_a_step_has_the_hand_computed_value() -> None:
    step = np.repeat(np.uint8([[0] * 5 + [50] * 5]), 8, axis=0)
    right = convolution.convolve(step, convolution.PRESETS["sobel_right"].make(3)).response
    assert right[4].tolist() == [0, 0, 0, 0, 200, 200, 0, 0, 0, 0]
    assert np.array_equal(convolution.convolve(step, convolution.PRESETS["sobel_left"].make(3)).response, -right)
    assert not convolution.convolve(step, convolution.PRESETS["sobel_top"].make(3)).response.any()
    bottom = convolution.convolve(step.T, convolution.PRESETS["sobel_bottom"].make(3)).response
    assert np.array_equal(bottom, right.T)


def test_presets_are_the_textbooks() -> None:
    made = {name: preset.make(3).tolist() for name, preset in convolution.PRESETS.items()}
    assert made["sharpen"] == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    assert made["emboss"] == [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
    assert made["outline"] == [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
    assert made["gaussian"] == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    assert made["sobel_left"] == [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    assert made["sobel_bottom"] == [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]


@pytest.mark.parametrize("name", convolution.PRESETS)
@pytest.mark.parametrize("size", [3, 5, 7])
def test_presets_keep_or_drop_a_flat_picture(name, size) -> None:
    preset = convolution.PRESETS[name]
    flat = convolution.convolve(np.full((12, 12), 60, np.uint8), preset.make(size), normalise=preset.normalise).response
    expected = 0 if name == "outline" or name.startswith("sobel") else 60
    np.testing.assert_allclose(flat, expected, atol=1e-3)


def test_normalise_divides_by_the_sum_or_keeps_the_range() -> None:
    assert convolution.kernel_weights(np.ones((3, 3)), normalise=True).sum() == pytest.approx(1)
    assert convolution.kernel_weights([[-2, 4]], normalise=True).tolist() == [[-1, 2]]
    assert convolution.kernel_weights([[-1, 0, 1]], normalise=True).tolist() == [[-1, 0, 1]]
    assert convolution.kernel_weights([[-4, 0, 4]], normalise=True).tolist() == [[-1, 0, 1]]
    assert not convolution.kernel_weights(np.zeros((3, 3)), normalise=True).any()


@pytest.mark.parametrize("padding", convolution.PADDINGS)
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("shape", [(3, 3), (5, 5), (7, 3), (2, 4)])
def test_the_arithmetic_adds_up_to_the_response(shape, stride, padding) -> None:
    grey, kernel = noise_plane(17, 23), RNG.normal(size=shape)
    response = convolution.convolve(grey, kernel, stride=stride, padding=padding).response
    for x, y in [(0, 0), (22, 16), (11, 8), (1, 15), (20, 3)]:
        found = convolution.convolve_pixel(grey, kernel, x, y, stride=stride, padding=padding)
        column, row = found.at
        assert found.total == pytest.approx(float(response[row, column]), abs=2e-3)
        assert found.patch.shape == found.products.shape == shape
        if padding != "valid" and 3 < x < 18 and 3 < y < 13:
            assert abs(found.centre[0] - x) <= stride / 2 and abs(found.centre[1] - y) <= stride / 2
            assert found.patch[(shape[0] - 1) // 2, (shape[1] - 1) // 2] == grey[found.centre[1], found.centre[0]]


def test_the_arithmetic_says_what_is_padding() -> None:
    found = convolution.convolve_pixel(np.uint8([[10, 20], [30, 40]]), np.ones((3, 3)), 0, 0, padding="zero")
    assert found.patch.tolist() == [[0, 0, 0], [0, 10, 20], [0, 30, 40]]
    assert found.inside.tolist() == [[False] * 3, [False, True, True], [False, True, True]]
    assert found.total == 100 and found.at == found.centre == (0, 0)


def test_signed_abs_and_clip_show_the_same_response() -> None:
    response = np.float32([[-510, 0, 255, 510]])
    signed = convolution.response_picture(response, "signed")
    assert signed[0, 1].tolist() == [255, 255, 255]
    assert signed[0, 0, 2] > signed[0, 0, 0] and signed[0, 3, 0] > signed[0, 3, 2]
    assert signed[0, 2, 0] > signed[0, 3, 0]
    assert convolution.response_picture(response, "abs").tolist() == [[255, 0, 255, 255]]
    assert convolution.response_picture(response, "clip").tolist() == [[0, 0, 255, 255]]
    assert (convolution.response_picture(np.zeros((2, 2), np.float32), "signed") == 255).all()


@pytest.mark.parametrize(
    ("kernel", "sentence"),
    [
        (None, "table of numbers"),
        ("sobel", "table of numbers"),
        ([], "table of numbers"),
        ([[]], "table of numbers"),
        ([1, 2, 3], "table of numbers"),
        ([[1, 2], [3]], "table of numbers"),
        ([[1, "x"]], "table of numbers"),
        ([[1, None]], "table of numbers|finite"),
        ({"a": 1}, "table of numbers"),
        (np.ones((33, 3)), "1 to 31"),
        ([[math.nan]], "finite"),
        ([[math.inf]], "finite"),
        ([[1e9]], "at most"),
    ],
)
def test_bad_kernels_are_refused_with_a_sentence(kernel, sentence) -> None:
    with pytest.raises(InputError, match=sentence):
        convolution.convolve(noise_plane(9, 9), kernel)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"stride": 0}, "from 1 to 64"),
        ({"stride": 1.5}, "from 1 to 64"),
        ({"stride": None}, "from 1 to 64"),
        ({"padding": "same"}, "reflect, zero, replicate, valid"),
        ({"padding": None}, "reflect, zero, replicate, valid"),
        ({"normalise": 1}, "true or false"),
    ],
)
def test_bad_settings_are_refused_with_a_sentence(settings, sentence) -> None:
    with pytest.raises(InputError, match=sentence):
        convolution.convolve(noise_plane(9, 9), np.ones((3, 3)), **settings)


def test_a_kernel_larger_than_the_picture_needs_padding() -> None:
    with pytest.raises(InputError, match="pick a padding"):
        convolution.convolve(noise_plane(2, 9), np.ones((3, 3)), padding="valid")
    assert convolution.convolve(np.uint8([[80]]), np.ones((3, 3))).response.tolist() == [[720]]


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (9, 0), (0, 9), (math.nan, 0), (1.5, 0), (None, 0), ("1", 0)])
def test_a_pixel_outside_the_picture_is_refused(x, y) -> None:
    with pytest.raises(InputError, match="from 0 to 8"):
        convolution.convolve_pixel(noise_plane(9, 9), np.ones((3, 3)), x, y)
