"""The same call many times: one knob or two turned step by step, or one prompt turning into another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import checks, generate, models, prompts
from core.denoising import sampled_by
from core.errors import InputError
from core.images import RGB
from core.results import Result, Stopwatch

KNOBS = ("prompt", "negative", "steps", "guidance", "seed", "sampler", "strength", "weight", "size")
MAX_CELLS = 36


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One picture of a sweep is done: which of `total`, the picture, and by knob the values that made it."""

    index: int
    total: int
    image: RGB
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sweep(Result):
    """Pictures by the values of one knob or two.

    Attributes:
        images: rows of HWC uint8 RGB pictures, one row for each y.
        x: what the columns differ in; its name and its values.
        y: what the rows differ in; ("", ("",)) where there is one row.
        parameters: of the first picture.
    """

    images: tuple[tuple[RGB, ...], ...]
    x: tuple[str, tuple[Any, ...]]
    y: tuple[str, tuple[Any, ...]]
    parameters: Mapping[str, Any]

    def __post_init__(self) -> None:
        assert len(self.images) == len(self.y[1]) and all(len(row) == len(self.x[1]) for row in self.images)


OnCell = Callable[[Cell], None]


def sweep(
    prompt: str,
    x: tuple[str, Sequence[Any]],
    y: tuple[str, Sequence[Any]] = ("", ("",)),
    *,
    image: object = None,
    on_step: OnCell | None = None,
    **settings: Any,
) -> Sweep:
    """Draws one picture for every value of `x` and of `y`, everything else (the seed too) alike.

    Args:
        prompt: what to draw.
        x: the name of a knob of `generate.text_to_image` and its values, 36 pictures at most in all.
        y: a second one; without it there is one row.
        image: draw from this picture (`generate.image_to_image`), which the knob "strength" needs.
        on_step: called after every picture with a `Cell`; what it raises stops the work.
        settings: what stays as it is.

    Raises:
        InputError: an unknown knob, the same one twice, no values or too many, or a value that the knob refuses.
        ModelUnavailable: the model is not on this machine.
    """
    across, down = _values(x), _values(y) if y[0] else ("",)
    if x[0] == y[0]:
        raise InputError("text_to_image.same_knob", got=x[0])
    if len(across) * len(down) > MAX_CELLS:
        raise InputError("text_to_image.many_cells", most=MAX_CELLS, got=len(across) * len(down))
    watch, rows, parameters, last = Stopwatch(), [], list[Mapping[str, Any]](), ""
    for j, below in enumerate(down):
        row = []
        for i, value in enumerate(across):
            values = {x[0]: value} | ({y[0]: below} if y[0] else {})
            made = _draw(image, {"prompt": prompt} | settings | values)
            row.append(made.images[0])
            parameters.append(made.parameters)
            last = made.model
            if on_step is not None:
                done = j * len(across) + i + 1
                on_step(Cell(index=done, total=len(across) * len(down), image=row[-1], values=values))
        rows.append(tuple(row))
    return Sweep(
        images=tuple(rows),
        x=(x[0], tuple(across)),
        y=(y[0], tuple(down)),
        parameters=parameters[0],
        model=last,
        seconds=watch.seconds,
    )


def interpolate(
    first: str,
    second: str,
    *,
    count: int = 7,
    steps: int | None = None,
    guidance: float | None = None,
    seed: int = 0,
    model: str | None = None,
    sampler: str | None = None,
    on_step: OnCell | None = None,
) -> Sweep:
    """Draws what lies between two prompts: their token states are mixed, the noise stays the same.

    Args:
        first: the prompt at share 0.
        second: the prompt at share 1.
        count: pictures, 2 to 16, evenly spaced.
        steps: as in `generate.text_to_image`, as is all that follows.
        guidance: weight of classifier-free guidance.
        seed: of all pictures.
        model: a row of the catalogue.
        sampler: one of `generate.SAMPLERS`.
        on_step: called after every picture.

    Raises:
        InputError: as in `generate.text_to_image`.
        ModelUnavailable: as there.
    """
    row = models.row(generate.TASK, model)
    asked = {"negative": "", "steps": steps, "guidance": guidance, "seed": seed, "sampler": sampler}
    settings = generate.settled(row, prompt=first, size=None, count=1, weight=1.0, **asked)
    texts = [prompts.in_language(checks.text("prompt", p, empty=True), row) for p in (first, second)]
    shares = [round(float(share), 3) for share in np.linspace(0, 1, checks.integer("count", count, 2, 16))]
    with models.borrow(generate.TASK, row.name) as (_, pipeline), sampled_by(pipeline, settings["sampler"]):
        import torch

        watch, drawn = Stopwatch(), list[RGB]()
        with torch.inference_mode():
            ends = [pipeline.encode_prompt(text, pipeline.device, 1, True, "") for text in texts]
            for share in shares:
                states = torch.lerp(ends[0][0], ends[1][0], share)
                drawn.append(_between(pipeline, states, ends[0][1], settings))
                if on_step is not None:
                    on_step(Cell(index=len(drawn), total=len(shares), image=drawn[-1], values={"share": share}))
    return Sweep(
        images=(tuple(drawn),),
        x=("share", tuple(shares)),
        y=("", ("",)),
        parameters=settings | {"second": second},
        model=row.name,
        seconds=watch.seconds,
    )


def _between(pipeline: Any, states: Any, empty: Any, settings: Mapping[str, Any]) -> RGB:
    import torch

    output = pipeline(
        prompt_embeds=states,
        negative_prompt_embeds=empty,
        num_inference_steps=settings["steps"],
        guidance_scale=settings["guidance"],
        height=settings["size"],
        width=settings["size"],
        generator=torch.Generator().manual_seed(settings["seed"]),
    )
    return np.asarray(output.images[0].convert("RGB"))


def _draw(image: object, given: dict[str, Any]) -> generate.Generated:
    prompt = given.pop("prompt")
    if image is None:
        if "strength" in given:
            raise InputError("text_to_image.strength_alone")
        return generate.text_to_image(prompt, **given)
    return generate.image_to_image(image, prompt, **given)


def _values(knob: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    name, values = knob
    checks.choice("knob", name, KNOBS)
    if not values:
        raise InputError("text_to_image.no_values", name=name)
    return values
