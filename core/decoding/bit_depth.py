"""Numbers of files and arrays as levels 0 to 255: which number is white."""

from __future__ import annotations

import io
import warnings
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, TiffImagePlugin

from core.errors import InputError

Numbers = npt.NDArray[Any]
Levels = npt.NDArray[np.uint8]
# what cameras, microscopes and scanners count in; the file says 16 bits for most of them
DEPTHS = (8, 10, 12, 14, 16)
BITS, LARGEST_SAMPLE = 258, 281  # TIFF tags
WIDTH, HEIGHT = 256, 257
MEANING, ZERO_IS_WHITE = 262, 0
PLANES, APART = 284, 2
WHITE, INVERTED = "white", "zero is white"  # in a picture's `info`


def to_levels(values: Numbers, white: int | None = None) -> Levels:
    """Numbers of a deep picture as levels 0 to 255, of the same shape.

    Whole numbers from 0 to 65535: white is the end of the smallest of 8, 10, 12, 14 and 16 bits that holds them all,
    because 12 bits in a file of 16 say so nowhere; a picture is brightened by this at most until its brightest number
    is half of white or more, and one of 16 bits that is darker than 1/4 throughout is taken for one of 14 bits or less.
    Other whole numbers: from the smallest, black, to the largest, white. Numbers with a fraction: 0 to 1; or 0 to
    255, where they are whole or reach half of it; others from the smallest to the largest. What is not finite is black.

    Args:
        values: bool, whole numbers or floats, (H, W) or (H, W, C).
        white: the number that is white, where the file tells it.
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == "f":
        return _scale_floats(values)
    numbers = values.astype(np.int64) if values.dtype == np.uint64 else values
    low, high = int(numbers.min()), int(numbers.max())
    if low < 0 or (high > 65535 and white is None):
        return _stretch(numbers.astype(np.float64), low, high)
    end = white if white is not None and white >= high else find_white(high)
    table = (np.arange(end + 1) * (255 / end)).round().astype(np.uint8) if end <= 65535 else None
    return _stretch(numbers.astype(np.float64), 0, end) if table is None else table[numbers.astype(np.uint16)]


def find_white(largest: int) -> int:
    """The end of the smallest usual range that holds `largest`: 255, 1023, 4095, 16383 or 65535; else `largest`."""
    return next((2**bits - 1 for bits in DEPTHS if largest < 2**bits), largest)


def note_white(picture: Image.Image) -> None:
    """Writes the number that is white into a picture's `info`, where its file tells it and `read_white` finds it.

    TIFF tells it by MaxSampleValue, or by its bits if they are not 16; where 0 is white, as scanners of X-rays write
    it, `upright_numbers` turns the numbers round: Pillow does so for 8 bits only.
    """
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return
    if is_deep(picture) and picture.tag_v2.get(MEANING) == ZERO_IS_WHITE:
        picture.info[INVERTED] = True
    largest, bits = picture.tag_v2.get(LARGEST_SAMPLE), picture.tag_v2.get(BITS, (16,))
    if isinstance(largest, tuple) and largest and largest[0]:
        picture.info[WHITE] = int(largest[0])
    elif bits[0] in DEPTHS[:-1]:
        picture.info[WHITE] = 2 ** int(bits[0]) - 1


def read_white(picture: Image.Image) -> int | None:
    """The number that is white in a picture, where its file told it."""
    white = picture.info.get(WHITE)
    return white if isinstance(white, int) else None


def is_deep(picture: Image.Image) -> bool:
    """Whether it is grey in numbers of more than 8 bits."""
    return picture.mode == "F" or picture.mode.startswith("I")


def upright_numbers(picture: Image.Image) -> Numbers:
    """The numbers of a deep picture, (H, W), of which more is brighter."""
    numbers = np.asarray(picture)
    if not picture.info.get(INVERTED):
        return numbers
    known = numbers[np.isfinite(numbers)]
    low, high = (known.min(), known.max()) if known.size else (0, 0)
    if numbers.dtype.kind == "f" or low < 0:
        return np.asarray(low + high - numbers)
    return np.asarray((read_white(picture) or find_white(int(high))) - numbers.astype(np.int64))


def split_planes(picture: Image.Image) -> None:
    """Tells Pillow of an opened TIFF whose colours are stored one after the other that its numbers have 16 bits.

    Uncompressed, it reads their bytes as numbers of 8 bits otherwise.
    """
    if not isinstance(picture, TiffImagePlugin.TiffImageFile) or picture.tag_v2.get(PLANES) != APART:
        return
    if picture.tag_v2.get(BITS, (1,))[0] == 16:
        order = "B" if picture.tag_v2.prefix == b"MM" else "L"
        picture.tile = [_read_wide(tile, f";16{order}") for tile in picture.tile]


def _read_wide(tile: ImageFile._Tile, kind: str) -> ImageFile._Tile:
    """The tile with the name of its numbers behind that of its colour, where it is one uncompressed colour."""
    args: Any = tile.args
    if tile.codec_name == "raw" and args[0] in ("R", "G", "B", "A"):
        return tile._replace(args=(args[0] + kind, *args[1:]))
    return tile


def check_array(array: Numbers) -> Numbers:
    """An array from a caller, (H, W, 1), (H, W, 3) or (H, W, 4), as it is otherwise.

    Raises:
        InputError: it has another shape, or a zero side.
    """
    found = array[..., None] if array.ndim == 2 else array
    if found.ndim != 3 or found.shape[2] not in (1, 3, 4) or 0 in found.shape:
        raise InputError("errors.array_shape", got=str(array.shape))
    return found


def array_to_levels(array: Numbers) -> Levels:
    """A caller's numbers as levels 0 to 255: bool, whole numbers 0 to 255, uint16, floats 0 to 1 or 0 to 255.

    Raises:
        InputError: they are others.
    """
    kind = array.dtype.kind
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if array.dtype in (np.uint8, np.uint16):
        return to_levels(array)
    # NaN is in no range
    if kind in "iuf" and array.min() >= 0 and array.max() <= 255:
        return to_levels(array)
    raise InputError("errors.array_values", got=describe_values(array))


def describe_values(array: Numbers) -> str:
    """A caller's numbers for a sentence: their type and range."""
    if array.dtype.kind not in "iuf":
        return str(array.dtype)
    if not np.isfinite(array).all():
        return f"{array.dtype}, NaN or infinite"
    return f"{array.dtype}, {array.min():g} ... {array.max():g}"


def brighten_deep_colours(picture: Image.Image, data: bytes) -> Image.Image:
    """A colour picture of 10 to 14 bits in a file of 16, of which Pillow keeps the upper 8; others as they are.

    Args:
        picture: as Pillow decoded it.
        data: its PNG or TIFF file.
    """
    if picture.mode not in ("RGB", "RGBA") or not _has_sixteen_bits(picture, data):
        return picture
    extrema: Any = picture.getextrema()
    if max(high for _, high in extrema[:3]) > 63:
        return picture
    values = read_deep_colours(data)
    if values is None or values.shape[:2] != (picture.height, picture.width):
        return picture
    brightened = Image.fromarray(_scale_colours(values))
    brightened.info = picture.info
    return brightened


def read_deep_colours(data: bytes) -> Numbers | None:
    """A file's numbers as OpenCV reads them, (H, W), (H, W, 3) RGB or (H, W, 4) RGBA; None where it cannot."""
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if found is None or found.ndim == 2:
        return found
    # not `cv2.cvtColor`, which knows fewer types of numbers
    return np.ascontiguousarray(found[..., [2, 1, 0, 3][: found.shape[2]]])


def read_unusual_tiff(data: bytes, most_pixels: int) -> Image.Image | None:
    """A TIFF of numbers that Pillow does not know; None for any other file.

    Those are colours in 32 bits, signed numbers or floats, which become levels of 8 bits, and grey in floats of 64
    bits, as numerical libraries write it, or in an unusual order, which becomes mode "F" or "I".
    """
    try:
        tags = _read_tags(data)
        pixels = int(tags[WIDTH]) * int(tags[HEIGHT])
        bits = tags.get(BITS, (1,))
    # whatever a broken file raises: it is no such TIFF
    except Exception:
        return None
    if pixels > most_pixels or len(bits) not in (1, 3, 4) or bits[0] not in (8, 16, 32, 64):
        return None
    # OpenCV would read colours that are stored one after the other as if they took turns
    if len(bits) > 1 and tags.get(PLANES) == APART:
        return None
    values = read_deep_colours(data)
    if values is None or values.ndim == 3:
        return None if values is None else Image.fromarray(_scale_colours(values))
    grey = Image.fromarray(values.astype(np.float32 if values.dtype.kind == "f" else np.int32))
    grey.info[INVERTED] = tags.get(MEANING) == ZERO_IS_WHITE
    return grey


def _read_tags(data: bytes) -> TiffImagePlugin.ImageFileDirectory_v2:
    """What stands in the head of a TIFF file."""
    tags = TiffImagePlugin.ImageFileDirectory_v2(data[:8])
    file = io.BytesIO(data)
    file.seek(tags.next)
    with warnings.catch_warnings():
        # of a broken one Pillow warns on the server's console; the visitor gets a sentence
        warnings.simplefilter("ignore")
        tags.load(file)
    return tags


def _scale_colours(values: Numbers) -> Levels:
    """Colours and, where there is one, alpha, each by its own largest number."""
    if values.shape[2] == 3:
        return to_levels(values)
    return np.dstack([to_levels(values[..., :3]), to_levels(values[..., 3:])])


def _has_sixteen_bits(picture: Image.Image, data: bytes) -> bool:
    if picture.format == "PNG":
        return data[24] == 16
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return False
    return 16 in picture.tag_v2.get(BITS, ()) and picture.tag_v2.get(PLANES) != APART


def _scale_floats(values: Numbers) -> Levels:
    finite = np.isfinite(values)
    kept = values[finite]
    if kept.size == 0:
        return np.zeros(values.shape, np.uint8)
    low, high = float(kept.min()), float(kept.max())
    known = np.where(finite, values, low).astype(np.float64)
    if low >= 0 and high <= 1:
        found = _stretch(known, 0, 1)
    elif low >= 0 and high <= 255 and (high > 127 or bool((kept == kept.round()).all())):
        found = _stretch(known, 0, 255)
    else:
        found = _stretch(known, low, high)
    found[~finite] = 0
    return found


def _stretch(values: npt.NDArray[np.float64], low: float, high: float) -> Levels:
    return ((values - low) * (255 / ((high - low) or 1))).round().clip(0, 255).astype(np.uint8)
