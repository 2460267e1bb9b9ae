"""Where the things of one kind are in a picture, such as persons, found by a detector that knows no other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core import checks, images, models
from core.models.catalog.specs import DetectSpec
from core.results import Result, Stopwatch

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class BoxesResult(Result):
    """The things of one kind in a picture, best first.

    Attributes:
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels, inside the picture.
        scores: float32 (n,), in [0, 1].
    """

    boxes: Floats
    scores: Floats


def find_boxes(task: str, image: object, *, threshold: float | None = None, model: str | None = None) -> BoxesResult:
    """The things that the models of a task find.

    Args:
        task: one whose rows are `protocols.ThingDetector`s: "people" or "faces".
        image: what `images.to_rgb` accepts.
        threshold: boxes with a lower score go, in [0, 1]; None takes the row's own.
        model: a row of the task; None takes the default.

    Raises:
        InputError: there is no picture or no such model, or the threshold is out of range.
        ModelUnavailable: the weights are not on this machine.
    """
    rgb = images.to_rgb(image)
    row = models.row(task, model)
    least = row.spec_as(DetectSpec).threshold if threshold is None else checks.number("threshold", threshold, 0, 1)
    with models.borrow(task, row.name) as (_, find):
        watch = Stopwatch()
        seen = find(rgb, threshold=least)
        return BoxesResult(boxes=seen.boxes, scores=seen.scores, model=row.name, seconds=watch.seconds)
