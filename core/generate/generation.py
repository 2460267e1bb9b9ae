"""Pictures from words: latent diffusion (Rombach et al. 2022), from noise, from a picture or along edges."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from core import images, models
from core.errors import InputError
from core.generate import lora, prompts
from core.generate.lora_formats.plain import LoraNotes
from core.generate.pipelines import borrow_pipeline, derive_image_to_image
from core.generate.run import run_pipeline
from core.generate.settings import (
    DEFAULT_EDGES_STRENGTH,
    DEFAULT_IMAGE_STRENGTH,
    DrawOptions,
    DrawSettings,
    ResolvedSettings,
    consecutive_seeds,
    resolve_edges_settings,
    resolve_image_settings,
    resolve_settings,
    round_to_step,
)
from core.generate.steps import OnStep
from core.images import RGB
from core.models.catalog.specs import DiffusionSpec
from core.models.memory import offload
from core.results import Result, Stopwatch

if TYPE_CHECKING:
    from typing_extensions import Unpack

TASK, EDGES_TASK = "text_to_image", "edges_to_image"


@dataclass(frozen=True, kw_only=True)
class GeneratedImages(Result):
    """Pictures and what made them.

    Attributes:
        images: HWC uint8 RGB, all of one size.
        seed: of the first picture; the others have `settings.consecutive_seeds(seed, count)`.
        parameters: everything that was used but picture, edges and LoRA, defaults filled in: the same call with those
            and `**parameters` draws the same.
        encoded: the prompt as it went to the text encoder: English, where that knows nothing else.
        unread: the end of it, where it is longer than what the text encoder reads.
        task: of the row that made it: along edges, that is the ControlNet's.
        pieces: how it was computed where memory is scarce: "turns" (one picture after the other), "tiles" (the
            autoencoder took each in overlapping tiles), or "" (all at once).
        lora_notes: what of the LoRA's file is left out or unknown.
    """

    images: tuple[RGB, ...]
    seed: int
    parameters: Mapping[str, Any]
    encoded: str = ""
    unread: str = ""
    task: str = TASK
    pieces: str = ""
    lora_notes: LoraNotes = field(default_factory=LoraNotes)

    def __post_init__(self) -> None:
        shapes = {image.shape for image in self.images}
        assert len(shapes) == 1, f"pictures of shapes {shapes}"
        assert all(image.dtype == np.uint8 and image.shape[2:] == (3,) for image in self.images)


def text_to_image(prompt: str, *, on_step: OnStep | None = None, **options: Unpack[DrawOptions]) -> GeneratedImages:
    """Draws what the prompt says (Rombach et al. 2022).

    Args:
        prompt: what to draw, in English or Korean; empty draws anything (unconditionally).
        on_step: called after every step; what it raises stops the work.
        options: `negative`, `steps`, `guidance`, `seed`, `size`, `count`, `sampler`, `adapter`, `weight` and `model`,
            as `settings.DrawSettings` explains them.

    Raises:
        InputError: a value is of the wrong type or out of range, no word is in a language that the model reads, the
            LoRA is not one of this model, or the model's safety checker refused the pictures.
        ModelUnavailable: the model is not on this machine and could not be fetched.
        OutOfMemory: the machine has too little for such pictures, even one by one and in tiles.
    """
    asked = DrawSettings(prompt=prompt, **options)
    row = models.row(TASK, asked.model)
    resolved = resolve_settings(row, asked)
    return _generate_images(row, resolved, {"height": resolved.size, "width": resolved.size}, on_step=on_step)


def image_to_image(
    image: object,
    prompt: str,
    *,
    strength: float = DEFAULT_IMAGE_STRENGTH,
    on_step: OnStep | None = None,
    **options: Unpack[DrawOptions],
) -> GeneratedImages:
    """Draws the picture anew as the prompt says: noise over it, then denoising (SDEdit, Meng et al. 2022).

    Args:
        image: picture, any size.
        prompt: what to draw.
        strength: how much of the noise schedule is used, 0.05 to 1; 1 forgets the picture.
        on_step: called after every step.
        options: as in `text_to_image`; `steps` are those of the whole schedule, of which the last strength x steps
            run, and `size` is the longest side of the result: proportions are kept, sides are multiples of 8.

    Raises:
        InputError: as in `text_to_image`, or strength x steps is less than one step.
        ModelUnavailable: as in `text_to_image`.
    """
    picture = images.to_rgb(image)
    asked = DrawSettings(prompt=prompt, strength=strength, **options)
    row = models.row(TASK, asked.model)
    resolved = resolve_image_settings(row, asked)
    small = _resize_to_step(picture, resolved.size, row.spec_as(DiffusionSpec).size_step)
    return _generate_images(row, resolved, {"image": small, "strength": resolved.strength}, on_step=on_step)


def edges_to_image(
    edges: object,
    prompt: str,
    *,
    strength: float = DEFAULT_EDGES_STRENGTH,
    on_step: OnStep | None = None,
    **options: Unpack[DrawOptions],
) -> GeneratedImages:
    """Draws what the prompt says along the edges (ControlNet, Zhang et al. 2023).

    Args:
        edges: float (H, W) in [0, 1], or a picture of white edges on black; scaled to the square that is drawn.
        prompt: what to draw.
        strength: how strongly the edges act, 0 to 2.
        on_step: called after every step.
        options: as in `text_to_image`; `model` is a row of the task "edges_to_image", which names the row that it
            guides.

    Raises:
        InputError: as in `text_to_image`, or there are no edges.
        ModelUnavailable: as in `text_to_image`.
    """
    picture = images.to_rgb(edges)
    if not picture.any():
        raise InputError("text_to_image.no_edges")
    asked = DrawSettings(prompt=prompt, strength=strength, **options)
    control = models.row(EDGES_TASK, asked.model)
    row = models.row(TASK, control.parts["base"])
    resolved = resolve_edges_settings(control, row, asked)
    side = resolved.size
    start = {"image": Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS), "height": side}
    start |= {"width": side, "controlnet_conditioning_scale": resolved.strength}
    return _generate_images(row, resolved, start, control=control, on_step=on_step)


def _generate_images(
    row: models.Row,
    settings: ResolvedSettings,
    start: dict[str, Any],
    *,
    on_step: OnStep | None,
    control: models.Row | None = None,
) -> GeneratedImages:
    """Runs the row's pipeline from noise, from the picture in `start`, or along the edges there."""
    encoded, avoided = (prompts.translate_for_row(text, row) for text in (settings.prompt, settings.negative))
    with borrow_pipeline(row, control, sampler=settings.sampler) as pipeline:
        watch = Stopwatch()
        run = derive_image_to_image(pipeline) if "strength" in start else pipeline
        call = {"prompt": encoded, "num_inference_steps": settings.steps}
        call |= _collect_inputs(run, row, avoided, start) | {"guidance_scale": settings.guidance}
        seeds = consecutive_seeds(settings.seed, settings.count)
        sharp = row.spec_as(DiffusionSpec).sharp_preview
        with lora.use_lora(run, settings.adapter, settings.weight) as acting, offload.inference_context(run):
            drawn, how = run_pipeline(run, call, seeds, settings.size, on_step=on_step, sharp=sharp)
        return GeneratedImages(
            images=drawn,
            seed=settings.seed,
            parameters=settings.as_parameters(),
            encoded=encoded,
            unread=prompts.find_truncated_text(pipeline, encoded),
            left_out=prompts.find_left_out(row, settings.prompt, settings.negative),
            near=prompts.find_near(row, settings.prompt, settings.negative),
            task=(control or row).task,
            pieces=how,
            lora_notes=acting.notes,
            model=settings.model,
            seconds=watch.seconds,
        )


def _collect_inputs(run: Any, row: models.Row, avoided: str, start: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be avoided and how to begin, as far as a pipeline takes it.

    Raises:
        InputError: it is asked for something that it does not take.
    """
    avoids = _takes_negative_prompt(type(run).__call__)
    if avoided and not avoids:
        raise InputError("text_to_image.no_negative", got=row.title)
    return dict(start) | ({"negative_prompt": avoided} if avoids else {})


@functools.cache
def _takes_negative_prompt(call: Callable[..., Any]) -> bool:
    """Whether this way to call a pipeline takes a negative prompt."""
    return "negative_prompt" in inspect.signature(call).parameters


def _resize_to_step(picture: RGB, longest: int, step: int) -> Image.Image:
    """The picture with its longest side `longest` and both sides multiples of `step`, at least 64."""
    scale = longest / max(picture.shape[:2])
    h, w = (round_to_step(side * scale, step) for side in picture.shape[:2])
    return Image.fromarray(picture).resize((w, h), Image.Resampling.LANCZOS)
