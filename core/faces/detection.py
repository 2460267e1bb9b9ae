"""Where the faces of a picture are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core import checks, images, models
from core.models.catalog.specs import DetectSpec
from core.results import Result, Stopwatch

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class FacesResult(Result):
    """The faces of a picture, best first.

    Attributes:
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels: from the eyebrows to the chin, inside the picture.
        scores: float32 (n,), in [0, 1].
    """

    boxes: Floats
    scores: Floats


def find_faces(image: object, *, threshold: float | None = None, model: str | None = None) -> FacesResult:
    """Human faces, from the front to a profile, of a fortieth of the picture's longest side or more.

    Args:
        image: what `images.to_rgb` accepts.
        threshold: boxes with a lower score go, in [0, 1]; None takes the row's own.
        model: a `faces` row; None takes the default.

    Raises:
        InputError: there is no picture or no such model, or the threshold is out of range.
        ModelUnavailable: the weights are not on this machine.
    """
    rgb = images.to_rgb(image)
    row = models.row("faces", model)
    least = row.spec_as(DetectSpec).threshold if threshold is None else checks.number("threshold", threshold, 0, 1)
    with models.borrow("faces", row.name) as (_, find):
        watch = Stopwatch()
        seen = find(rgb, threshold=least)
        return FacesResult(boxes=seen.boxes, scores=seen.scores, model=row.name, seconds=watch.seconds)
