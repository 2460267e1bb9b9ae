"""Whether a browser shows a picture file exactly as `core.images.to_rgb` reads it, told from its header."""

from __future__ import annotations

import io
import re
from pathlib import Path

from PIL import ExifTags, Image

from core.decoding import colour_profiles, png_chunks
from core.decoding.files import MAX_PIXELS

# what makes a browser show other pixels than are read: transparency, colours, movement, deep values
PNG_OTHERWISE = {b"tRNS", b"cICP", b"acTL", b"mDCV", b"cLLI"}
ORIENTATION = re.compile(rb"Orientation(=\"|>)([2-8])")
WEBP_ALPHA, WEBP_MOVES = 0x10, 0x02


def is_shown_as_read(source: str | Path | bytes) -> bool:
    """Whether every browser shows this file's pixels as `core.images.to_rgb` reads them; nothing is decoded.

    True for the JPEG, PNG and WebP files of most visitors; False, so that a decoded copy has to be shown, for other
    formats, profiles that are not sRGB, transparency, animations, more than 8 bits, sizes that are read smaller, and
    turned pictures, but for JPEG, which every browser turns.

    Args:
        source: a path, or a file's bytes.
    """
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            return _is_plain(picture, data)
    # whatever a broken header raises: what cannot be told is shown as it was read
    except Exception:
        return False


def _is_plain(picture: Image.Image, data: bytes) -> bool:
    if picture.width * picture.height > MAX_PIXELS or colour_profiles.find_profile(picture) is not None:
        return False
    if picture.info.get("icc_profile") and picture.mode not in ("RGB", "P"):
        return False
    return {"PNG": _is_plain_png, "WEBP": _is_plain_webp}.get(picture.format or "", _is_plain_jpeg)(picture, data)


def _is_plain_jpeg(picture: Image.Image, data: bytes) -> bool:
    # browsers turn a JPEG by its EXIF block and know nothing of XMP's word for it
    turned = int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return picture.mode in ("RGB", "L") and _orientation(picture) == turned


def _is_plain_png(picture: Image.Image, data: bytes) -> bool:
    chunks = list(png_chunks.read_chunks(data))
    kinds = {chunk.kind for chunk in chunks}
    if picture.mode not in ("RGB", "L", "P", "1") or chunks[0].content[8] > 8 or kinds & PNG_OTHERWISE:
        return False
    if not all(chunk.whole for chunk in chunks) or chunks[-1].kind != b"IEND":
        return False
    if kinds & {b"gAMA", b"cHRM"} and not kinds & {b"sRGB", b"iCCP"}:
        return False
    return not any(_turns_png(chunk) for chunk in chunks)


def _turns_png(chunk: png_chunks.Chunk) -> bool:
    """Whether a PNG's chunk turns the picture that is read; not every browser heeds it."""
    if chunk.kind == b"eXIf":
        exif = Image.Exif()
        exif.load(b"Exif\0\0" + chunk.content)
        return int(exif.get(ExifTags.Base.Orientation, 1)) != 1
    if chunk.kind in (b"tEXt", b"zTXt"):
        return chunk.content.startswith(b"Raw profile type exif")
    return chunk.kind == b"iTXt" and ORIENTATION.search(chunk.content) is not None


def _is_plain_webp(picture: Image.Image, data: bytes) -> bool:
    # the flags of an extended file; a lossless one with alpha is RGBA
    flags = data[20] if data[12:16] == b"VP8X" else 0
    return picture.mode == "RGB" and not flags & (WEBP_ALPHA | WEBP_MOVES) and picture.getexif().get(274, 1) == 1


def _orientation(picture: Image.Image) -> int:
    """How the EXIF block says the picture is turned, 1 to 8."""
    exif = Image.Exif()
    exif.load(picture.info.get("exif") or b"")
    return int(exif.get(ExifTags.Base.Orientation, 1))
