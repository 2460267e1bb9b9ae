from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from core import images, samples, segment
from core.decoding import mask_files
from core.errors import InputError

H, W = 60, 80
DRAWN = Image.new("L", (W, H))
ImageDraw.Draw(DRAWN).ellipse((20, 10, 50, 40), fill=255)
TRUE = np.asarray(DRAWN) > 0
NUMBERS = TRUE.astype(np.uint8)
# two things, a second and a third label
SEVERAL = NUMBERS.copy()
SEVERAL[45:55, 60:75] = 2
SEVERAL[2:6, 2:70] = 3


def encode(picture, kind="PNG", **settings):
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def paint(colour, alpha=255, under=(0, 0, 0, 0)):
    """A layer with the ellipse in a colour, on nothing."""
    layer = np.empty((H, W, 4), np.uint8)
    layer[:] = under
    layer[TRUE] = (*colour, alpha)
    return Image.fromarray(layer)


def palette(numbers, *colours):
    picture = Image.fromarray(numbers.astype(np.uint8), "L")
    picture.putpalette([channel for colour in colours for channel in colour])
    return picture


def paint_labels(numbers, *colours):
    return Image.fromarray(np.array(colours, np.uint8)[numbers])


def soften(picture, radius):
    return picture.filter(ImageFilter.GaussianBlur(radius))


PHOTO = Image.fromarray(images.fit(images.to_rgb(samples.sample_path("coffee")), W)).resize((W, H))
VOC = ((0, 0, 0), (128, 0, 0), (0, 128, 0), (64, 0, 0))
PANOPTIC = ((0, 0, 0), (1, 0, 0), (2, 7, 0), (0, 0, 3))

ONE_THING = {
    **{f"{name} strokes on nothing": paint(colour) for name, colour in
       {"white": (255,) * 3, "black": (0,) * 3, "red": (255, 0, 0), "grey": (90,) * 3}.items()},
    "strokes of half opacity": paint((255, 45, 85), 127),
    "faint strokes, as an overlay of a network": paint((30, 144, 255), 89),
    "white strokes on white nothing": paint((255,) * 3, under=(255, 255, 255, 0)),
    "grey with alpha": paint((255,) * 3).convert("LA"),
    "black with alpha": paint((0,) * 3).convert("LA"),
    "our own cut-out": Image.fromarray(segment.cutout(np.asarray(PHOTO), TRUE)),
    "two bytes of alpha laid over a photo": Image.merge("RGBA", (*PHOTO.split(), Image.fromarray(NUMBERS * 255))),
    "white on black": Image.fromarray(NUMBERS * 255),
    "white on black with useless alpha": Image.fromarray(NUMBERS * 255).convert("RGBA"),
    "one bit": Image.fromarray(TRUE),
    "label 1": Image.fromarray(NUMBERS),
    "label 1 in colour channels": Image.fromarray(NUMBERS).convert("RGB"),
    "label 7": Image.fromarray(NUMBERS * 7),
    "label 150": Image.fromarray(NUMBERS * 150),
    "16 bits, label 1": Image.fromarray(NUMBERS.astype(np.uint16)),
    "16 bits, white": Image.fromarray(NUMBERS.astype(np.uint16) * 65535),
    "16 bits, 12 of them used": Image.fromarray(NUMBERS.astype(np.uint16) * 4095),
    "16 bits, number of an instance": Image.fromarray(NUMBERS.astype(np.uint16) * 26_001),
    "green on black": paint((0, 255, 0), under=(0, 0, 0, 255)).convert("RGB"),
    "dark red on black": paint((128, 0, 0), under=(0, 0, 0, 255)).convert("RGB"),
    "blue on black": paint((0, 0, 255), under=(0, 0, 0, 255)).convert("RGB"),
    "a palette's dark red": palette(NUMBERS, *VOC),
    "two dark colours of a plot": paint_labels(NUMBERS, (0, 0, 127), (127, 0, 0)),
    "two bright colours of a plot": paint_labels(NUMBERS, (31, 119, 180), (23, 190, 207)),
    "yellow on violet, with useless alpha": paint_labels(NUMBERS, (68, 1, 84), (253, 231, 37)).convert("RGBA"),
    "a palette without black": palette(NUMBERS, (68, 1, 84), (253, 231, 37)),
    "a palette whose black comes last": palette(1 - NUMBERS, (0, 255, 0), (0, 0, 0)),
    "a palette of black and white": palette(NUMBERS, (0, 0, 0), (255, 255, 255)),
    "a palette of white and black": palette(1 - NUMBERS, (255, 255, 255), (0, 0, 0)),
    "a palette of greys": palette(NUMBERS, (10, 10, 10), (240, 240, 240)),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_THING)
def test_masks_of_many_tools_are_read_to_the_pixel(name):
    data = encode(ONE_THING[name])
    assert np.array_equal(images.to_mask(data, (H, W)), TRUE)
    assert np.array_equal(images.to_mask(ONE_THING[name], (H, W)), TRUE), "a PIL image is read as its file"


SEVERAL_THINGS = {
    "labels 0 to 3": Image.fromarray(SEVERAL),
    "16 bits, instances": Image.fromarray(SEVERAL.astype(np.uint16) * 256),
    "16 bits, instances up to white": Image.fromarray(SEVERAL.astype(np.uint16) * 21_845),
    "32 bits": Image.fromarray(SEVERAL.astype(np.int32) * 100_000),
    "VOC's palette": palette(SEVERAL, *VOC),
    "VOC's colours": paint_labels(SEVERAL, *VOC),
    "identifiers in colour channels": paint_labels(SEVERAL, *PANOPTIC),
    "a palette of other colours": palette(SEVERAL, (120, 120, 120), (180, 120, 120), (6, 230, 230), (80, 50, 50)),
    "colours of a plot": paint_labels(SEVERAL, (68, 1, 84), (49, 104, 142), (53, 183, 121), (253, 231, 37)),
    "labels far apart": Image.fromarray(SEVERAL * 60),
}


@pytest.mark.parametrize("name", SEVERAL_THINGS)
def test_every_label_but_nothing_is_inside(name):
    assert np.array_equal(images.to_mask(encode(SEVERAL_THINGS[name], "TIFF"), (H, W)), SEVERAL > 0)


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("picture", [Image.fromarray(NUMBERS), Image.fromarray(SEVERAL), Image.fromarray(SEVERAL * 50)])
def test_labels_in_a_lossless_webp(picture, extended):
    more = {"icc_profile": b"x" * 200} if extended else {}
    data = encode(picture.convert("RGB"), "WEBP", lossless=True, **more)
    assert np.array_equal(images.to_mask(data, (H, W)), np.asarray(picture) > 0)


def test_a_dark_webp_with_losses_is_no_label_map():
    noise = np.random.default_rng(0).integers(0, 9, (H, W, 3)).astype(np.uint8)
    assert not mask_files.decode_mask(encode(Image.fromarray(noise), "WEBP", quality=50)).any()


def test_a_seam_of_void_is_inside_with_its_label():
    numbers = np.where(np.asarray(DRAWN.filter(ImageFilter.MaxFilter(3))) > 0, 255, 0).astype(np.uint8)
    seam = numbers > 0
    numbers[TRUE] = 15
    assert np.array_equal(mask_files.decode_mask(encode(Image.fromarray(numbers))), seam)


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 255, 0), (160, 0, 0), (100, 100, 100)])
@pytest.mark.parametrize("quality", [40, 90])
def test_jpeg_rings_at_the_edge_only(colour, quality):
    data = encode(paint(colour, under=(0, 0, 0, 255)).convert("RGB"), "JPEG", quality=quality)
    found = images.to_mask(data, (H, W))
    near = np.asarray(DRAWN.filter(ImageFilter.MaxFilter(13))) > np.asarray(DRAWN.filter(ImageFilter.MinFilter(13)))
    assert np.array_equal(found[~near], TRUE[~near])
    assert abs(found.mean() - TRUE.mean()) < 0.02


@pytest.mark.parametrize("radius", [1, 6])
@pytest.mark.parametrize("top", [255, 254])
def test_soft_edges_are_cut_at_half(radius, top):
    soft = Image.fromarray((np.asarray(soften(DRAWN, radius)) * (top / 255)).astype(np.uint8))
    expected = np.asarray(soft) > 127
    assert np.array_equal(mask_files.decode_mask(encode(soft)), expected)
    alpha = Image.merge("RGBA", (*Image.new("RGB", (W, H), "red").split(), soft))
    of_peak = np.asarray(soft) * 2.0 > np.asarray(soft).max()
    assert np.array_equal(mask_files.decode_mask(encode(alpha)), of_peak), "as alpha"
    green = Image.merge("RGB", (Image.new("L", (W, H)), soft, Image.new("L", (W, H))))
    assert np.array_equal(mask_files.decode_mask(encode(green)), of_peak), "as green"


def test_a_wide_soft_edge_is_no_label_map():
    ramp = np.repeat(np.linspace(0, 250, 1000).astype(np.uint8)[None], 40, axis=0)
    assert np.array_equal(mask_files.decode_mask(ramp), ramp > 127)


def test_what_was_inside_before_is_inside_still():
    inverted = Image.fromarray(255 - NUMBERS * 255)
    assert np.array_equal(images.to_mask(inverted, (H, W)), ~TRUE), "white is inside"
    red_on_white = paint((255, 0, 0), under=(255, 255, 255, 255)).convert("RGB")
    assert np.array_equal(images.to_mask(red_on_white, (H, W)), ~TRUE)
    bright = np.asarray(PHOTO).mean(axis=2) > 127
    assert np.array_equal(images.to_mask(PHOTO, (H, W)), bright), "a photo has bright parts"
    assert np.array_equal(images.to_mask(encode(PHOTO.convert("RGBA")), (H, W)), bright)
    few = PHOTO.quantize(256)
    assert np.array_equal(images.to_mask(encode(few), (H, W)), np.asarray(few.convert("RGB")).mean(axis=2) > 127)
    full = np.full((H, W), 255, np.uint8)
    assert images.to_mask(full, (H, W)).all() and not images.to_mask(full * 0, (H, W)).any()


def test_a_layer_without_strokes_is_empty():
    assert not mask_files.decode_mask(encode(Image.new("RGBA", (W, H), (255, 255, 255, 0)))).any()


@pytest.mark.parametrize(
    ("array", "inside"),
    [
        (np.array([[0, 1, 2]]), [False, True, True]),
        (np.array([[0, 1, 1, 40_000]], np.int64).repeat(2, axis=0), [False, True, True, True]),
        (np.array([[0.0, 0.4, 0.6]]), [False, False, True]),
        (np.array([[0.0, 1.0, 2.0]]), [False, True, True]),
        (np.array([[0.0, 100.5, 255.0]]), [False, False, True]),
        (np.array([[[True], [False], [True]]]), [True, False, True]),
        (np.array([[[9, 9, 9, 0], [9, 9, 9, 255], [0, 0, 0, 127]]], np.uint8), [False, True, False]),
    ],
)
def test_arrays_are_read_as_files_are(array, inside):
    assert mask_files.decode_mask(array)[0].tolist() == inside


@pytest.mark.parametrize("array", [np.array([[-1, 0]]), np.array([[np.nan, 0.0]]), np.zeros((2, 2, 2), np.uint8)])
def test_arrays_that_are_no_masks(array):
    with pytest.raises(InputError):
        mask_files.decode_mask(array)


def test_numbers_below_nothing_are_cut_in_the_middle():
    depths = Image.fromarray(np.array([[-900, 300, 1200]], np.int32))
    assert mask_files.decode_mask(encode(depths, "TIFF"))[0].tolist() == [False, True, True]


def test_a_mask_keeps_its_numbers_under_a_profile():
    from core.decoding import matrix_profiles

    dark = Image.fromarray(np.where(TRUE[..., None], np.array([130, 130, 130]), 120).astype(np.uint8))
    tagged = encode(dark, icc_profile=matrix_profiles.build_profile(matrix_profiles.SRGB, 1.0))
    assert images.to_rgb(tagged).min() > 127 and np.array_equal(images.to_mask(tagged, (H, W)), TRUE)
