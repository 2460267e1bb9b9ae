"""The frame of a picture that grows beyond its borders."""

from __future__ import annotations

import numpy as np

from core import images, masks

SIDES = ("left", "right", "top", "bottom")


def find_margins(size: tuple[int, ...], new: images.Mask) -> tuple[int, int, int, int]:
    """The pixels that a picture has grown by on its left, right, top and bottom; all 0 when it has not grown.

    Args:
        size: its shape before, (H, W, ...).
        new: bool, what is new in the larger picture.
    """
    h, w = size[:2]
    if new.shape == (h, w):
        return 0, 0, 0, 0
    left, top, _, _ = masks.bounding_box(~new)
    return left, new.shape[1] - w - left, top, new.shape[0] - h - top


def draw_frame(small: images.RGB, size: tuple[int, ...], margins: tuple[float, ...]) -> images.RGB:
    """The picture in its frame to be: grey chequers where it will grow.

    Args:
        small: the picture at any scale, uint8 RGB.
        size: (H, W) of the original.
        margins: left, right, top, bottom, in pixels of the original.
    """
    scale = small.shape[1] / size[1]
    left, right, top, bottom = (max(0, round(margin * scale)) for margin in margins)
    h, w = small.shape[0] + top + bottom, small.shape[1] + left + right
    square = max(1, max(h, w) // 40)
    y, x = np.ogrid[:h, :w]
    chequers = np.where((y // square + x // square) % 2, np.uint8(200), np.uint8(160))
    shown = chequers[..., None].repeat(3, axis=2)
    shown[top : top + small.shape[0], left : left + small.shape[1]] = small
    return shown
