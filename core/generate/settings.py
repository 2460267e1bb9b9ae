"""The settings of a drawing: their names, defaults and limits, and what is really used where nothing was said."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypedDict

from core import checks, models
from core.errors import InputError
from core.generate.steps import SAMPLERS
from core.models.catalog.specs import DiffusionSpec


@dataclass(frozen=True, kw_only=True)
class Knob:
    """What one setting may be.

    Attributes:
        kind: str, int or float; object where only those who use it can say whether it fits.
        low: the least number.
        high: the greatest number.
        step: as finely as a slider turns it.
        choices: the words that it may be; None for any text.
        optional: it may be None.
    """

    kind: type[object]
    low: float = 0
    high: float = 0
    step: float = 1
    choices: Collection[str] | None = None
    optional: bool = False

    def check(self, name: str, value: object) -> Any:
        """The value as it is used, of this kind.

        Raises:
            InputError: it is of the wrong type or out of range.
        """
        if self.kind is object or (self.optional and value is None):
            return value
        if self.kind is int:
            return checks.integer(name, value, int(self.low), int(self.high))
        if self.kind is float:
            return checks.number(name, value, self.low, self.high)
        if self.choices is not None:
            return checks.choice(name, value, self.choices)
        return checks.plain_text(name, value, empty=True)


def _knob(kind: type[object], low: float = 0, high: float = 0, **facts: Any) -> dict[str, Knob]:
    """The metadata of a field of `DrawSettings`."""
    return {"knob": Knob(kind=kind, low=low, high=high, **facts)}


@dataclass(frozen=True, kw_only=True)
class DrawSettings:
    """What a drawing is asked for; nothing is checked before `resolve_settings` and its like.

    Attributes:
        prompt: what to draw, in English or Korean; empty draws anything (unconditionally).
        negative: what to keep away from; acts only where guidance is above 1.
        steps: denoising steps, 1 to 150. None takes the model's own number, here and below.
        guidance: weight of classifier-free guidance (Ho and Salimans 2022), 0 to 30; up to 1 is off.
        seed: 0 to 2**32 - 1; the same seed draws the same picture.
        sampler: one of `SAMPLERS`.
        strength: how much is drawn anew of a picture, 0.05 to 1, or how strongly edges act, 0 to 2.
        weight: how strongly the LoRA acts, 0 (not at all) to 2.
        size: side of the square picture in pixels, from 64 on, a multiple of the model's `size_step`.
        count: pictures, 1 to 8.
        model: a row of the catalogue; None takes the default for this machine.
        adapter: a LoRA (Hu et al. 2022): a `.safetensors` file, or what `lora.train_lora` found.
    """

    prompt: str = field(metadata=_knob(str))
    negative: str = field(default="", metadata=_knob(str))
    steps: int | None = field(default=None, metadata=_knob(int, 1, 150))
    guidance: float | None = field(default=None, metadata=_knob(float, 0, 30, step=0.5))
    seed: int = field(default=0, metadata=_knob(int, 0, checks.MAX_SEED))
    sampler: str | None = field(default=None, metadata=_knob(str, choices=tuple(SAMPLERS), optional=True))
    strength: float | None = field(default=None, metadata=_knob(float, 0, 2, step=0.05, optional=True))
    weight: float = field(default=1.0, metadata=_knob(float, 0, 2, step=0.05))
    # each model says how far it goes, and in which steps
    size: int | None = field(default=None, metadata=_knob(int, 64, 1024, step=8))
    count: int = field(default=1, metadata=_knob(int, 1, 8))
    model: str | None = field(default=None, metadata=_knob(str, optional=True))
    adapter: object = field(default=None, metadata=_knob(object, optional=True))

    def as_parameters(self) -> dict[str, Any]:
        """The settings by name, as `text_to_image` takes them: all but a LoRA and a strength that nobody asked for."""
        left_out = {"adapter"} | ({"strength"} if self.strength is None else set())
        return {name: getattr(self, name) for name in KNOBS if name not in left_out}


@dataclass(frozen=True, kw_only=True)
class ResolvedSettings(DrawSettings):
    """The same with the model's own values filled in, all checked."""

    steps: int
    guidance: float
    size: int
    model: str


class DrawOptions(TypedDict, total=False):
    """What may be said of any drawing beside the prompt, with the types of `DrawSettings`."""

    negative: str
    steps: int | None
    guidance: float | None
    seed: int
    sampler: str | None
    weight: float
    size: int | None
    count: int
    model: str | None
    adapter: object


KNOBS: Mapping[str, Knob] = MappingProxyType({f.name: f.metadata["knob"] for f in dataclasses.fields(DrawSettings)})
IMAGE_STRENGTH = Knob(kind=float, low=0.05, high=1, step=0.05)  # of the noise over a picture
EDGES_STRENGTH = dataclasses.replace(KNOBS["strength"], optional=False)  # of the edges
DEFAULT_IMAGE_STRENGTH, DEFAULT_EDGES_STRENGTH = 0.6, 1.0


def resolve_settings(row: models.Row, asked: DrawSettings) -> ResolvedSettings:
    """What is really used for a drawing from noise.

    Raises:
        InputError: a value is of the wrong type or out of range, or there is a strength, which needs a picture.
    """
    if asked.strength is not None:
        raise InputError("text_to_image.strength_alone")
    return _fill_and_check(row, asked)


def resolve_image_settings(row: models.Row, asked: DrawSettings) -> ResolvedSettings:
    """The same from a picture; where no steps are asked for, as many as one step at this strength needs.

    Raises:
        InputError: as `resolve_settings`, or strength x steps is less than one step.
    """
    strength = IMAGE_STRENGTH.check("strength", asked.strength)
    need = math.ceil(1 / strength)
    if asked.steps is None:
        asked = dataclasses.replace(asked, steps=max(row.spec_as(DiffusionSpec).steps, need))
    resolved = _fill_and_check(row, dataclasses.replace(asked, strength=strength))
    if int(resolved.steps * strength) < 1:
        raise InputError("text_to_image.strength_low", strength=f"{strength:g}", got=resolved.steps, need=need)
    return resolved


def resolve_edges_settings(control: models.Row, row: models.Row, asked: DrawSettings) -> ResolvedSettings:
    """The same along edges: `control` guides `row`, and is the model that is named.

    Raises:
        InputError: as `resolve_settings`.
    """
    asked = dataclasses.replace(asked, strength=EDGES_STRENGTH.check("strength", asked.strength))
    return dataclasses.replace(_fill_and_check(row, asked), model=control.name)


def _fill_and_check(row: models.Row, asked: DrawSettings) -> ResolvedSettings:
    own = row.spec_as(DiffusionSpec)
    given = {name: getattr(asked, name) for name in KNOBS} | {"model": row.name}
    given |= {name: getattr(own, name) for name in ("steps", "guidance", "size") if given[name] is None}
    knobs = {**KNOBS, "size": dataclasses.replace(KNOBS["size"], high=own.largest_side)}
    resolved = ResolvedSettings(**{name: knob.check(name, given[name]) for name, knob in knobs.items()})
    if resolved.size % own.size_step:
        near = round_to_step(resolved.size, own.size_step)
        raise InputError("text_to_image.size_step", step=own.size_step, got=resolved.size, near=near)
    return resolved


def consecutive_seeds(first: int, count: int) -> list[int]:
    """Of `count` pictures, one after the other; 0 comes after the highest."""
    return [(first + i) % (checks.MAX_SEED + 1) for i in range(count)]


def round_to_step(side: float, step: int) -> int:
    """The side in pixels as the nearest multiple of `step` that a model draws."""
    return max(int(KNOBS["size"].low), step * round(side / step))
