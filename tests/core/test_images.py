from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from PIL import Image

from core import images
from core.errors import InputError

RED, WHITE = [255, 0, 0], [255, 255, 255]


def save_picture(tmp_path, picture, name, **options):
    path = tmp_path / name
    picture.save(path, **options)
    return path


def error_texts(error):
    return str(error.value), error.value.message_in("ko")


def test_a_single_pixel():
    assert images.to_rgb(np.array([[[1, 2, 3]]], np.uint8)).tolist() == [[[1, 2, 3]]]


def test_exif_orientation_is_applied(tmp_path):
    picture = Image.new("RGB", (4, 2), "white")
    picture.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[274] = 6  # turn a quarter clockwise
    upright = images.to_rgb(save_picture(tmp_path, picture, "phone.png", exif=exif))
    assert upright.shape == (4, 2, 3)
    assert upright[0, 1].tolist() == RED


def test_alpha_is_laid_on_white(tmp_path):
    picture = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    picture.putpixel((1, 0), (255, 0, 0, 255))
    assert images.to_rgb(save_picture(tmp_path, picture, "a.png")).tolist() == [[WHITE, RED]]
    assert images.to_rgb(np.asarray(picture)).tolist() == [[WHITE, RED]]


def test_palette_with_a_transparent_colour(tmp_path):
    picture = Image.new("P", (2, 1))
    picture.putpalette([0, 255, 0, 255, 0, 0])
    picture.putdata([0, 1])
    path = save_picture(tmp_path, picture, "p.png", transparency=0)
    assert images.to_rgb(path).tolist() == [[WHITE, RED]]


@pytest.mark.parametrize("value", [0, 128, 255])
def test_grey_becomes_three_equal_channels(tmp_path, value):
    path = save_picture(tmp_path, Image.new("L", (3, 2), value), "g.png")
    assert (images.to_rgb(path) == value).all()


def test_sixteen_bits_keep_their_full_range(tmp_path):
    levels = np.array([[0, 32768, 65535]], np.uint16)
    path = save_picture(tmp_path, Image.fromarray(levels), "deep.png")
    assert images.to_rgb(path)[0, :, 0].tolist() == [0, 128, 255]
    assert images.to_rgb(levels)[0, :, 0].tolist() == [0, 128, 255]


def test_cmyk(tmp_path):
    path = save_picture(tmp_path, Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "print.jpg", quality=100)
    assert np.abs(images.to_rgb(path)[4, 4].astype(int) - RED).max() < 12


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    path = tmp_path / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert images.to_rgb(path)[0, 0].tolist() == RED


def test_heic(tmp_path):
    import pillow_heif

    pillow_heif.register_heif_opener()
    path = save_picture(tmp_path, Image.new("RGB", (64, 48), "red"), "phone.heic", quality=95)
    found = images.to_rgb(path)
    assert found.shape == (48, 64, 3)
    assert np.abs(found[24, 32].astype(int) - RED).max() < 12


def test_floats_and_bools():
    assert images.to_rgb(np.array([[0.0, 0.5, 1.0]]))[0, :, 0].tolist() == [0, 128, 255]
    assert images.to_rgb(np.array([[False, True]]))[0, :, 0].tolist() == [0, 255]


def test_the_callers_array_is_not_changed():
    given = np.zeros((2, 2, 3), np.uint8)
    images.to_rgb(given)
    assert not given.any()


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "errors.picture_empty"),
        (b"hello, I am text", "errors.picture_unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "errors.picture_unknown"),
        (b"%PDF-1.7 ...", "errors.picture_unknown"),
    ],
    ids=["zero bytes", "text", "svg", "pdf"],
)
def test_files_that_are_no_pictures(tmp_path, content, key):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        images.to_rgb(path)
    assert error.value.key == key


def test_flipped_bytes_are_refused_or_read_but_never_crash(tmp_path, picture):
    out = io.BytesIO()
    Image.fromarray(images.fit(picture("cat"), 64)).save(out, "PNG")
    rng = np.random.default_rng(0)
    path = tmp_path / "bits.png"
    for _ in range(100):
        data = bytearray(out.getvalue())
        for at in rng.integers(0, len(data), 4):
            data[at] = rng.integers(256)
        path.write_bytes(bytes(data))
        # anything but an InputError would fail the test
        with contextlib.suppress(InputError):
            assert images.to_rgb(path).shape[2] == 3


@pytest.mark.parametrize(
    ("array", "key"),
    [
        (np.full((2, 2), np.nan), "errors.array_values"),
        (np.full((2, 2), np.inf), "errors.array_values"),
        (np.full((2, 2, 3), 300), "errors.array_values"),
        (np.full((2, 2, 3), -0.5), "errors.array_values"),
        (np.array([["a"]]), "errors.array_values"),
        (np.zeros((0, 5, 3), np.uint8), "errors.array_shape"),
        (np.zeros((5, 5, 2), np.uint8), "errors.array_shape"),
        (np.zeros((1, 3, 5, 5), np.uint8), "errors.array_shape"),
        (np.zeros(7, np.uint8), "errors.array_shape"),
    ],
)
def test_arrays_that_are_no_pictures(array, key):
    with pytest.raises(InputError) as error:
        images.to_rgb(array)
    assert error.value.key == key


@pytest.mark.parametrize("value", [None, 3, b"bytes", ["a"], {"path": "x"}])
def test_other_types(value):
    with pytest.raises(InputError):
        images.to_rgb(value)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError) as error:
        images.to_rgb(tmp_path / "none.png")
    assert error.value.key == "errors.picture_file"


def test_a_large_array_is_read_smaller():
    assert images.to_rgb(np.broadcast_to(np.uint8(7), (8000, 8000, 3))).shape == (4000, 4000, 3)


def test_what_cannot_be_read_smaller_is_refused_by_a_figure_above_the_limit():
    images.check_image_size(10_000, 5000)
    with pytest.raises(InputError) as error:
        images.check_image_size(10_001, 5000)
    for sentence in error_texts(error):
        assert "50" in sentence and "51" in sentence


def test_mask_of_another_size_names_both_sizes():
    with pytest.raises(InputError) as error:
        images.to_mask(np.zeros((4, 6), bool), (3, 5))
    english, korean = error_texts(error)
    for sentence in (english, korean):
        assert "5 × 3" in sentence
        assert "6 × 4" in sentence


def test_mask_from_a_picture():
    grey = np.array([[0, 127, 128, 255]], np.uint8)
    assert images.to_mask(grey, (1, 4)).tolist() == [[False, False, True, True]]


def test_fit_keeps_proportions_and_never_enlarges():
    assert images.fit(np.zeros((100, 300, 3), np.uint8), 150).shape == (50, 150, 3)
    small = np.zeros((10, 20, 3), np.uint8)
    assert images.fit(small, 150) is small
    assert images.fit(np.zeros((1, 4000, 3), np.uint8), 100).shape == (1, 100, 3)


def test_overlay_tints_only_the_mask():
    picture = np.full((1, 2, 3), 100, np.uint8)
    tinted = images.overlay_mask(picture, np.array([[True, False]]), (200, 0, 100), 0.5)
    assert tinted.tolist() == [[[150, 50, 100], [100, 100, 100]]]


def test_tile_lays_out_row_by_row():
    one, two, three = (np.full((2, 3, 3), v, np.uint8) for v in (1, 2, 3))
    sheet = images.tile_images([one, two, three], columns=2, gap=1)
    assert sheet.shape == (5, 7, 3)
    assert (sheet[0, 0, 0], sheet[0, 4, 0], sheet[3, 0, 0], sheet[4, 6, 0]) == (1, 2, 3, 255)


def test_the_square_is_cut_from_the_middle_and_nothing_else_is_seen() -> None:
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, 20:40] = 200
    for side in (10, 20, 64):
        assert images.crop_to_square(wide, side).shape == (side, side, 3)
        assert (images.crop_to_square(wide, side) == 200).all()
        assert (images.crop_to_square(wide.transpose(1, 0, 2), side) == 200).all()


def test_bools_that_are_not_ones_inside_become_ones() -> None:
    # what Pillow makes of one bit a pixel
    bits = np.asarray(Image.fromarray(np.eye(4, dtype=np.uint8) * 255).convert("1"))
    assert bits.dtype == bool and bits.view(np.uint8).max() == 255
    found = images.to_mask(bits, (4, 4))
    assert found.view(np.uint8).max() == 1 and (found == np.eye(4, dtype=bool)).all()
