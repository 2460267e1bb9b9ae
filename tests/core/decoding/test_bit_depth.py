from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from core import images
from core.decoding import bit_depth
from core.errors import InputError

RAMP = np.linspace(0, 255, 64).round().astype(np.uint16).reshape(8, 8)


def encode(values, kind="PNG", **settings):
    out = io.BytesIO()
    Image.fromarray(values).save(out, kind, **settings)
    return out.getvalue()


def write_tiff(values, **settings):
    """A TIFF as numerical libraries write it; scikit-image brings the writer."""
    out = io.BytesIO()
    pytest.importorskip("tifffile").imwrite(out, values, **settings)
    return out.getvalue()


def tiff_with(tag, value, values):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[tag] = value
    return encode(values, "TIFF", tiffinfo=tags)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_grey_of_some_bits_in_a_file_of_sixteen(kind, bits):
    values = (RAMP.astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)
    assert np.abs(images.to_rgb(encode(values, kind))[..., 0].astype(int) - RAMP).max() <= 1
    assert np.array_equal(images.to_rgb(values), images.to_rgb(encode(values, kind))), "an array is read as its file"


@pytest.mark.parametrize("largest", [5, 40, 255])
def test_numbers_of_eight_bits_are_levels_whatever_holds_them(largest):
    values = (RAMP * largest // 255).astype(np.uint16)
    for kind in (np.uint16, np.int32, np.float32):
        assert np.array_equal(images.to_rgb(encode(values.astype(kind), "TIFF"))[..., 0], values)


def test_a_dark_picture_of_sixteen_bits_stays_darker_than_a_bright_one():
    dark, bright = (bit_depth.to_levels(RAMP * factor) for factor in (70, 257))  # up to 17,850 and 65,535
    assert dark.max() == round(17_850 / 257) and bright.max() == 255


def test_what_the_file_tells_comes_before_what_its_numbers_suggest():
    values = RAMP * 4  # up to 1020
    told = tiff_with(bit_depth.LARGEST_SAMPLE, 4095, values)
    assert images.to_rgb(told).max() == round(1020 / 4095 * 255)
    assert images.to_rgb(encode(values, "TIFF")).max() == 254
    too_little = tiff_with(bit_depth.LARGEST_SAMPLE, 100, values)
    assert images.to_rgb(too_little).max() == 254, "what cannot be is not believed"


@pytest.mark.parametrize(
    "values",
    [
        RAMP.astype(np.int32) * 4000,
        RAMP.astype(np.int32) * 300 - 40_000,
        RAMP.astype(np.int16) * 10 - 1000,
        RAMP.astype(np.float32) / 255,
        RAMP.astype(np.float32),
        RAMP.astype(np.float32) * 0.99 + 0.5,
        RAMP.astype(np.float32) / 100,
        RAMP.astype(np.float32) * 1e-9,
        RAMP.astype(np.float32) * 1e6 - 3e7,
    ],
    ids=["1,000,000", "below 0", "signed", "0 to 1", "0 to 255", "fractions", "0 to 2.55", "tiny", "huge"],
)
def test_wide_numbers_of_a_file_show_all_their_steps(values):
    found = images.to_rgb(encode(values, "TIFF"))[..., 0]
    # a float of 1e-9 is within 0 to 1, and so black
    expected = np.zeros_like(RAMP) if 0 < values.max() < 1e-6 else RAMP
    assert np.abs(found.astype(int) - expected).max() <= 2


def test_what_is_not_finite_is_black():
    values = RAMP.astype(np.float32)
    values[0, :2] = np.nan, np.inf
    found = images.to_rgb(encode(values, "TIFF"))[..., 0]
    assert found[0, :2].tolist() == [0, 0] and np.array_equal(found[1:], RAMP[1:])
    assert not images.to_rgb(encode(np.full((4, 4), np.nan, np.float32), "TIFF")).any()


def test_an_even_picture_of_wide_numbers_is_read():
    assert images.to_rgb(encode(np.full((4, 4), -7, np.int32), "TIFF")).shape == (4, 4, 3)


@pytest.mark.parametrize("kind", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_colours_of_some_bits_in_a_file_of_sixteen(kind, channels, bits):
    colours = np.stack([RAMP, RAMP[::-1], RAMP.T], axis=2).astype(np.uint32) * (2**bits - 1) // 255
    stored = colours[..., ::-1].astype(np.uint16)
    if channels == 4:
        stored = np.dstack([stored, np.full(RAMP.shape, 65535, np.uint16)])
    found = images.to_rgb(cv2.imencode(kind, stored)[1].tobytes())
    assert np.abs(found.astype(int) - np.stack([RAMP, RAMP[::-1], RAMP.T], axis=2)).max() <= 1


@pytest.mark.parametrize("top", [1.0, 255.0, 40_000.0])
def test_colours_in_floats(top):
    colours = np.stack([RAMP, RAMP[::-1], RAMP.T], axis=2).astype(np.float32)
    found = images.to_rgb(cv2.imencode(".tiff", colours[..., ::-1] * (top / 255))[1].tobytes())
    assert np.abs(found.astype(int) - colours).max() <= 1


def test_arrays_of_floats_up_to_255_are_levels():
    assert np.array_equal(images.to_rgb(RAMP.astype(np.float64))[..., 0], RAMP)
    assert images.to_rgb(np.array([[0.0, 100.4, 255.0]]))[0, :, 0].tolist() == [0, 100, 255]
    assert images.to_rgb(np.array([[0.0, 0.5, 1.0]]))[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("array", [np.array([[0.0, 256.0]]), np.array([[-1.0, 3.0]]), np.array([[0, 70_000]])])
def test_other_arrays_are_refused(array):
    with pytest.raises(InputError) as error:
        images.to_rgb(array)
    assert error.value.key == "errors.array_values"


@pytest.mark.parametrize(("largest", "white"), [(0, 255), (255, 255), (256, 1023), (4095, 4095), (65535, 65535)])
def test_white_is_the_end_of_the_smallest_range(largest, white):
    assert bit_depth.find_white(largest) == white


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("settings", [{}, {"byteorder": ">"}, {"tile": (16, 16)}])
@pytest.mark.parametrize("top", [1, 255, 70_000])
def test_grey_in_floats_as_numerical_libraries_write_it(kind, settings, top):
    data = write_tiff((RAMP * (top / 255)).astype(kind), photometric="minisblack", **settings)
    assert np.abs(images.to_rgb(data)[..., 0].astype(int) - RAMP).max() <= 1


def test_a_mask_in_such_floats():
    inside = RAMP > 100
    assert np.array_equal(images.to_mask(write_tiff(inside.astype(np.float64)), (8, 8)), inside)
    assert np.array_equal(images.to_mask(write_tiff(inside * 7.0), (8, 8)), inside), "a label"


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint32, np.float64])
@pytest.mark.parametrize("channels", [3, 4])
def test_colours_in_numbers_that_pillow_does_not_know(kind, channels):
    colours = np.stack([RAMP, RAMP[::-1], RAMP.T], axis=2).astype(kind)
    stored = colours if channels == 3 else np.dstack([colours, np.full(RAMP.shape, 255, kind)])
    found = images.to_rgb(write_tiff(stored, photometric="rgb"))
    assert np.abs(found.astype(int) - colours).max() <= 1


@pytest.mark.parametrize("white", [1, 4095, 65535])
@pytest.mark.parametrize("settings", [{}, {"byteorder": ">"}, {"compression": "zlib"}])
def test_grey_in_which_0_is_white(white, settings):
    values = ((255 - RAMP).astype(np.uint32) * white // 255).astype(np.uint16)
    data = write_tiff(values, photometric="miniswhite", **settings)
    expected = np.where(values == 0, 255, 254) if white == 1 else RAMP
    assert np.abs(images.to_rgb(data)[..., 0].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_floats_in_which_0_is_white_and_some_are_none(missing):
    values = (255 - RAMP).astype(np.float32)
    values[3, 3] = missing
    found = images.to_rgb(write_tiff(values, photometric="miniswhite"))[..., 0]
    assert found[3, 3] == 0 and np.array_equal(np.delete(found, 27), np.delete(RAMP, 27))


def test_a_mask_in_which_0_is_white():
    inside = RAMP > 100
    data = write_tiff(np.where(inside, 0, 65535).astype(np.uint16), photometric="miniswhite")
    assert np.array_equal(images.to_mask(data, (8, 8)), inside)


@pytest.mark.parametrize("settings", [{}, {"byteorder": ">"}, {"compression": "zlib"}])
@pytest.mark.parametrize("planes", [3, 4])
def test_colours_of_sixteen_bits_that_are_stored_one_after_the_other(settings, planes):
    colours = np.stack([RAMP, RAMP[::-1], RAMP.T, np.full((8, 8), 255)][:planes])
    data = write_tiff((colours * 257).astype(np.uint16), photometric="rgb", planarconfig="separate", **settings)
    assert np.abs(images.to_rgb(data).astype(int) - np.moveaxis(colours[:3], 0, 2)).max() <= 1


def test_floats_that_are_stored_so_get_a_sentence():
    colours = np.stack([RAMP, RAMP[::-1], RAMP.T]).astype(np.float32)
    with pytest.raises(InputError) as error:
        images.to_rgb(write_tiff(colours, photometric="rgb", planarconfig="separate"))
    assert error.value.key == "errors.picture_unknown"
