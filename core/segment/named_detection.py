"""Who looks for a name: the detector that was chosen, or for persons and faces one that knows nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core import models
from core.boxes import find_boxes
from core.images import RGB
from core.models.catalog.specs import DetectSpec
from core.models.protocols import Detections
from core.results import Stopwatch
from core.segment import people_words

Floats = npt.NDArray[np.float32]
RowId = tuple[str, str]
"""Task and name of a row."""


@dataclass(frozen=True)
class WantedThing:
    """What is looked for.

    Attributes:
        label: the name as it came, or several that are read alike.
        read: what the detector is asked for.
        kind: the task whose rows find it, "people" or "faces"; "" where the detector that was chosen does.
    """

    label: str
    read: str
    kind: str


def list_wanted(labels: Sequence[str], read: Sequence[str], detector: models.Row) -> list[WantedThing]:
    """The names as things to look for; all that mean persons are one, for nobody tells a man from a woman here.

    Args:
        labels: the names as they came.
        read: in English where the detector reads that.
        detector: a `detect` row; its parts say whether persons and faces have detectors of their own.
    """
    found: dict[str, WantedThing] = {}
    for label, english in zip(labels, read, strict=True):
        kind = people_words.find_kind(english)
        if kind not in detector.parts:
            found[f"{len(found)} {english}"] = WantedThing(label, english, "")
        elif kind in found:
            found[kind] = WantedThing(f"{found[kind].label}, {label}", found[kind].read, kind)
        else:
            found[kind] = WantedThing(label, people_words.KINDS[kind], kind)
    return list(found.values())


@dataclass(frozen=True)
class WantedDetections:
    """What was found of all that is wanted: boxes best first, the rows that looked for them, and how long that took."""

    seen: Detections
    rows: tuple[RowId, ...]
    seconds: float


def detect_wanted(
    rgb: RGB, wanted: Sequence[WantedThing], detector: models.Row, least: float | None
) -> WantedDetections:
    """The boxes of all that is wanted.

    Args:
        rgb: uint8 RGB (H, W, 3).
        wanted: their places are the labels of the boxes.
        detector: a `detect` row.
        least: the least score of a box; None takes each row's own.
    """
    found: list[Detections] = []
    rows: list[RowId] = []
    seconds = 0.0
    open_names = [number for number, each in enumerate(wanted) if not each.kind]
    if open_names:
        own = detector.spec_as(DetectSpec).threshold
        with models.borrow("detect", detector.name) as (_, find):
            watch = Stopwatch()
            seen = find(rgb, [wanted[n].read for n in open_names], threshold=own if least is None else least)
            seconds += watch.seconds
        found.append(_label_boxes(seen.boxes, seen.scores, np.array(open_names)[seen.labels], seen.clicks))
        rows.append(("detect", detector.name))
    for number, each in enumerate(wanted):
        if each.kind:
            one = find_boxes(each.kind, rgb, threshold=least, model=detector.parts[each.kind])
            found.append(_label_boxes(one.boxes, one.scores, np.full(len(one.boxes), number)))
            rows.append((each.kind, one.model))
            seconds += one.seconds
    return WantedDetections(_merge(found), tuple(rows), seconds)


def _label_boxes(
    boxes: Floats, scores: Floats, labels: npt.NDArray[np.int_], clicks: Floats | None = None
) -> Detections:
    """Detections that can be merged: a click that is not known is not a number."""
    known = np.full((len(boxes), 2), np.nan, np.float32) if clicks is None else clicks
    return Detections(boxes=boxes, scores=scores, labels=labels, clicks=known)


def _merge(found: Sequence[Detections]) -> Detections:
    """All detections together, best first."""
    scores = np.concatenate([each.scores for each in found])
    order = np.argsort(-scores, kind="stable")
    return Detections(
        boxes=np.concatenate([each.boxes for each in found])[order],
        scores=scores[order],
        labels=np.concatenate([each.labels for each in found])[order].astype(int),
        clicks=np.concatenate([each.clicks for each in found if each.clicks is not None])[order],
    )
