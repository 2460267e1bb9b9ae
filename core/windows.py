"""The part of a picture around a hole, so that a photo of 12 megapixels costs no more than its hole."""

from __future__ import annotations

import numpy as np

from core.images import Mask

Window = tuple[slice, slice]


def bounding_window(mask: Mask, margin: int) -> Window:
    """The mask's bounding box with `margin` pixels on every side, as far as the picture reaches; (rows, columns)."""
    y, x = (slice(max(0, start - margin), stop + margin) for start, stop in _mask_extent(mask))
    return y, x


def wide_window(mask: Mask, least: int) -> Window:
    """The bounding box with its longer side again around it, at least `least` pixels."""
    return bounding_window(mask, max(least, *(stop - start for start, stop in _mask_extent(mask))))


def square_window(mask: Mask, size: int) -> Window:
    """The bounding box with half of its longer side around it, made square as far as the picture reaches.

    Args:
        mask: bool (H, W), not empty.
        size: least side in pixels.
    """
    ends = _mask_extent(mask)
    side = max(size, 2 * max(stop - start for start, stop in ends))
    y, x = (_fit_span(*end, side, length) for end, length in zip(ends, mask.shape, strict=True))
    return y, x


def _mask_extent(mask: Mask) -> list[tuple[int, int]]:
    """First covered row and the one behind the last, then columns."""
    covered = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return [(int(at[0]), int(at[-1]) + 1) for at in covered]


def _fit_span(start: int, stop: int, side: int, length: int) -> slice:
    """`side` pixels around start...stop, moved inside 0...length."""
    side = min(side, length)
    first = min(max(0, (start + stop - side) // 2), length - side)
    return slice(first, first + side)
