"""Checks of what a visitor or a program sends as clicks and as a box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core import checks
from core.errors import InputError

MAX_POINTS = 64

Points = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int_]
Numbers = Sequence[Any] | npt.NDArray[Any]


def validate_points(
    points: Numbers | None, labels: Numbers | None, shape: tuple[int, ...]
) -> tuple[Points | None, Labels | None]:
    """Clicks as float32 (n, 2) and their labels as int (n,), both None where there is none.

    Args:
        points: (n, 2), (x, y) in pixels.
        labels: (n,), 1 or 0; None is 1 for all.
        shape: (H, W) of the picture.

    Raises:
        InputError: they have another shape, are too many, lie outside the picture, or contradict each other.
    """
    if points is None:
        return None, None
    h, w = shape
    places = _numeric_array(points)
    if places is not None and places.size == 0:
        return None, None
    if places is None or places.ndim != 2 or places.shape[1] != 2:
        raise InputError("segment.points_shape", got=checks.short_repr(points))
    if len(places) > MAX_POINTS:
        raise InputError("segment.points_many", most=MAX_POINTS, got=len(places))
    for x, y in places:
        if not (0 <= x < w and 0 <= y < h):
            raise InputError("segment.point_outside", x=f"{x:g}", y=f"{y:g}", width=w, height=h)
    signs = _validate_labels(labels, len(places))
    _refuse_contradictions(places, signs)
    return places.astype(np.float32), signs


def _validate_labels(labels: Numbers | None, count: int) -> Labels:
    if labels is None:
        return np.ones(count, np.int_)
    signs = _numeric_array(labels)
    if signs is None or signs.shape != (count,) or not np.isin(signs, (0, 1)).all():
        raise InputError("segment.labels", count=count, got=checks.short_repr(labels))
    return signs.astype(np.int_)


def _refuse_contradictions(places: npt.NDArray[np.float64], signs: Labels) -> None:
    pixels = np.floor(places).astype(int)
    kept = set(map(tuple, pixels[signs == 1].tolist()))
    for x, y in pixels[signs == 0].tolist():
        if (x, y) in kept:
            raise InputError("segment.contradiction", x=x, y=y)


def validate_box(box: Numbers | None, shape: tuple[int, ...]) -> npt.NDArray[np.float32] | None:
    """A box (x1, y1, x2, y2) as float32 (4,); None where there is none.

    Raises:
        InputError: it has another shape, is empty, or is not inside the picture (H, W).
    """
    if box is None:
        return None
    h, w = shape
    corners = _numeric_array(box)
    if corners is None or corners.shape != (4,) or not np.isfinite(corners).all():
        raise InputError("segment.box_shape", got=checks.short_repr(box))
    x1, y1, x2, y2 = corners
    if not (0 <= x1 < x2 <= w and 0 <= y1 < y2 <= h):
        raise InputError("segment.box_range", width=w, height=h, got=checks.short_repr(corners.round(1).tolist()))
    return corners.astype(np.float32)


def _numeric_array(values: object) -> npt.NDArray[np.float64] | None:
    """The values as float64; None when they are no numbers."""
    try:
        array = np.asarray(values)
    # rows of different lengths, or nesting without end
    except ValueError:
        return None
    return array.astype(np.float64) if array.dtype.kind in "biuf" else None
