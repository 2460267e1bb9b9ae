"""A picture looked at in squares, and the boxes found in them put together: for detectors that see a small square."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def cover_by_squares(shape: tuple[int, ...], side: int, overlap: float) -> list[tuple[int, int, int]]:
    """Squares that cover a picture, row by row, evenly.

    Args:
        shape: (H, W).
        side: of the squares in pixels; a square reaches beyond the picture where that is shorter.
        overlap: of two squares beside each other, in parts of their side, 0 to below 1.

    Returns:
        (x, y, side) of each.
    """
    rows, columns = (_list_starts(length, side, overlap) for length in shape[:2])
    return [(x, y, side) for y in rows for x in columns]


def _list_starts(length: int, side: int, overlap: float) -> list[int]:
    """Where the squares along one side of the picture begin."""
    if length <= side:
        return [0]
    steps = math.ceil((length - side) / (side * (1 - overlap)))
    return [round((length - side) * step / steps) for step in range(steps + 1)]


def overlap_ratios(box: Floats, others: Floats) -> tuple[Floats, Floats]:
    """IoU of a box with others (n, 4), and the part of the smaller of the two that they share; float32 (n,) each."""
    corners = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = corners.clip(0).prod(axis=1)
    area, areas = float((box[2:] - box[:2]).prod()), (others[:, 2:] - others[:, :2]).prod(axis=1)
    return shared / np.maximum(area + areas - shared, 1e-6), shared / np.maximum(np.minimum(area, areas), 1e-6)


def suppress_boxes(boxes: Floats, scores: Floats, most: float, *, inside: float = 1.1) -> list[int]:
    """Non-maximum suppression: which boxes stay, best first.

    Args:
        boxes: float32 (n, 4), x1 y1 x2 y2.
        scores: float32 (n,).
        most: IoU with a better box from which a box goes.
        inside: part of the smaller box that lies in the larger, from which the worse of the two goes.
    """
    left, kept = np.argsort(-scores, kind="stable"), []
    while len(left):
        first, left = left[0], left[1:]
        kept.append(int(first))
        ious, parts = overlap_ratios(boxes[first], boxes[left])
        left = left[(ious < most) & (parts < inside)]
    return kept
