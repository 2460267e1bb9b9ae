"""What a picture's numbers mean as colours: its ICC profile, or what stands in for one, and the way to sRGB."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from core.decoding import png_chunks
from core.decoding.matrix_profiles import ADOBE, BT2020, CURVES, P3, SRGB, Shortcut, build_profile, build_shortcut

# by the numbers of ITU-T H.273, which HEIC and PNG's cICP write
NUMBERED_PRIMARIES = {9: BT2020, 12: P3}
# curves that a picture of the usual range has: BT.709, 601, 2020 and sRGB are shown alike
USUAL_CURVES = (1, 6, 13, 14, 15)
MAX_PROFILE = 4 * 2**20  # a printer's tables have 2 MB
STRIP = 64  # rows
HEADER = 2**14  # bytes in which a file tells its colours
BMP_HEADER = 124  # bytes
USUAL_GAMMA = 1 / 2.2
ADOBE_MARK, INTEROPERABILITY = "R03", 0xA005


def find_profile(picture: Image.Image) -> bytes | None:
    """The ICC profile of a picture: its own, or one made from the primaries that it names; None for sRGB.

    Named are primaries in HEIC and AVIF files (nclx) and in PNG (cICP, gAMA and cHRM), and Adobe RGB by cameras (EXIF
    interoperability index R03).
    """
    info: Mapping[Any, Any] = picture.info
    own = info.get("icc_profile")
    if isinstance(own, bytes) and own:
        return own if len(own) <= MAX_PROFILE and not is_srgb(own) else None
    named = info.get("nclx_profile")
    if isinstance(named, dict):
        numbers = named.get("color_primaries"), named.get("transfer_characteristics")
        return build_numbered_profile(*numbers)
    if "gamma" in info and "srgb" not in info:
        return _build_png_profile(info["gamma"], info.get("chromaticity"))
    return build_profile(ADOBE, 563 / 256) if _is_adobe_rgb(picture) else None


def note_colours(picture: Image.Image, data: bytes) -> None:
    """Writes into a picture's `info` what Pillow does not read of its file: AVIF's and PNG's numbers, JP2's and BMP's
    profile."""
    start = data[:HEADER]
    if picture.format == "AVIF" and (at := start.find(b"colrnclx")) > 0 and "icc_profile" not in picture.info:
        primaries, curve = struct.unpack(">HH", data[at + 8 : at + 12].ljust(4, b"\0"))
    elif picture.format == "PNG" and (numbers := _find_png_numbers(start)) is not None:
        primaries, curve = numbers
        if primaries in (1, *NUMBERED_PRIMARIES) and curve in USUAL_CURVES:
            picture.info.pop("icc_profile", None)
    else:
        if (own := _find_unread_profile(picture, data)) is not None:
            picture.info["icc_profile"] = own
        return
    picture.info["nclx_profile"] = {"color_primaries": primaries, "transfer_characteristics": curve}


def _find_png_numbers(start: bytes) -> tuple[int, int] | None:
    """The primaries and the curve in the first bytes of a PNG."""
    kept = (chunk for chunk in png_chunks.read_chunks(start) if chunk.kind == b"cICP" and chunk.whole)
    return next(((chunk.content[0], chunk.content[1]) for chunk in kept if len(chunk.content) == 4), None)


def _find_unread_profile(picture: Image.Image, data: bytes) -> bytes | None:
    """A profile where Pillow does not look for one: in JPEG 2000, and behind a BMP's pixels."""
    if picture.format == "JPEG2000" and (at := data[:HEADER].find(b"colr\x02")) > 4:
        return data[at + 7 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]
    # its fifth header, which says that the profile is in the file, and where, from the header on
    if picture.format == "BMP" and data[14] == BMP_HEADER and data[70:74] == b"DEBM":
        offset, length = struct.unpack("<II", data[126:134])
        return data[14 + offset : 14 + offset + length]
    return None


def build_numbered_profile(primaries: object, curve: object) -> bytes | None:
    """An ICC profile for H.273's numbers; None for sRGB's, and for what is not known."""
    if not isinstance(primaries, int) or curve not in USUAL_CURVES or primaries not in NUMBERED_PRIMARIES:
        return None
    return build_profile(NUMBERED_PRIMARIES[primaries])


def convert_to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """The picture in sRGB, mode "RGB" or, with its alpha as it is, "RGBA"; unchanged where the profile does not fit.

    Relative colorimetric with black point compensation: what is inside sRGB keeps its colour.

    Args:
        picture: 8 bits per channel.
        profile: an ICC profile of its colours.
    """
    alpha = picture.convert("RGBA").getchannel("A") if has_alpha(picture) else None
    modes = ("L", "RGB") if picture.mode in ("1", "L", "LA", "La") else ("RGB",)
    for mode in (picture.mode,) if picture.mode in ("CMYK", "LAB") else modes:
        transform = _find_transform(profile, mode)
        if transform is not None:
            break
    else:
        return picture
    shortcut = _find_shortcut(profile) if mode == "RGB" else None
    if shortcut is None:
        found = _apply(picture.convert(mode), transform)
    else:
        found = Image.fromarray(shortcut.convert(np.asarray(picture.convert(mode))))
    found.info = {name: value for name, value in picture.info.items() if name != "transparency"}
    if alpha is not None:
        found.putalpha(alpha)
    return found


def _apply(picture: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    """The picture in sRGB, strip by strip: a transform holds Python's lock, for most of a second with 12 megapixels."""
    found = Image.new("RGB", picture.size)
    for top in range(0, picture.height, STRIP):
        strip = picture.crop((0, top, picture.width, min(top + STRIP, picture.height)))
        converted = ImageCms.applyTransform(strip, transform)
        assert converted is not None
        found.paste(converted, (0, top))
    return found


def has_alpha(picture: Image.Image) -> bool:
    """Whether some of the picture may be transparent."""
    return picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info


@functools.lru_cache(maxsize=16)
def is_srgb(profile: bytes) -> bool:
    """Whether an RGB profile changes no colour by more than one level of 255 on its way to sRGB."""
    transform = _find_transform(profile, "RGB")
    if transform is None:
        return False
    colours = _sample_colours()
    return _are_equal(_apply(Image.fromarray(colours), transform), colours)


@functools.lru_cache(maxsize=16)
def _find_shortcut(profile: bytes) -> Shortcut | None:
    """A way to sRGB three times as quick as LittleCMS, where there is one that agrees with it within one level."""
    transform = _find_transform(profile, "RGB")
    if transform is None:
        return None
    told, colours = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile, _sample_colours()
    colorants = [told.red_colorant, told.green_colorant, told.blue_colorant]
    known = [colorant[0] for colorant in colorants if colorant is not None]
    if len(known) < 3:
        return None
    expected = _apply(Image.fromarray(colours), transform)
    ways = (build_shortcut(np.array(known), gamma) for gamma in CURVES)
    return next((way for way in ways if _are_equal(expected, way.convert(colours))), None)


def _sample_colours() -> npt.NDArray[np.uint8]:
    """Colours from everywhere, (289, 17, 3)."""
    steps = np.linspace(0, 255, 17).round().astype(np.uint8)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(289, 17, 3)


def _are_equal(found: Image.Image, colours: npt.NDArray[np.uint8]) -> bool:
    return int(np.abs(np.asarray(found).astype(int) - colours).max()) <= 1


@functools.lru_cache(maxsize=32)
def _find_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from a profile to sRGB; None for a broken one, or one of other channels. Costs more than the pixels."""
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _is_adobe_rgb(picture: Image.Image) -> bool:
    try:
        exif = Image.Exif()
        exif.load(picture.info.get("exif") or b"")
        found = exif.get_ifd(INTEROPERABILITY).get(1)
    # whatever a broken EXIF block raises: the picture is shown without it
    except Exception:
        return False
    return str(found).strip("\0 ") == ADOBE_MARK


def _build_png_profile(gamma: object, chromaticity: object) -> bytes | None:
    """What gAMA and cHRM say; browsers heed the second only with the first."""
    if not isinstance(gamma, float) or not 0.05 < gamma < 5:
        return None
    primaries = SRGB
    if isinstance(chromaticity, tuple) and len(chromaticity) == 8 and all(v > 0.001 for v in chromaticity):
        white, *others = [(chromaticity[i], chromaticity[i + 1]) for i in range(0, 8, 2)]
        primaries = (*others, white)
    try:
        # 1/2.2 with sRGB's primaries is how sRGB is told without naming it
        named = abs(gamma - USUAL_GAMMA) < 0.005 and np.allclose(primaries, SRGB, atol=0.005)
        profile = build_profile(primaries, None if named else 1 / gamma)
    except (np.linalg.LinAlgError, struct.error, OverflowError):
        return None
    return None if is_srgb(profile) else profile
