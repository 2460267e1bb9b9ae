"""What a tab does first, as a call that can be timed: one row of the table for each tab that names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core import autoencoder, classify, edges, generate, inpaint, segment, zeroshot
from core.images import RGB, Mask
from core.results import Result


@dataclass(frozen=True)
class Probe:
    """How a tab is tried.

    Attributes:
        default_model: (task, name) of the row or the method that the tab begins with, None being this machine's
            default row.
        call: the tab's main function with its defaults, on HWC uint8 RGB.
        bound: seconds that the second call may take, everything loaded, before the tab is called slow: several times
            what two laptop-class cores need (benchmarks/RESULTS.md).
        further: (task, row) of what one press more needs; without it the tab still works.
        sample: the example picture.
    """

    default_model: tuple[str, str | None]
    call: Callable[[RGB], Result]
    bound: float
    further: tuple[tuple[str, str | None], ...] = ()
    sample: str = "cat"


def _centre_mask(picture: RGB) -> Mask:
    """A fifth of each side, in the middle."""
    h, w = picture.shape[:2]
    mask = np.zeros((h, w), bool)
    mask[2 * h // 5 : 3 * h // 5, 2 * w // 5 : 3 * w // 5] = True
    return mask


def _centre_point(picture: RGB) -> list[tuple[float, float]]:
    h, w = picture.shape[:2]
    return [(w / 2, h / 2)]


PROBES: Mapping[str, Probe] = MappingProxyType(
    {
        "edges": Probe(("edges", "canny"), edges.detect, 0.25, further=(("edges", "learned"),)),
        "cnn": Probe(("classify", None), classify.predict, 1.0),
        "segment": Probe(
            ("segment", None),
            lambda picture: segment.from_prompts(picture, points=_centre_point(picture), labels=[1]),
            2.0,
            further=(("detect", None), ("matting", None)),
        ),
        "text_to_image": Probe(
            ("text_to_image", None),
            lambda _: generate.text_to_image("a cat"),
            8.0,
            further=(("edges_to_image", None),),
        ),
        "autoencoder": Probe(("autoencoder", None), autoencoder.round_trip, 1.0),
        "inpaint": Probe(("inpaint", "patchmatch"), lambda picture: inpaint.fill(picture, _centre_mask(picture)), 10.0),
        "zeroshot": Probe(
            ("zeroshot", None),
            lambda picture: zeroshot.classify(picture, ["a cat", "a dog", "a cup of coffee"]),
            1.0,
        ),
    }
)
