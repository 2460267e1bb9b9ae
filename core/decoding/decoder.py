"""The pixels of a picture file: upright, not too many, and as much of a damaged one as browsers show."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageFile, JpegImagePlugin

from core.checks import short_repr
from core.decoding import bit_depth, colour_profiles, png_chunks
from core.decoding.files import DECODE_ERRORS, open_image, read_file, shrink_factor
from core.errors import InputError

END_OF_JPEG, PARTS_OF_JPEG = b"\xff\xd9", (b"\xff\xc4", b"\xff\xda")
LOSSLESS = "lossless"  # in the `info` of a WebP whose numbers are those that were saved
LEFT_BLANK = {0, 127, 128}  # a JPEG's decoder leaves grey
HEAD_OF_WEBP = 2**16  # bytes, a colour profile included
LEAST_ROWS = 0.5  # of a file that was cut short
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# one at a time, or a class of people with such pictures would fill the memory
_large_picture = threading.Lock()


def decode_any(image: object, *, shrink: bool = True) -> Image.Image:
    """A PIL image, a path or a file's bytes as a decoded picture, upright, of whatever mode it has.

    Args:
        image: what it is.
        shrink: as in `decode_image`.

    Raises:
        InputError: as `decode_image`, or it is something else, or has a zero side.
    """
    if isinstance(image, (str, Path)):
        return decode_image(read_file(Path(image)), shrink=shrink)
    if isinstance(image, bytes):
        return decode_image(image, shrink=shrink)
    if not isinstance(image, Image.Image):
        raise InputError("errors.picture_type", got=type(image).__name__)
    if 0 in image.size:
        raise InputError("errors.array_shape", got=str(image.size[::-1]))
    try:
        # an opened file of the caller's is decoded only here
        image.load()
        return turn_upright(reduce_image(image, shrink_factor(*image.size)) if shrink else image)
    except DECODE_ERRORS as error:
        raise InputError("errors.picture_damaged", got=short_repr(str(error))) from error


def decode_image(data: bytes, *, shrink: bool = True) -> Image.Image:
    """A picture file's pixels: its first frame, upright, of whatever mode Pillow gives it, its `info` kept.

    A file that is broken behind its pixels, or in its notes, is read as browsers do; so is one that was cut short, as
    long as half of its rows are there.

    Args:
        data: the file.
        shrink: at 1 / `shrink_factor` of its size; False only takes what a JPEG's decoder does by itself.

    Raises:
        InputError: as `open_image`, or too little of it can be decoded.
    """
    picture = open_image(data)
    factor = shrink_factor(*picture.size)
    with _large_picture if factor > 1 else contextlib.nullcontext():
        drafted = isinstance(picture, JpegImagePlugin.JpegImageFile)
        picture = _load(picture, data, factor)
        if picture.format == "WEBP" and b"VP8L" in data[12:HEAD_OF_WEBP]:
            picture.info[LOSSLESS] = True
        bit_depth.note_white(picture)
        colour_profiles.note_colours(picture, data)
        picture = bit_depth.brighten_deep_colours(picture, data)
        return turn_upright(reduce_image(picture, factor) if shrink and not drafted else picture)


def reduce_image(picture: Image.Image, factor: int) -> Image.Image:
    """The picture at 1/`factor` of its width and height, averaged; its own mode, or one that can be averaged."""
    if factor == 1:
        return picture
    mode = {"1": "L", "P": "RGB", "PA": "RGBA", "I;16": "I", "I;16B": "I", "I;16L": "I"}.get(picture.mode, picture.mode)
    if "transparency" in picture.info:
        mode = "RGBA"
    return picture.convert(mode).reduce(factor)


def turn_upright(picture: Image.Image) -> Image.Image:
    """The picture as its EXIF block says it was held; as it is where that is broken."""
    try:
        turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    # whatever a broken EXIF block raises: browsers show the picture without it
    except Exception:
        return picture
    return picture if turn is None else picture.transpose(turn)


def _load(picture: Image.Image, data: bytes, factor: int) -> Image.Image:
    try:
        return _load_strictly(picture, factor)
    except DECODE_ERRORS as error:
        for rescued, whole in _rescue(picture, data, factor):
            if whole or _share_of_rows(rescued) >= LEAST_ROWS:
                return rescued
        raise InputError("errors.picture_damaged", got=short_repr(str(error))) from error


def _load_strictly(picture: Image.Image, factor: int) -> Image.Image:
    if factor > 1 and isinstance(picture, JpegImagePlugin.JpegImageFile):
        picture.draft(picture.mode, (picture.width // factor, picture.height // factor))
    bit_depth.split_planes(picture)
    picture.load()
    return picture


def _rescue(picture: Image.Image, data: bytes, factor: int) -> Iterator[tuple[Image.Image, bool]]:
    """What could be decoded of a file that Pillow refuses, and whether it has all of its rows.

    Pillow's switch for such files is one for all threads, so it stays as it is.
    """
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        # the whole file, then without its last table or scan, which may have been cut in its header
        for end in (len(data), max(data.rfind(part) for part in PARTS_OF_JPEG)):
            with contextlib.suppress(*DECODE_ERRORS, InputError):
                yield _load_strictly(open_image(data[:end] + END_OF_JPEG), factor), False
        return
    # what no file is behind has its pixels
    if not isinstance(picture, ImageFile.ImageFile):
        return
    # a PNG has no part left to decode when what follows the pixels is broken
    whole = picture.format == "PNG" and not picture.tile
    if picture.format == "PNG" and not whole:
        with contextlib.suppress(*DECODE_ERRORS, InputError):
            yield _load_strictly(open_image(png_chunks.keep_needed(data)), factor), True
    with contextlib.suppress(*DECODE_ERRORS):
        picture.tile = []
        picture.load()  # the rows decoded so far are there
        yield picture, whole


def _share_of_rows(picture: Image.Image) -> float:
    """How many rows are not like the last or the first one, if that is what decoders leave where nothing came."""
    rows = np.asarray(picture).reshape(picture.height, -1, len(picture.getbands()))
    empty = [row[0] for row in (rows[-1], rows[0]) if (row == row[0]).all() and set(row[0].tolist()) <= LEFT_BLANK]
    return 1 - max(((rows == blank).all(axis=(1, 2)).mean() for blank in empty), default=0.0)
