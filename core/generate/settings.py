"""What every drawing can be told: its knobs, their limits, and what is really used where nothing was said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypedDict

from core import checks, models
from core.errors import InputError
from core.generate.steps import SAMPLERS
from core.models.catalog.specs import DiffusionSpec

if TYPE_CHECKING:
    from typing_extensions import Unpack

MAX_STEPS, MAX_GUIDANCE, MAX_COUNT, MIN_SIZE = 150, 30.0, 8, 64
DEFAULT_STRENGTH = 0.6  # of the noise over a picture
MAX_WEIGHT = 2.0  # of a LoRA


class GenerationOptions(TypedDict, total=False):
    """What every picture can be told, as `text_to_image` explains it."""

    negative: str
    steps: int | None
    guidance: float | None
    seed: int
    size: int | None
    sampler: str | None
    weight: float


def resolve_settings(
    row: models.Row,
    prompt: str,
    *,
    negative: str = "",
    steps: int | None = None,
    guidance: float | None = None,
    seed: int = 0,
    size: int | None = None,
    count: int = 1,
    sampler: str | None = None,
    weight: float = 1.0,
) -> dict[str, Any]:
    """What is really used: the row's own values filled in, all checked; the keys are `text_to_image`'s arguments.

    Raises:
        InputError: a value is of the wrong type or out of range.
    """
    own = row.spec_as(DiffusionSpec)
    side = checks.integer("size", own.size if size is None else size, MIN_SIZE, own.largest_side)
    step = own.size_step
    if side % step:
        raise InputError("text_to_image.size_step", step=step, got=side, near=round_to_step(side, step))
    return {
        "prompt": checks.plain_text("prompt", prompt, empty=True),
        "negative": checks.plain_text("negative", negative, empty=True),
        "steps": checks.integer("steps", own.steps if steps is None else steps, 1, MAX_STEPS),
        "guidance": checks.number("guidance", own.guidance if guidance is None else guidance, 0, MAX_GUIDANCE),
        "seed": checks.seed_number(seed),
        "size": side,
        "count": checks.integer("count", count, 1, MAX_COUNT),
        "sampler": None if sampler is None else checks.choice("sampler", sampler, SAMPLERS),
        "weight": checks.number("weight", weight, 0, MAX_WEIGHT),
        "model": row.name,
    }


def resolve_image_settings(
    row: models.Row,
    prompt: str,
    *,
    strength: float = DEFAULT_STRENGTH,
    count: int = 1,
    **knobs: Unpack[GenerationOptions],
) -> dict[str, Any]:
    """The same for `image_to_image`; where no steps are asked for, as many as one step at this strength needs.

    Raises:
        InputError: as `resolve_settings`, or strength x steps is less than one step.
    """
    strength = checks.number("strength", strength, 0.05, 1)
    need = math.ceil(1 / strength)
    if knobs.get("steps") is None:
        knobs["steps"] = max(row.spec_as(DiffusionSpec).steps, need)
    settings = resolve_settings(row, prompt, count=count, **knobs)
    if int(settings["steps"] * strength) < 1:
        raise InputError("text_to_image.strength_low", strength=f"{strength:g}", got=settings["steps"], need=need)
    return settings | {"strength": strength}


def consecutive_seeds(first: int, count: int) -> list[int]:
    """Of `count` pictures, one after the other; 0 comes after the highest."""
    return [(first + i) % (checks.MAX_SEED + 1) for i in range(count)]


def round_to_step(side: float, step: int) -> int:
    """The side as the nearest multiple that a model draws."""
    return max(MIN_SIZE, step * round(side / step))
