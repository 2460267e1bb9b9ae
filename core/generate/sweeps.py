"""The same call many times: one knob or two turned step by step, or one prompt turning into another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core import checks, models
from core.errors import InputError
from core.generate import generation, lora, prompts, run
from core.generate import settings as drawing
from core.generate.steps import get_unet
from core.images import RGB
from core.models.memory import offload
from core.results import Result, Stopwatch

if TYPE_CHECKING:
    import torch
    from typing_extensions import Unpack

KNOBS = ("prompt", "negative", "steps", "guidance", "seed", "sampler", "strength", "weight", "size")
EMBEDDING_NAMES = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
MAX_CELLS, MAX_STEPS = 36, 1_500  # a minute or two of the pocket model on a laptop


@dataclass(frozen=True, kw_only=True)
class SweepCell:
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


OnCell = Callable[[SweepCell], None]


def sweep_parameters(
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
        on_step: called after every picture with a `SweepCell`; what it raises stops the work.
        settings: what stays as it is.

    Raises:
        InputError: an unknown knob, the same one twice, no values or too many, a value that the knob refuses, a LoRA's
            weight without one; all before the first picture is drawn.
        ModelUnavailable: the model is not on this machine.
    """
    across, down = _check_values(x), _check_values(y) if y[0] else ("",)
    if x[0] == y[0]:
        raise InputError("text_to_image.same_knob", got=x[0])
    if len(across) * len(down) > MAX_CELLS:
        raise InputError("text_to_image.many_cells", most=MAX_CELLS, got=len(across) * len(down))
    cells = [{x[0]: value} | ({y[0]: below} if y[0] else {}) for below in down for value in across]
    _check_sweep(prompt, cells, settings, image)
    watch, made = Stopwatch(), list[generation.GeneratedImages]()
    for index, values in enumerate(cells, start=1):
        made.append(_draw_cell(image, {"prompt": prompt} | settings | values | {"count": 1}))
        if on_step is not None:
            on_step(SweepCell(index=index, total=len(cells), image=made[-1].images[0], values=values))
    drawn, columns = [each.images[0] for each in made], len(across)
    return Sweep(
        images=tuple(tuple(drawn[i : i + columns]) for i in range(0, len(drawn), columns)),
        x=(x[0], tuple(across)),
        y=(y[0], tuple(down)),
        parameters=made[0].parameters,
        model=made[0].model,
        seconds=watch.seconds,
    )


def interpolate_prompts(
    first: str,
    second: str,
    *,
    count: int = 7,
    adapter: object = None,
    model: str | None = None,
    on_step: OnCell | None = None,
    **knobs: Unpack[drawing.GenerationOptions],
) -> Sweep:
    """Draws what lies between two prompts: their token states are mixed, the noise stays the same.

    Args:
        first: the prompt at share 0.
        second: the prompt at share 1.
        count: pictures, 2 to 16, evenly spaced.
        adapter: as in `generate.text_to_image`.
        model: a row of the catalogue.
        on_step: called after every picture; what it raises stops the work.
        knobs: as in `generate.text_to_image`.

    Raises:
        InputError: as in `generate.text_to_image`.
        ModelUnavailable: as there.
    """
    row = models.row(generation.TASK, model)
    settings = drawing.resolve_settings(row, first, **knobs)
    shares = [round(float(share), 3) for share in np.linspace(0, 1, checks.integer("count", count, 2, 16))]
    texts = [prompts.translate_for_row(checks.plain_text("prompt", p, empty=True), row) for p in (first, second)]
    avoided = prompts.translate_for_row(settings["negative"], row)
    with generation.borrow_pipeline(row, sampler=settings["sampler"]) as pipeline:
        import torch

        watch, drawn = Stopwatch(), list[RGB]()
        get_unet(pipeline)
        with lora.use_lora(pipeline, adapter, settings["weight"]), offload.inference_context(pipeline):
            ends = [_encode_prompts(pipeline, text, avoided) for text in texts]
            for share in shares:
                states = {name: torch.lerp(ends[0][name], ends[1][name], share) for name in ends[0]}
                drawn.append(_run_from_embeddings(pipeline, states, settings))
                if on_step is not None:
                    on_step(SweepCell(index=len(drawn), total=len(shares), image=drawn[-1], values={"share": share}))
    return Sweep(
        images=(tuple(drawn),),
        x=("share", tuple(shares)),
        y=("", ("",)),
        parameters=settings | {"second": second},
        model=row.name,
        seconds=watch.seconds,
    )


def _encode_prompts(pipeline: Any, text: str, avoided: str) -> dict[str, torch.Tensor]:
    """What a pipeline takes instead of a prompt and what is to be avoided; SDXL's wants a summary of both as well."""
    found = pipeline.encode_prompt(
        prompt=text,
        device=offload.compute_device(pipeline.text_encoder),
        num_images_per_prompt=1,
        do_classifier_free_guidance=True,
        negative_prompt=avoided,
    )
    return dict(zip(EMBEDDING_NAMES, found, strict=False))


def _run_from_embeddings(pipeline: Any, states: Mapping[str, torch.Tensor], settings: Mapping[str, Any]) -> RGB:
    call = {**states, "num_inference_steps": settings["steps"], "guidance_scale": settings["guidance"]}
    call |= {"height": settings["size"], "width": settings["size"]}
    pictures, _ = run.run_pipeline(pipeline, call, [settings["seed"]], settings["size"], on_step=None, sharp=False)
    return pictures[0]


def _check_sweep(prompt: str, cells: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], image: object) -> None:
    """Refuses a sweep before its first picture, where any of its pictures would be refused or all take too long."""
    row, steps = models.row(generation.TASK, settings.get("model")), 0
    given = {name: value for name, value in settings.items() if name not in ("model", "adapter", "count")}
    for values in cells:
        knobs = {"prompt": prompt} | given | dict(values)
        if "strength" in knobs and image is None:
            raise InputError("text_to_image.strength_alone")
        settled = drawing.resolve_settings if image is None else drawing.resolve_image_settings
        steps += settled(row, **knobs)["steps"]
    if steps > MAX_STEPS:
        raise InputError("text_to_image.many_steps", most=MAX_STEPS, got=steps)
    if any("weight" in values for values in cells) and settings.get("adapter") is None:
        raise InputError("text_to_image.weight_alone")


def _draw_cell(image: object, given: dict[str, Any]) -> generation.GeneratedImages:
    if image is None:
        return generation.text_to_image(**given)
    return generation.image_to_image(image, **given)


def _check_values(knob: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    name, values = knob
    checks.choice("knob", name, KNOBS)
    if not values:
        raise InputError("text_to_image.no_values", name=name)
    return values
