"""Words in, boxes and masks out: a detector finds what they name, a segment model cuts it out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from core import checks, images, models
from core.errors import InputError
from core.images import RGB, Mask
from core.models.catalog.specs import DetectSpec
from core.models.protocols import Detections
from core.normalisation import normalise_text
from core.results import Result, Stopwatch
from core.segment import prompted
from core.segment.named_detection import RowId, WantedThing, detect_wanted, list_wanted
from core.segment.people_cut import cut_person
from core.squares import suppress_boxes
from core.translation import find_near_words, find_unread_words, translate_or_refuse

LONGEST_TEXT = 300
MAX_NAMES = 8
MAX_DETECTIONS = 20
DUPLICATE_IOU = 0.7  # IoU from which two boxes of one name are one thing

COMMAS = re.compile("[,，、､﹐\n]")  # those of Asian keyboards too

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class WordMasks(Result):
    """What the words name, best first, and nothing where nothing was found; `model` is the segment row.

    Attributes:
        masks: bool (n, H, W).
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels.
        labels: which of the names each is, as it came, without what cannot be seen.
        scores: float32 (n,), the detector's, in [0, 1].
        detector: the `detect` row.
        detect_seconds: the part of `seconds` that finding the boxes took.
        read: name by name, as the detector read it; names that mean persons are read as one "person".
        translated: whether that says something else than what came.
        threshold: the least score that counted.
        found_by: task and row of each model that looked for them.
        cut_by: task and row of each model that cut them out.
    """

    masks: npt.NDArray[np.bool_]
    boxes: Floats
    labels: tuple[str, ...]
    scores: Floats
    detector: str
    detect_seconds: float
    read: tuple[str, ...]
    translated: bool
    threshold: float = 0.0
    found_by: tuple[tuple[str, str], ...] = ()
    cut_by: tuple[tuple[str, str], ...] = ()

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

    Where the detector's row says so, persons and faces are looked for by the rows that know nothing else.

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
            has no word of that or of the Korean dictionary; or a number is out of range.
        ModelUnavailable: the weights of one of the two are not on this machine.
    """
    rgb = images.to_rgb(image)
    names = _split_names(words)
    most = checks.integer("top_k", top_k, 1, MAX_DETECTIONS)
    chosen, cutter = models.row("detect", detector), models.row("segment", model)
    least = None if threshold is None else checks.number("threshold", threshold, 0, 1)
    asked = [normalise_text(name) for name in names]
    wanted = list_wanted(names, [_translate_name(name, chosen) for name in asked], chosen)
    found = detect_wanted(rgb, wanted, chosen, least)
    seen, watch = found.seen, Stopwatch()
    boxes, kept = _suppress_duplicates(seen, rgb.shape[:2], most)
    things = [
        _Thing(wanted[seen.labels[i]], box, _point_prompt(seen, i, box)) for i, box in zip(kept, boxes, strict=True)
    ]
    # whoever chose a segment model gets its masks
    matting = chosen.parts.get("matting", "") if model is None else ""
    cuts = [_cut_thing(rgb, thing, cutter.name, matting, snap) for thing in things]
    read = tuple(each.read for each in wanted)
    return WordMasks(
        masks=np.stack([mask for mask, _ in cuts]) if cuts else np.zeros((0, *rgb.shape[:2]), bool),
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        labels=tuple(thing.wanted.label for thing in things),
        scores=seen.scores[kept].astype(np.float32),
        detector=chosen.name,
        detect_seconds=found.seconds,
        read=read,
        translated=read != tuple(asked),
        threshold=_least_threshold(found.rows) if least is None else least,
        found_by=found.rows,
        cut_by=tuple(dict.fromkeys(row for _, row in cuts)),
        left_out=find_unread_words(*asked) if chosen.spec.language == "en" else (),
        near=find_near_words(*asked) if chosen.spec.language == "en" else (),
        model=cutter.name,
        seconds=found.seconds + watch.seconds,
    )


class _Thing(NamedTuple):
    """What is to be cut out: what it was found as, its box inside the picture, and a click on it where one is known."""

    wanted: WantedThing
    box: tuple[float, ...]
    click: list[tuple[float, float]] | None


def _cut_thing(rgb: RGB, thing: _Thing, cutter: str, matting: str, snap: bool) -> tuple[Mask, RowId]:
    """Its mask bool (H, W), and the row that made it: for a person the `matting` one where it sees somebody."""
    if matting and thing.wanted.kind == "people":
        person = cut_person(rgb, thing.box, matting)
        if person is not None:
            return person, ("matting", matting)
    settings: dict[str, Any] = {"points": thing.click, "snap": snap, "model": cutter}
    return prompted.from_prompts(rgb, box=thing.box, **settings).masks[0], ("segment", cutter)


def _least_threshold(rows: Sequence[RowId]) -> float:
    """The lowest of the detectors' own least scores."""
    return min(models.row(*row).spec_as(DetectSpec).threshold for row in rows)


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
    boxes = seen.boxes.clip(0, np.array([w, h, w, h], np.float32))
    large = (boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)
    kept: list[int] = []
    for label in np.unique(seen.labels):
        own = np.flatnonzero(large & (seen.labels == label))
        kept += own[suppress_boxes(boxes[own], seen.scores[own], DUPLICATE_IOU)].tolist()
    kept = sorted(kept)[:most]
    return [tuple(box) for box in boxes[kept].tolist()], kept


def _point_prompt(seen: Detections, number: int, box: tuple[float, ...]) -> list[tuple[float, float]] | None:
    """The place on a thing that the detector knows, if it does; a box alone is often filled with what is around it."""
    if seen.clicks is None or np.isnan(seen.clicks[number]).any():
        return None
    x, y = (float(v) for v in np.clip(seen.clicks[number], box[:2], box[2:]))
    return [(x, y)]
