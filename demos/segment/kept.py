"""What a visitor's page remembers: the last answer's candidates, and the objects ("things") that were kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core import checks, segment
from core.errors import InputError
from core.images import RGB, Grey, Mask
from core.results import Result
from core.segment import Masks, Matte
from demos import ui

Bits = npt.NDArray[np.uint8]

MAX_THINGS = 20
MAX_NAME = 40


@dataclass(frozen=True)
class PackedMasks:
    """Masks of one picture at one bit per pixel, for a class of thirty may send photos of 12 megapixels.

    Attributes:
        bits: uint8 (n, H * W / 8).
        shape: (n, H, W).
    """

    bits: Bits
    shape: tuple[int, ...]

    @classmethod
    def from_masks(cls, masks: Sequence[Mask] | npt.NDArray[np.bool_]) -> PackedMasks:
        """Packs masks bool (H, W), at least one."""
        rows = [np.packbits(mask) for mask in masks]
        return cls(np.stack(rows), (len(rows), *masks[0].shape))

    def unpack(self, which: int) -> Mask:
        """Mask number `which`, bool (H, W)."""
        _, h, w = self.shape
        return np.unpackbits(self.bits[which], count=h * w).reshape(h, w).astype(bool)

    def __len__(self) -> int:
        return self.shape[0]


@dataclass(frozen=True)
class SegmentAnswer:
    """The last answer to a prompt.

    Attributes:
        masks: its candidates.
        prompt_keywords: what `segment.from_prompts` was called with, beside the picture.
        made_by: the model and its time.
        task: that of the model.
        matte: the opacity as a PNG file, where it is known finer than as a mask; else empty.
    """

    masks: PackedMasks
    prompt_keywords: dict[str, Any]
    made_by: Result
    task: str = "segment"
    matte: bytes = b""

    @classmethod
    def from_matte(cls, found: Matte) -> SegmentAnswer:
        """Packs the one mask and the opacity of a removed background."""
        made_by = Result(model=found.model, seconds=found.seconds)
        _, file = cv2.imencode(".png", (found.alpha * 255).round().astype(np.uint8))
        return cls(PackedMasks.from_masks([found.mask]), {}, made_by, "matting", file.tobytes())

    @property
    def alpha(self) -> Grey | None:
        """The opacity, float32 (H, W) in [0, 1], where it is known finer than as a mask."""
        if not self.matte:
            return None
        levels = cv2.imdecode(np.frombuffer(self.matte, np.uint8), cv2.IMREAD_GRAYSCALE)
        return np.asarray(levels, np.float32) / np.float32(255)

    def call(self, picture: RGB) -> ui.Call:
        """The call of `core` that it answers."""
        asked = segment.remove_background if self.matte else segment.from_prompts
        return ui.Call.of(asked, picture, **self.prompt_keywords)

    @classmethod
    def from_result(cls, found: Masks, asked: dict[str, Any]) -> SegmentAnswer:
        """Packs the masks of an answer to the keywords `asked`."""
        return cls(PackedMasks.from_masks(found.masks), asked, Result(model=found.model, seconds=found.seconds))

    def candidate_mask(self, candidate: object) -> Mask:
        """The mask of a candidate, bool (H, W); None is the best.

        Raises:
            InputError: there is no such candidate.
        """
        return self.masks.unpack(
            0 if candidate is None else checks.integer("candidate", candidate, 0, len(self.masks) - 1)
        )


@dataclass(frozen=True)
class Thing:
    """An object of the picture: a mask that was kept under a name."""

    name: str
    mask: PackedMasks


Things = tuple[Thing, ...]


def unpack_things(things: Things) -> list[Mask]:
    """The masks of all things, bool (H, W)."""
    return [thing.mask.unpack(0) for thing in things]


def chosen_mask(known: SegmentAnswer | None, candidate: object) -> Mask:
    """The candidate that is being pointed at, bool (H, W).

    Raises:
        InputError: nothing is pointed at, or there is no such candidate.
    """
    if known is None:
        raise InputError("segment.no_prompt")
    return known.candidate_mask(candidate)


def add_thing(things: Things, name: object, mask: Mask, unnamed: str) -> Things:
    """The things with one more.

    Args:
        things: those there are.
        name: of the new one, as it came.
        mask: bool (H, W).
        unnamed: the name where `name` is empty.

    Raises:
        InputError: there are too many, or the name is too long.
    """
    said = checks.plain_text("name", "" if name is None else name, longest=MAX_NAME, empty=True) or unnamed
    if len(things) >= MAX_THINGS:
        raise InputError("segment.things_many", most=MAX_THINGS)
    return (*things, Thing(said, PackedMasks.from_masks([mask])))
