"""Picture files: which kinds are read, and how large they may be."""

from __future__ import annotations

import contextlib
import io
import math
import re
import struct
import warnings
from pathlib import Path

from PIL import Image, JpegImagePlugin, TiffImagePlugin, UnidentifiedImageError

from core.checks import short_repr
from core.decoding import bit_depth, png_chunks
from core.errors import InputError

# what Pillow decodes itself: EPS and WMF would start other programs, an IPTC file may hold one of those, and MPEG,
# BUFR, GRIB and HDF5 are recognised without being read
FORMATS = (
    "JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF", "TIFF", "BMP", "DIB", "JPEG2000", "PPM", "ICO", "CUR", "ICNS", "PSD",
    "TGA", "PCX", "DCX", "QOI", "SGI", "SUN", "DDS", "XBM", "XPM", "MSP", "PIXAR", "IM", "SPIDER", "FITS", "FLI",
    "MCIDAS", "PCD", "GBR", "BLP", "FTEX", "IMT", "XVTHUMB",
)  # fmt: skip
MAX_PIXELS = 50_000_000  # larger pictures are read at 1/2, 1/4 or 1/8 of their width and height
MAX_JPEG_PIXELS = 250_000_000  # a JPEG is made smaller while it is decoded
MAX_FILE_PIXELS = 120_000_000  # of other formats, which are decoded whole
# decoders raise these, and nothing narrower, for truncated and damaged files
DECODE_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, RuntimeError, struct.error)
KINDS_OF_BOXES = {b"ftypavif": "AVIF", b"ftypheic": "HEIC", b"ftypheix": "HEIC", b"ftypmif1": "HEIC"}
# files that begin so are pictures, whatever is wrong with the rest
SIGNATURES = {
    b"\xff\xd8\xff": "JPEG", png_chunks.SIGNATURE: "PNG", b"GIF8": "GIF", b"RIFF": "WebP", b"BM": "BMP",
}  # fmt: skip
DNG_VERSION, KIND_OF_PICTURE, FURTHER_PICTURES = 50706, 254, 330  # TIFF tags


def read_file(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        InputError: it cannot be opened.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError("errors.picture_file", got=getattr(error, "strerror", None) or type(error).__name__) from error


def open_image(data: bytes) -> Image.Image:
    """A picture file of one of `FORMATS`, its header read and its size checked, nothing decoded.

    Raises:
        InputError: it is empty, of another kind, damaged, or too large.
    """
    if not data:
        raise InputError("errors.picture_empty")
    try:
        picture = _open_known(data)
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\((\d+) pixels", str(error))
        raise refuse_size(int(pixels[1]) if pixels else 2 * MAX_FILE_PIXELS, MAX_FILE_PIXELS) from error
    except UnidentifiedImageError as error:
        kind = next((kind for start, kind in SIGNATURES.items() if data[: len(start)] == start), None)
        kind = KINDS_OF_BOXES.get(data[4:12], kind)
        if kind is None:
            raise InputError("errors.picture_unknown") from error
        raise InputError("errors.picture_damaged", got=kind) from error
    except DECODE_ERRORS as error:
        raise InputError("errors.picture_damaged", got=short_repr(str(error))) from error
    if _is_raw_photo(picture, data):
        raise InputError("errors.picture_unknown")
    _check_file_size(picture)
    return picture


def shrink_factor(width: int, height: int) -> int:
    """1, 2, 4, ...: by how much sides are divided, rounded up, so that at most 50 megapixels are kept."""
    factor = 1
    while -(-width // factor) * -(-height // factor) > MAX_PIXELS:
        factor *= 2
    return factor


def refuse_size(pixels: int, limit: int) -> InputError:
    """The sentence for too many pixels; what came is rounded up, so that it is more than the limit."""
    return InputError("errors.picture_large", limit=limit // 10**6, got=math.ceil(pixels / 10**6))


def _open_known(data: bytes) -> Image.Image:
    """The picture, or Pillow's error; a PNG whose notes are broken is opened without them."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    try:
        return _open_strictly(data)
    except Image.DecompressionBombError:
        raise
    except DECODE_ERRORS:
        if data.startswith(png_chunks.SIGNATURE):
            return _open_strictly(png_chunks.keep_needed(data))
        unusual = bit_depth.read_unusual_tiff(data, MAX_PIXELS)
        if unusual is None:
            raise
        return unusual


def _open_strictly(data: bytes) -> Image.Image:
    with warnings.catch_warnings():
        # Pillow warns of sizes that are checked here, and of notes that are not needed
        warnings.simplefilter("ignore")
        if data.startswith(b"\xff\xd8\xff"):
            # Image.open refuses 179 megapixels and more, which a JPEG's decoder makes smaller
            with contextlib.suppress(SyntaxError, IndexError, TypeError, KeyError, EOFError, struct.error):
                return JpegImagePlugin.jpeg_factory(io.BytesIO(data))
            raise UnidentifiedImageError("JPEG")
        return Image.open(io.BytesIO(data), formats=FORMATS)


def _check_file_size(picture: Image.Image) -> None:
    limit = MAX_JPEG_PIXELS if picture.format in ("JPEG", "MPO") else MAX_FILE_PIXELS
    if picture.width * picture.height > limit:
        raise refuse_size(picture.width * picture.height, limit)


def _is_raw_photo(picture: Image.Image, data: bytes) -> bool:
    """Whether it is a camera's raw file, of which only the thumbnail could be read."""
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return False
    tags = picture.tag_v2
    smaller = isinstance(tags.get(KIND_OF_PICTURE), int) and tags[KIND_OF_PICTURE] & 1
    return DNG_VERSION in tags or data[8:10] == b"CR" or bool(smaller and FURTHER_PICTURES in tags)
