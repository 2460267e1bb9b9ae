"""The part of a picture around a mask, so that a photo of 12 megapixels costs no more than what is worked on."""

from __future__ import annotations

from core import masks
from core.images import Mask

Window = tuple[slice, slice]
"""(rows, columns): `picture[window]` is the part."""


def bounding_window(mask: Mask, margin: int = 0) -> Window:
    """The mask's bounding box with `margin` pixels on every side, as far as the picture reaches.

    Args:
        mask: bool (H, W), not empty.
        margin: in pixels.
    """
    x1, y1, x2, y2 = masks.bounding_box(mask)
    return slice(max(0, y1 - margin), y2 + margin), slice(max(0, x1 - margin), x2 + margin)


def wide_window(mask: Mask, least: int) -> Window:
    """The bounding box with a margin as wide as its longer side, but at least `least` pixels, on every side.

    Args:
        mask: bool (H, W), not empty.
        least: in pixels.
    """
    return bounding_window(mask, max(least, _longer_side(mask)))


def square_window(mask: Mask, size: int) -> Window:
    """A square around the bounding box, twice as long as its longer side; cut off where the picture is smaller.

    Args:
        mask: bool (H, W), not empty.
        size: least side in pixels.
    """
    x1, y1, x2, y2 = masks.bounding_box(mask)
    side = max(size, 2 * _longer_side(mask))
    return _fit_span(y1, y2, side, mask.shape[0]), _fit_span(x1, x2, side, mask.shape[1])


def _longer_side(mask: Mask) -> int:
    x1, y1, x2, y2 = masks.bounding_box(mask)
    return max(x2 - x1, y2 - y1)


def _fit_span(start: int, stop: int, side: int, length: int) -> slice:
    """`side` pixels centred on start...stop, moved inside 0...length."""
    side = min(side, length)
    first = min(max(0, (start + stop - side) // 2), length - side)
    return slice(first, first + side)
