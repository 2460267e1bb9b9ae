"""Boxes with numbers on a picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2

from core.images import COLOURS, RGB

Corner = tuple[int, int]


def draw_numbered_boxes(picture: RGB, boxes: Sequence[Sequence[int]]) -> RGB:
    """Draws boxes and their numbers, from 1, into a picture; numbers that would overlap move to the right.

    Args:
        picture: uint8 RGB (H, W, 3), contiguous; it is drawn into.
        boxes: (x1, y1, x2, y2) in pixels, each in the colour of its number.

    Returns:
        `picture` itself.
    """
    corners: list[Corner] = []
    for number, (x1, y1, x2, y2) in enumerate(boxes):
        cv2.rectangle(picture, (x1, y1), (x2 - 1, y2 - 1), COLOURS[number], _line_width(picture))
        corners.append(_draw_label(picture, str(number + 1), (x1, y1), COLOURS[number], corners))
    return picture


def _draw_label(
    picture: RGB, text: str, corner: Corner, colour: tuple[int, int, int], others: Sequence[Corner]
) -> Corner:
    """Draws black text on a patch of colour, right of `corner` as far as `others` ask for; returns where that is."""
    size, thick = max(0.5, max(picture.shape) / 900), _line_width(picture)
    (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
    left, top = corner
    while any(abs(x - left) < w + 8 and abs(y - top) < h + 10 for x, y in others):
        left += w + 8
    cv2.rectangle(picture, (left, top), (left + w + 8, top + h + 10), colour, -1)
    place = (left + 4, top + h + 4)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), thick, cv2.LINE_AA)
    return left, top


def _line_width(picture: RGB) -> int:
    return max(2, int(max(picture.shape)) // 300)
