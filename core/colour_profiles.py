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

Primaries = tuple[tuple[float, float], ...]  # xy of red, green, blue and white
P3: Primaries = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290))
BT2020: Primaries = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290))
ADOBE: Primaries = ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060), (0.3127, 0.3290))
# by the numbers of ITU-T H.273, which HEIC and PNG's cICP write
NUMBERED_PRIMARIES = {9: BT2020, 12: P3}
# curves that a picture of the usual range has: BT.709, 601, 2020 and sRGB are shown alike
USUAL_CURVES = (1, 6, 13, 14, 15)
MAX_PROFILE = 4 * 2**20  # a printer's tables have 2 MB
HEADER = 2**14  # bytes in which a file tells its colours
SRGB: Primaries = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), (0.3127, 0.3290))
USUAL_GAMMA = 1 / 2.2
D50 = (0.9642, 1.0, 0.8249)
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
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
    """Writes into a picture's `info` what Pillow does not read of its file: AVIF's and PNG's numbers, JP2's profile."""
    start = data[:HEADER]
    if picture.format == "AVIF" and (at := start.find(b"colrnclx")) > 0 and "icc_profile" not in picture.info:
        primaries, curve = struct.unpack(">HH", data[at + 8 : at + 12].ljust(4, b"\0"))
    elif picture.format == "PNG" and (at := start.find(b"\0\0\0\x04cICP")) > 0:
        primaries, curve = data[at + 8], data[at + 9]
        picture.info.pop("icc_profile", None)
    else:
        if picture.format == "JPEG2000" and (at := start.find(b"colr\x02")) > 4:
            length = int.from_bytes(data[at - 4 : at], "big")
            picture.info["icc_profile"] = data[at + 7 : at - 4 + length]
        return
    picture.info["nclx_profile"] = {"color_primaries": primaries, "transfer_characteristics": curve}


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
    found = ImageCms.applyTransform(picture.convert(mode), transform)
    assert found is not None
    if alpha is not None:
        found.putalpha(alpha)
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
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    found = ImageCms.applyTransform(Image.fromarray(colours), transform)
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
        profile = build_profile(primaries, None if abs(gamma - USUAL_GAMMA) < 0.005 else 1 / gamma)
    except (np.linalg.LinAlgError, struct.error, OverflowError):
        return None
    return None if is_srgb(profile) else profile


@functools.lru_cache(maxsize=16)
def build_profile(primaries: Primaries, gamma: float | None = None) -> bytes:
    """A small ICC profile: three primaries, a white, and one curve.

    Args:
        primaries: xy of red, green, blue and white.
        gamma: of the curve; None is sRGB's.

    Source: ICC.1:2022, sections 7.2 and 10.
    """
    kind, values = (3, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)) if gamma is None else (0, (gamma,))
    curve = b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _pack_fixed(*values)
    tags = {b"desc": _pack_text("Colours of this file"), b"cprt": _pack_text("none"), b"wtpt": _pack_xyz(*D50)}
    tags |= {tag: _pack_xyz(*xyz) for tag, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), _adapt(primaries), strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    head = struct.pack(">I4sI", start + len(body), b"\0\0\0\0", 0x04300000) + b"mntrRGB XYZ "
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _pack_fixed(*D50)
    return head.ljust(128, b"\0") + table + body


def _adapt(primaries: Primaries) -> npt.NDArray[np.float64]:
    """XYZ of each primary, (3, 3), under ICC's white, D50 (Bradford's adaptation)."""
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in primaries]).T
    white, bradford = columns[:, 3], np.array(BRADFORD)
    linear = columns[:, :3] * np.linalg.solve(columns[:, :3], white)
    cones = np.diag((bradford @ np.array(D50)) / (bradford @ white))
    return np.asarray((np.linalg.inv(bradford) @ cones @ bradford @ linear).T)


def _pack_fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _pack_xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + _pack_fixed(*values)


def _pack_text(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(data), 28) + data
