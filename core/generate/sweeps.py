"""The same call many times: one knob or two turned step by step, or one prompt turning into another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core import checks, models
from core.errors import InputError
from core.generate import generation, lora, prompts
from core.generate.lora_formats.plain import LoraNotes
from core.generate.pipelines import borrow_pipeline
from core.generate.run import run_pipeline
from core.generate.settings import (
    DEFAULT_IMAGE_STRENGTH,
    KNOBS,
    DrawOptions,
    DrawSettings,
    ResolvedSettings,
    resolve_image_settings,
    resolve_settings,
)
from core.generate.steps import get_unet
from core.images import RGB
from core.models.memory import offload
from core.normalisation import normalise_text
from core.results import Result, Stopwatch

if TYPE_CHECKING:
    import torch
    from typing_extensions import Unpack

SWEPT = tuple(name for name in KNOBS if name not in ("count", "model", "adapter"))  # what the pictures can differ in
EMBEDDING_NAMES = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
DEFAULT_SHARES, MAX_SHARES = 7, 16
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
        lora_notes: what of the LoRA's file is left out or unknown.
    """

    images: tuple[tuple[RGB, ...], ...]
    x: tuple[str, tuple[Any, ...]]
    y: tuple[str, tuple[Any, ...]]
    parameters: Mapping[str, Any]
    lora_notes: LoraNotes = field(default_factory=LoraNotes)

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
    **options: Any,
) -> Sweep:
    """Draws one picture for every value of `x` and of `y`, everything else (the seed too) alike.

    Args:
        prompt: what to draw.
        x: the name of a setting, one of `SWEPT`, and its values, 36 pictures at most in all.
        y: a second one; without it there is one row.
        image: draw from this picture (`generate.image_to_image`), which the setting "strength" needs.
        on_step: called after every picture with a `SweepCell`; what it raises stops the work.
        options: what stays as it is, by the names of `settings.DrawSettings`.

    Raises:
        InputError: an unknown setting, the same one twice, no values or too many, a value that is refused, a LoRA's
            weight without one; all before the first picture is drawn.
        ModelUnavailable: the model is not on this machine.
    """
    across, down = _check_values(x), _check_values(y) if y[0] else ("",)
    cells = _list_cells(x[0], across, y[0], down)
    start = {} if image is None else {"strength": DEFAULT_IMAGE_STRENGTH}
    asked = [{"prompt": prompt} | start | options | values | {"count": 1} for values in cells]
    _check_sweep([DrawSettings(**given) for given in asked], "weight" in cells[0], image)
    watch, made = Stopwatch(), list[generation.GeneratedImages]()
    for given, values in zip(asked, cells, strict=True):
        made.append(_draw_cell(image, given))
        _report_cell(on_step, len(made), len(cells), made[-1].images[0], values)
    drawn, columns = [each.images[0] for each in made], len(across)
    return Sweep(
        images=tuple(tuple(drawn[i : i + columns]) for i in range(0, len(drawn), columns)),
        x=(x[0], tuple(across)),
        y=(y[0], tuple(down)),
        parameters=made[0].parameters,
        lora_notes=made[0].lora_notes,
        left_out=tuple(dict.fromkeys(word for each in made for word in each.left_out)),
        near=tuple(dict.fromkeys(word for each in made for word in each.near)),
        model=made[0].model,
        seconds=watch.seconds,
    )


def interpolate_prompts(
    first: str,
    second: str,
    *,
    on_step: OnCell | None = None,
    **options: Unpack[DrawOptions],
) -> Sweep:
    """Draws what lies between two prompts: their token states are mixed, the noise stays the same.

    Args:
        first: the prompt at share 0.
        second: the prompt at share 1.
        on_step: called after every picture; what it raises stops the work.
        options: as in `generate.text_to_image`, but for `count`: 2 to 16 pictures, evenly spaced; 7 unless it is said.

    Raises:
        InputError: as in `generate.text_to_image`.
        ModelUnavailable: as there.
    """
    count = checks.integer("count", options.pop("count", DEFAULT_SHARES), 2, MAX_SHARES)
    row = models.row(generation.TASK, options.get("model"))
    settings = resolve_settings(row, DrawSettings(prompt=first, **options))
    shares = [round(float(share), 3) for share in np.linspace(0, 1, count)]
    second = checks.plain_text("prompt", second, empty=True)
    texts = [prompts.translate_for_row(text, row) for text in (settings.prompt, second)]
    drawn, seconds, notes = _draw_between(row, settings, texts, shares, on_step)
    return Sweep(
        images=(tuple(drawn),),
        x=("share", tuple(shares)),
        y=("", ("",)),
        parameters=settings.as_parameters() | {"second": second},
        lora_notes=notes,
        left_out=prompts.find_left_out(row, settings.prompt, second, settings.negative),
        near=prompts.find_near(row, settings.prompt, second, settings.negative),
        model=row.name,
        seconds=seconds,
    )


def _draw_between(
    row: models.Row, settings: ResolvedSettings, texts: Sequence[str], shares: Sequence[float], on_step: OnCell | None
) -> tuple[list[RGB], float, LoraNotes]:
    """A picture for each share of the second of two texts, the seconds that all took, and the notes on the LoRA."""
    avoided = prompts.translate_for_row(settings.negative, row)
    with borrow_pipeline(row, sampler=settings.sampler) as pipeline:
        import torch

        watch, drawn = Stopwatch(), list[RGB]()
        get_unet(pipeline)
        with lora.use_lora(pipeline, settings.adapter, settings.weight) as acting, offload.inference_context(pipeline):
            first, second = (_encode_prompts(pipeline, text, avoided) for text in texts)
            for share in shares:
                states = {name: torch.lerp(first[name], second[name], share) for name in first}
                drawn.append(_run_from_embeddings(pipeline, states, settings))
                _report_cell(on_step, len(drawn), len(shares), drawn[-1], {"share": share})
        return drawn, watch.seconds, acting.notes


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


def _run_from_embeddings(pipeline: Any, states: Mapping[str, torch.Tensor], settings: ResolvedSettings) -> RGB:
    call = {**states, "num_inference_steps": settings.steps, "guidance_scale": settings.guidance}
    call |= {"height": settings.size, "width": settings.size}
    pictures, _ = run_pipeline(pipeline, call, [settings.seed], settings.size, on_step=None, sharp=False)
    return pictures[0]


def _list_cells(x: str, across: Sequence[Any], y: str, down: Sequence[Any]) -> list[dict[str, Any]]:
    """What each picture has of its own, row by row.

    Raises:
        InputError: both settings are the same, or there are too many pictures.
    """
    if x == y:
        raise InputError("text_to_image.same_knob", got=x)
    if len(across) * len(down) > MAX_CELLS:
        raise InputError("text_to_image.many_cells", most=MAX_CELLS, got=len(across) * len(down))
    return [{x: value} | ({y: below} if y else {}) for below in down for value in across]


def _check_sweep(asked: Sequence[DrawSettings], turns_weight: bool, image: object) -> None:
    """Refuses a sweep before its first picture, where any of its pictures would be refused or all take too long."""
    resolve = resolve_settings if image is None else resolve_image_settings
    row = models.row(generation.TASK, asked[0].model)
    resolved = [resolve(row, settings) for settings in asked]
    for text in dict.fromkeys(text for settings in resolved for text in (settings.prompt, settings.negative)):
        prompts.translate_for_row(text, row)
    steps = sum(settings.steps for settings in resolved)
    if steps > MAX_STEPS:
        raise InputError("text_to_image.many_steps", most=MAX_STEPS, got=steps)
    if turns_weight and asked[0].adapter is None:
        raise InputError("text_to_image.weight_alone")


def _draw_cell(image: object, given: dict[str, Any]) -> generation.GeneratedImages:
    if image is None:
        return generation.text_to_image(**given)
    return generation.image_to_image(image, **given)


def _report_cell(on_step: OnCell | None, index: int, total: int, image: RGB, values: Mapping[str, Any]) -> None:
    if on_step is not None:
        on_step(SweepCell(index=index, total=total, image=image, values=values))


def _check_values(axis: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    name, values = axis
    checks.choice("knob", name, SWEPT)
    if not values:
        raise InputError("text_to_image.no_values", name=name)
    return [normalise_text(value) if isinstance(value, str) else value for value in values]
