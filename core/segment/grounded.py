"""Words in, boxes and masks out: a detector finds what they name, a segment model cuts it out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core import checks, images, masks, models
from core.errors import InputError
from core.models.catalog.specs import DetectSpec
from core.models.protocols import Detections
from core.normalisation import normalise_text
from core.results import Result, Stopwatch
from core.segment import prompted
from core.translation import find_near_words, find_unread_words, translate_or_refuse

LONGEST_TEXT = 300
MAX_NAMES = 8
MAX_DETECTIONS = 20
DUPLICATE_IOU = 0.7  # IoU from which two boxes of one name are one thing

COMMAS = re.compile("[,，、､﹐\n]")  # those of Asian keyboards too

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class WordMasks(Result):
    """What the words name, best first; `model` is the segment row.

    Attributes:
        masks: bool (n, H, W).
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels.
        labels: which of the names each is, as it came, without what cannot be seen.
        scores: float32 (n,), the detector's, in [0, 1].
        detector: the `detect` row.
        detect_seconds: the part of `seconds` that finding the boxes took.
        read: name by name, as the detector read it.
        translated: whether that says something else than what came.
    """

    masks: npt.NDArray[np.bool_]
    boxes: Floats
    labels: tuple[str, ...]
    scores: Floats
    detector: str
    detect_seconds: float
    read: tuple[str, ...]
    translated: bool

    def __post_init__(self) -> None:
        assert len(self.masks) == len(self.boxes) == len(self.labels) == len(self.scores)


def from_words(
    image: object,
    words: str | Sequence[str],
    *,
    threshold: float | None = None,
    top_k: int = 5,
    snap: bool = True,
    model: str | None = None,
    detector: str | None = None,
) -> WordMasks:
    """The things in a picture that words name, each with its box and its mask (Ren et al. 2024, Grounded SAM).

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        words: names of things with commas between them, or a list of names; at most 8, and 300 characters in all.
        threshold: boxes with a lower score go, in [0, 1]; None takes the detector's own.
        top_k: at most so many are returned, 1 to 20.
        snap: as in `segment.from_prompts`.
        model: a `segment` row; None takes the default.
        detector: a `detect` row; None takes the default.

    Raises:
        InputError: the words are empty, too long, too many, or, where the detector reads English, one of them
            has no word of that or of the Korean dictionary; a number is out of range; or nothing was found.
        ModelUnavailable: the weights of one of the two are not on this machine.
    """
    rgb = images.to_rgb(image)
    names = _split_names(words)
    most = checks.integer("top_k", top_k, 1, MAX_DETECTIONS)
    chosen, cutter = models.row("detect", detector), models.row("segment", model)
    least = chosen.spec_as(DetectSpec).threshold if threshold is None else checks.number("threshold", threshold, 0, 1)
    asked = [normalise_text(name) for name in names]
    read = [_translate_name(name, chosen) for name in asked]
    with models.borrow("detect", chosen.name) as (_, find):
        watch = Stopwatch()
        seen = find(rgb, read, threshold=least)
    found_in = watch.seconds
    boxes, kept = _suppress_duplicates(seen, rgb.shape[:2], most)
    if not kept:
        raise InputError("segment.words_nothing", words=checks.short_repr(", ".join(names)), threshold=f"{least:g}")
    settings: dict[str, Any] = {"snap": snap, "model": cutter.name}
    cuts = [
        prompted.from_prompts(rgb, points=_point_prompt(seen, i, box), box=box, **settings).masks[0]
        for i, box in zip(kept, boxes, strict=True)
    ]
    return WordMasks(
        masks=np.stack(cuts),
        boxes=np.array(boxes, np.float32),
        labels=tuple(names[seen.labels[i]] for i in kept),
        scores=seen.scores[kept].astype(np.float32),
        detector=chosen.name,
        detect_seconds=found_in,
        read=tuple(read),
        translated=read != asked,
        left_out=find_unread_words(*asked) if chosen.spec.language == "en" else (),
        near=find_near_words(*asked) if chosen.spec.language == "en" else (),
        model=cutter.name,
        seconds=watch.seconds,
    )


def _split_names(words: object) -> list[str]:
    """The names, each once."""
    given = [words] if isinstance(words, str) else words
    if not isinstance(given, (list, tuple)):
        raise InputError("errors.text_type", name="words", got=checks.short_repr(words))
    lines = [checks.shown_text("words", each, longest=LONGEST_TEXT, empty=True) for each in given]
    checks.plain_text("words", ",".join(lines), longest=LONGEST_TEXT)
    parts = [part.strip(" .。\n\t") for line in lines for part in COMMAS.split(line)]
    names = _drop_repeats(parts)
    if not names:
        raise InputError("errors.text_empty", name="words")
    if len(names) > MAX_NAMES:
        raise InputError("segment.words_many", most=MAX_NAMES, got=len(names))
    return names


def _drop_repeats(parts: Sequence[str]) -> list[str]:
    """What is said, the first of those that are read alike."""
    found: dict[str, str] = {}
    for part in parts:
        found.setdefault(normalise_text(part).casefold(), part)
    return [part for said, part in found.items() if said]


def _translate_name(name: str, row: models.Row) -> str:
    return translate_or_refuse(name, unknown="segment.unknown_word") if row.spec.language == "en" else name


def _suppress_duplicates(
    seen: Detections, shape: tuple[int, ...], most: int
) -> tuple[list[tuple[float, ...]], list[int]]:
    """The boxes inside the picture without doubles, and their places in `seen`, at most `most`."""
    h, w = shape
    boxes: list[tuple[float, ...]] = []
    kept: list[int] = []
    for i, corners in enumerate(seen.boxes):
        x1, y1, x2, y2 = (float(v) for v in np.clip(corners, 0, (w, h, w, h)))
        if x2 - x1 < 1 or y2 - y1 < 1:
            continue
        box = (x1, y1, x2, y2)
        rivals = [b for b, j in zip(boxes, kept, strict=True) if seen.labels[j] == seen.labels[i]]
        if len(kept) < most and all(masks.box_iou(box, rival) < DUPLICATE_IOU for rival in rivals):
            boxes.append(box)
            kept.append(i)
    return boxes, kept


def _point_prompt(seen: Detections, number: int, box: tuple[float, ...]) -> list[tuple[float, float]] | None:
    """The place on a thing that the detector knows, if it does; a box alone is often filled with what is around it."""
    if seen.clicks is None:
        return None
    x, y = (float(v) for v in np.clip(seen.clicks[number], box[:2], box[2:]))
    return [(x, y)]
