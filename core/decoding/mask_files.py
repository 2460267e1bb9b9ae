"""What is inside a mask, whoever made it: paint programs, labelling tools, data sets, networks, this page."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.decoding import bit_depth, colour_profiles, decoder

Inside = npt.NDArray[np.bool_]
Numbers = npt.NDArray[Any]
BLACK, DARK, SPOT = 24, 60, 42  # of 255: what JPEG leaves of black; a gap above it; its middle
FEW_LABELS = 20  # the largest number that is a label even where it makes no even patches
EVEN = 0.7  # share of a label map's pixels with the same number beside and below or above
FEW_COLOURS, WHITE = 32, 0xFFFFFF
MANY_COLOURS = 128  # a palette that is used so widely is a photo's
LEAST_BLACK = 0.05  # of a picture of colours on black
SAME_HUE = 32
SAMPLE = 500_000  # pixels
EDGES = 0.3  # as many pixels as the edges of what is painted may have, of it all
LOSSY = ("JPEG", "MPO", "HEIF", "AVIF", "WEBP")  # their numbers are no labels


def decode_mask(mask: object) -> Inside:
    """A mask as bool (H, W), at its own size.

    Inside is, by the first rule that fits:

    1. what is more than half as opaque as its most opaque part, where that leaves something outside;
    2. in a palette with colours: all but black, or, without black, all but entry 0;
    3. in grey: every number but 0, where the numbers make a label map: even patches, or at most 20;
    4. in grey: above half of the range, or of the brightest where that is darker than half;
    5. in colour on black: the same of a single colour; every colour, where there are several;
    6. in a few even colours without white, as plots show labels: all but the darkest;
    7. what is brighter than half.

    Colours are taken as they are in the file, without its profile.

    Args:
        mask: bool or number array (H, W), (H, W, 1), picture array (H, W, 3) or (H, W, 4), PIL image, path or a file's
            bytes.

    Raises:
        InputError: it cannot be read.
    """
    if not isinstance(mask, np.ndarray):
        return _read_picture(decoder.decode_any(mask, shrink=False))
    values = bit_depth.check_array(mask)
    if values.shape[2] > 1:
        levels = bit_depth.array_to_levels(values)
        return _read_alpha(levels[..., 3], levels[..., :3]) if levels.shape[2] == 4 else _read_colours(levels)
    if values.dtype == bool:
        # whatever is not 0: Pillow's bits come as bools of 255, at which scikit-image's C code breaks
        return np.asarray(values[..., 0].view(np.uint8) != 0)
    if values.dtype.kind in "iu" and values.min() >= 0:
        return _read_levels(values[..., 0])
    bit_depth.array_to_levels(values)  # refuses what is no picture
    return _read_floats(values[..., 0])


def _read_picture(picture: Image.Image) -> Inside:
    if picture.mode == "F":
        return _read_floats(bit_depth.upright_numbers(picture))
    if bit_depth.is_deep(picture):
        numbers = bit_depth.upright_numbers(picture)
        return _read_levels(numbers) if numbers.min() >= 0 else _read_floats(numbers.astype(np.float64))
    if colour_profiles.has_alpha(picture):
        rgba = np.asarray(picture.convert("RGBA"))
        return _read_alpha(rgba[..., 3], rgba[..., :3])
    if picture.mode == "P":
        return _read_palette(picture)
    exact = picture.format not in LOSSY or decoder.LOSSLESS in picture.info
    if picture.mode in ("L", "1"):
        return _read_levels(np.asarray(picture.convert("L")), exact=exact)
    return _read_colours(np.asarray(picture.convert("RGB")), exact)


def _read_alpha(alpha: Numbers, colours: Numbers) -> Inside:
    """Rule 1; a layer on which nothing was painted is empty."""
    inside = alpha.astype(np.uint16) * 2 > int(alpha.max())
    return np.asarray(inside) if not inside.all() else _read_colours(colours)


def _read_palette(picture: Image.Image) -> Inside:
    """Rule 2; a palette of greys is read by what it shows, and so is a photo."""
    entries = np.asarray(picture)
    used = np.flatnonzero(np.bincount(entries.ravel(), minlength=256))
    channels = np.array(picture.getpalette("RGB") or [], np.uint8)
    palette = np.pad(channels, (0, 768 - len(channels))).reshape(256, 3)
    if len(used) >= MANY_COLOURS or (palette[used] == palette[used, :1]).all():
        return _read_colours(np.asarray(picture.convert("RGB")))
    black: Inside = np.asarray(palette.sum(axis=1) == 0)
    outside = black if black[used].any() else np.arange(256) == 0
    return np.asarray(~outside[entries])


def _read_colours(colours: Numbers, exact: bool = True) -> Inside:
    """Rules 3 to 7 for (H, W, 3) uint8; `exact` is False where a codec has changed them a little."""
    red, green, blue = np.moveaxis(colours, 2, 0)
    peak = np.maximum(np.maximum(red, green), blue)
    if (red == green).all() and (green == blue).all():
        return _read_levels(peak, exact=exact)
    # what kind it is, a part of the pixels tells
    step = max(1, round((peak.size / SAMPLE) ** 0.5))
    part, part_peak = colours[::step, ::step], peak[::step, ::step]
    if _is_one_hue(part, part_peak):
        return _read_levels(peak, white=int(peak.max()), exact=exact)
    black = part_peak <= BLACK
    if black.mean() >= LEAST_BLACK:
        packed = _pack_channels(colours)
        if (packed == 0).mean() >= LEAST_BLACK and _share_even(packed, packed > 0) >= EVEN:
            return np.asarray(packed > 0)
        if (~black & (part_peak <= DARK)).sum() <= EDGES * (part_peak > DARK).sum():
            return np.asarray(peak > SPOT)
    elif exact and len(used := np.unique(_pack_channels(part))) <= FEW_COLOURS and WHITE not in used:
        packed = _pack_channels(colours)
        if _share_even(packed, packed >= 0) >= EVEN:
            return np.asarray(packed != _find_darkest(used))
    return np.asarray(red.astype(np.uint16) + green + blue > 3 * 127)


def _pack_channels(colours: Numbers) -> Numbers:
    """One number for the three of each pixel."""
    red, green, blue = np.moveaxis(colours.astype(np.uint32), 2, 0)
    return np.asarray(red << 16 | green << 8 | blue)


def _find_darkest(packed: Numbers) -> int:
    """The darkest of colours (n,) whose channels are packed into one number."""
    light = 0.2126 * (packed >> 16) + 0.7152 * (packed >> 8 & 255) + 0.0722 * (packed & 255)
    return int(packed[light.argmin()])


def _read_levels(numbers: Numbers, white: int | None = None, exact: bool = True) -> Inside:
    """Rules 3 and 4 for whole numbers (H, W), none below 0.

    Args:
        numbers: what the file holds.
        white: the number of what is fully inside; None takes the end of the numbers' range.
        exact: False where a codec has changed them a little.
    """
    high = int(numbers.max())
    end = bit_depth.find_white(high) if white is None else white
    if exact and numbers.min() == 0 and _is_label_map(numbers, high, end):
        return np.asarray(numbers != 0)
    # paint that is dark, but darker than what JPEG leaves of black is none
    dark = numbers.min() == 0 and BLACK <= high <= end / 2
    return np.asarray(numbers > (high if dark else end) / 2)


def _is_label_map(numbers: Numbers, high: int, end: int) -> bool:
    if high <= FEW_LABELS:
        return True
    if high == end == 255 and not _has_void(numbers):
        return False
    even = _share_even(numbers, (numbers != 0) & (numbers != high))
    if even < EVEN or len(np.unique(numbers)) <= 64:
        return even >= EVEN
    # a soft edge may be even too, where it is wide: then its neighbours differ by one or two
    steps = np.abs(np.diff(numbers[:: max(1, len(numbers) // 256)].astype(np.int64), axis=1))
    small = ((steps > 0) & (steps <= 2)).sum() > 0.5 * (steps > 0).sum()
    return even >= 0.95 and not small


def _has_void(numbers: Numbers) -> bool:
    """Whether 255 is only the seam around small labels, as in data sets."""
    counts = np.bincount(numbers.ravel().astype(np.int64), minlength=256)
    labels = int(counts[1 : FEW_LABELS + 1].sum())
    return bool(counts[FEW_LABELS + 1 : 255].sum() == 0 and labels > counts[255] and counts[0] >= 0.1 * numbers.size)


def _read_floats(values: Numbers) -> Inside:
    """Rules 3 and 4 for numbers with a fraction, or below 0."""
    known = np.where(np.isfinite(values), values, 0)
    low, high = float(known.min()), float(known.max())
    if low >= 0 and high < 2**31 and (known == known.round()).all():
        return _read_levels(known.astype(np.int64))
    return np.asarray(known > (0.5 if low >= 0 and high <= 1 else (low + high) / 2))


def _share_even(numbers: Numbers, where: Inside) -> float:
    """How much of `where` has the same number at its side, and above or below; 1 where there is nothing."""
    if not where.any():
        return 1.0
    even = np.ones(numbers.shape, bool)
    # once across, once down: both are views
    for lines, found in ((numbers.T, even.T), (numbers, even)):
        if len(lines) > 1:
            same = lines[1:] == lines[:-1]
            found[1:-1] &= same[1:] | same[:-1]
            found[0] &= same[0]
            found[-1] &= same[-1]
    return float(even[where].mean())


def _is_one_hue(colours: Numbers, peak: Numbers) -> bool:
    """Whether all is one colour at different brightness on black, but for what JPEG does at its edges."""
    high, painted = int(peak.max()), (peak > BLACK).sum()
    brightest = colours[peak >= 0.9 * high].mean(axis=0)
    hue = (brightest / brightest.max()).astype(np.float32)
    distance = np.abs(colours - peak[..., None] * hue).max(axis=2)
    return bool((distance > SAME_HUE).sum() <= 0.05 * painted and painted < peak.size)
