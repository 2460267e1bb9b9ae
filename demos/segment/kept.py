"""What a visitor's page remembers: the answer to choose from, and the things that were kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core import checks
from core.errors import InputError
from core.images import Mask
from core.results import Result
from core.segment import Masks

Bits = npt.NDArray[np.uint8]

MAX_THINGS = 20
MAX_NAME = 40


@dataclass(frozen=True)
class PackedMasks:
    """Masks of one picture at one bit per pixel: a class of thirty sends photos of 12 megapixels.

    Attributes:
        bits: uint8 (n, H * W / 8).
        shape: (n, H, W).
    """

    bits: Bits
    shape: tuple[int, ...]

    @classmethod
    def from_masks(cls, masks: Sequence[Mask] | npt.NDArray[np.bool_]) -> PackedMasks:
        """Masks bool (H, W), at least one."""
        rows = [np.packbits(mask) for mask in masks]
        return cls(np.stack(rows), (len(rows), *masks[0].shape))

    def unpack(self, which: int) -> Mask:
        """One of them, bool (H, W)."""
        _, h, w = self.shape
        return np.unpackbits(self.bits[which], count=h * w).reshape(h, w).astype(bool)

    def __len__(self) -> int:
        return self.shape[0]


@dataclass(frozen=True)
class SegmentAnswer:
    """The candidates of the last answer, the keywords that `segment.from_prompts` was given, and who answered."""

    masks: PackedMasks
    prompt_keywords: dict[str, Any]
    made_by: Result

    @classmethod
    def from_result(cls, found: Masks, asked: dict[str, Any]) -> SegmentAnswer:
        """The masks of an answer."""
        return cls(PackedMasks.from_masks(found.masks), asked, Result(model=found.model, seconds=found.seconds))

    def candidate_mask(self, candidate: object) -> Mask:
        """The chosen candidate, bool (H, W).

        Raises:
            InputError: there is no such candidate.
        """
        return self.masks.unpack(
            0 if candidate is None else checks.integer("candidate", candidate, 0, len(self.masks) - 1)
        )


@dataclass(frozen=True)
class Thing:
    """A mask that was kept under a name."""

    name: str
    mask: PackedMasks


Things = tuple[Thing, ...]


def add_thing(things: Things, name: object, mask: Mask, unnamed: str) -> Things:
    """The things and this one; `unnamed` is what it is called where there is no name.

    Raises:
        InputError: there are too many, the name is too long, or it belongs to a picture of another size.
    """
    said = checks.plain_text("name", "" if name is None else name, longest=MAX_NAME, empty=True) or unnamed
    if len(things) >= MAX_THINGS:
        raise InputError("segment.things_many", most=MAX_THINGS)
    return (*things, Thing(said, PackedMasks.from_masks([mask])))
