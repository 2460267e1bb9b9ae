"""Colour spaces of three primaries, a white and a curve: written as ICC profiles, and brought to sRGB quickly."""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Primaries = tuple[tuple[float, float], ...]  # xy of red, green, blue and white
P3: Primaries = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290))
BT2020: Primaries = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290))
ADOBE: Primaries = ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060), (0.3127, 0.3290))
SRGB: Primaries = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), (0.3127, 0.3290))
D50 = (0.9642, 1.0, 0.8249)
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
LAST = 4095  # of the levels of light between 0 and 1: the darkest steps of sRGB are as fine as its levels
STRIP = 32  # rows that fit into a processor's cache
CURVES: tuple[float | None, ...] = (None, 563 / 256, 2.2, 1.8, 2.4, 1.0)  # exponents; None is sRGB's curve


@dataclass(frozen=True, eq=False)
class Shortcut:
    """From the levels of a colour space to sRGB.

    Attributes:
        light: float32 (256,), how much light each level is, 0 to 1.
        matrix: float32 (3, 3), from that light to 0 to `LAST` of red, green and blue in sRGB.
    """

    light: npt.NDArray[np.float32]
    matrix: npt.NDArray[np.float32]

    def convert(self, colours: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The same colours in sRGB, (H, W, 3); those outside it are cut off."""
        found = np.empty_like(colours)
        for top in range(0, len(colours), STRIP):
            light = cv2.transform(cv2.LUT(colours[top : top + STRIP], self.light), self.matrix)
            numbers = np.clip(light, 0, LAST, out=light).round().astype(np.uint16)
            np.take(_srgb_levels(), numbers, out=found[top : top + STRIP], mode="clip")
        return found


def build_shortcut(colorants: npt.NDArray[np.float64], gamma: float | None) -> Shortcut:
    """The way to sRGB for a profile's colorants, and one curve.

    Args:
        colorants: XYZ of red, green and blue, (3, 3), one a row, under D50.
        gamma: of the curve; None is sRGB's.
    """
    levels = np.arange(256) / 255
    srgb = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    light = srgb if gamma is None else levels**gamma
    matrix = np.linalg.inv(_adapt(SRGB).T) @ colorants.T
    return Shortcut(light.astype(np.float32), (matrix * LAST).astype(np.float32))


@functools.lru_cache(maxsize=1)
def _srgb_levels() -> npt.NDArray[np.uint8]:
    light = np.arange(LAST + 1) / LAST
    levels = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (levels * 255).round().astype(np.uint8)


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
