"""Where the persons of a picture are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core import checks, images, models
from core.images import RGB
from core.models.catalog.specs import DetectSpec
from core.models.protocols import ThingDetector
from core.results import Result, Stopwatch
from core.squares import cover_by_squares, suppress_boxes

Floats = npt.NDArray[np.float32]

# chosen on every other picture of Penn-Fudan with benchmarks/people.py
DUPLICATE_IOU, DUPLICATE_PART = 0.4, 0.8
SQUARE_RATIO = 1.25  # of a picture's sides up to which it is only looked at as a whole
OVERLAP = 0.5  # of two squares beside each other, in parts of their side
MAX_SQUARES = 12  # more are of a strip, in which nobody is to be seen
BORDER = 0.02  # part of a square's side: a box that reaches so near its inner border is of a person who is cut


@dataclass(frozen=True, kw_only=True)
class PeopleResult(Result):
    """The persons of a picture, best first.

    Attributes:
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels.
        scores: float32 (n,), in [0, 1].
    """

    boxes: Floats
    scores: Floats


def find_people(image: object, *, threshold: float | None = None, model: str | None = None) -> PeopleResult:
    """Persons of any age and dress, from head to foot or as far as they are seen.

    The network sees a square, into which the picture is stretched. A long picture is looked at in squares that overlap
    too, as in them the small persons of a street keep their shape.

    Args:
        image: what `images.to_rgb` accepts.
        threshold: boxes with a lower score go, in [0, 1]; None takes the row's own.
        model: a `people` row; None takes the default.

    Raises:
        InputError: there is no picture or no such model, or the threshold is out of range.
        ModelUnavailable: the weights are not on this machine.
    """
    rgb = images.to_rgb(image)
    row = models.row("people", model)
    least = row.spec_as(DetectSpec).threshold if threshold is None else checks.number("threshold", threshold, 0, 1)
    with models.borrow("people", row.name) as (_, find):
        watch = Stopwatch()
        boxes, scores = _look_at_squares(rgb, find, least)
        return PeopleResult(boxes=boxes, scores=scores, model=row.name, seconds=watch.seconds)


def _look_at_squares(rgb: RGB, find: ThingDetector, least: float) -> tuple[Floats, Floats]:
    """Boxes and scores of all squares together, best first."""
    h, w = rgb.shape[:2]
    seen = find(rgb, threshold=least)
    boxes, scores = [seen.boxes], [seen.scores]
    squares = cover_by_squares((h, w), min(h, w), OVERLAP) if max(h, w) > SQUARE_RATIO * min(h, w) else []
    for x, y, side in squares[:MAX_SQUARES]:
        seen = find(np.ascontiguousarray(rgb[y : y + side, x : x + side]), threshold=least)
        whole = ~_is_cut(seen.boxes, (x, y, side), (h, w))
        boxes.append(seen.boxes[whole] + np.array([x, y, x, y], np.float32))
        scores.append(seen.scores[whole])
    together, sure = np.concatenate(boxes), np.concatenate(scores)
    best = suppress_boxes(together, sure, DUPLICATE_IOU, inside=DUPLICATE_PART)
    return together[best], sure[best]


def _is_cut(boxes: Floats, square: tuple[int, int, int], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which boxes (n, 4) of a square (x, y, side) reach its border inside the picture, bool (n,)."""
    x, y, side = square
    near = BORDER * side
    begins = (boxes[:, 0] < near) & (x > 0) | (boxes[:, 1] < near) & (y > 0)
    ends = (boxes[:, 2] > side - near) & (x + side < shape[1]) | (boxes[:, 3] > side - near) & (y + side < shape[0])
    return np.asarray(begins | ends)
