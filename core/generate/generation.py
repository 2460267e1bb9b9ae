"""Pictures from words: latent diffusion (Rombach et al. 2022), from noise, from a picture or along edges."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from core import checks, images, models
from core.errors import InputError
from core.generate import lora, prompts
from core.generate import run as pieces
from core.generate import settings as drawing
from core.generate.steps import SAMPLERS, DenoisingStep, OnStep, use_scheduler
from core.images import RGB
from core.models.catalog.specs import DiffusionSpec
from core.models.memory import offload
from core.results import Result, Stopwatch

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "EDGES_TASK",
    "SAMPLERS",
    "TASK",
    "DenoisingStep",
    "GeneratedImages",
    "edges_to_image",
    "image_to_image",
    "text_to_image",
]

TASK, EDGES_TASK = "text_to_image", "edges_to_image"


@dataclass(frozen=True, kw_only=True)
class GeneratedImages(Result):
    """Pictures and what made them.

    Attributes:
        images: HWC uint8 RGB, all of one size.
        seed: of the first picture; the others have `drawing.seeds(seed, count)`.
        parameters: everything that was used but picture, edges and LoRA, defaults filled in: the same call with those
            and `**parameters` draws the same.
        encoded: the prompt as it went to the text encoder: English, where that knows nothing else.
        unread: the end of it, where it is longer than what the text encoder reads.
        task: of the row that made it: along edges, that is the ControlNet's.
        pieces: how it was computed where memory is scarce: "turns" (one picture after the other), "tiles" (the
            autoencoder took each in overlapping tiles), or "" (all at once).
    """

    images: tuple[RGB, ...]
    seed: int
    parameters: Mapping[str, Any]
    encoded: str = ""
    unread: str = ""
    task: str = TASK
    pieces: str = ""

    def __post_init__(self) -> None:
        shapes = {image.shape for image in self.images}
        assert len(shapes) == 1, f"pictures of shapes {shapes}"
        assert all(image.dtype == np.uint8 and image.shape[2:] == (3,) for image in self.images)


def text_to_image(
    prompt: str,
    *,
    negative: str = "",
    steps: int | None = None,
    guidance: float | None = None,
    seed: int = 0,
    size: int | None = None,
    count: int = 1,
    sampler: str | None = None,
    adapter: object = None,
    weight: float = 1.0,
    model: str | None = None,
    on_step: OnStep | None = None,
) -> GeneratedImages:
    """Draws what the prompt says (Rombach et al. 2022).

    Args:
        prompt: what to draw, in English or Korean; empty draws anything (unconditionally).
        negative: what to keep away from; acts only where guidance is above 1.
        steps: denoising steps, 1 to 150. None takes the model's own number, here and below.
        guidance: weight of classifier-free guidance (Ho and Salimans 2022), 0 to 30; up to 1 is off.
        seed: 0 to 2**32 - 1; the same seed draws the same picture.
        size: side of the square picture in pixels, 64 to 1024, a multiple of 8; to 256 for the pocket model.
        count: pictures, 1 to 8.
        sampler: one of `SAMPLERS`.
        adapter: a LoRA (Hu et al. 2022): a `.safetensors` file, or what `lora.train_lora` found.
        weight: how strongly the LoRA acts, 0 (not at all) to 2.
        model: a row of the catalogue; None takes the default for this machine.
        on_step: called after every step; what it raises stops the work.

    Raises:
        InputError: a value is of the wrong type or out of range, a Korean word is unknown, the LoRA is not one of this
            model, or the model's safety checker refused the pictures.
        ModelUnavailable: the model is not on this machine and could not be fetched.
        OutOfMemory: the machine has too little for such pictures, even one by one and in tiles.
    """
    row = models.row(TASK, model)
    knobs: drawing.GenerationOptions = {
        "negative": negative,
        "steps": steps,
        "guidance": guidance,
        "seed": seed,
        "size": size,
    }
    knobs |= {"sampler": sampler, "weight": weight}
    settings = drawing.resolve_settings(row, prompt, count=count, **knobs)
    start = {"height": settings["size"], "width": settings["size"]}
    return _generate_images(row, settings, start, adapter=adapter, on_step=on_step)


def image_to_image(
    image: object,
    prompt: str,
    *,
    strength: float = drawing.DEFAULT_STRENGTH,
    count: int = 1,
    adapter: object = None,
    model: str | None = None,
    on_step: OnStep | None = None,
    **knobs: Unpack[drawing.GenerationOptions],
) -> GeneratedImages:
    """Draws the picture anew as the prompt says: noise over it, then denoising (SDEdit, Meng et al. 2022).

    Args:
        image: picture, any size.
        prompt: what to draw.
        strength: how much of the noise schedule is used, 0.05 to 1; 1 forgets the picture.
        count: as in `text_to_image`, as is all that follows.
        adapter: a LoRA.
        model: a row of the catalogue.
        on_step: called after every step.
        knobs: `steps` are those of the whole schedule, of which the last strength x steps run; `size` is the longest
            side of the result: proportions are kept, sides are multiples of 8.

    Raises:
        InputError: as in `text_to_image`, or strength x steps is less than one step.
        ModelUnavailable: as in `text_to_image`.
    """
    picture = images.to_rgb(image)
    row = models.row(TASK, model)
    settings = drawing.resolve_image_settings(row, prompt, strength=strength, count=count, **knobs)
    small = _resize_to_step(picture, settings["size"], row.spec_as(DiffusionSpec).size_step)
    start = {"image": small, "strength": settings["strength"]}
    return _generate_images(row, settings, start, adapter=adapter, on_step=on_step)


def edges_to_image(
    edges: object,
    prompt: str,
    *,
    strength: float = 1.0,
    count: int = 1,
    adapter: object = None,
    model: str | None = None,
    on_step: OnStep | None = None,
    **knobs: Unpack[drawing.GenerationOptions],
) -> GeneratedImages:
    """Draws what the prompt says along the edges (ControlNet, Zhang et al. 2023).

    Args:
        edges: float (H, W) in [0, 1], or a picture of white edges on black; scaled to the square that is drawn.
        prompt: what to draw.
        strength: how strongly the edges act, 0 to 2.
        count: as in `text_to_image`.
        adapter: as there.
        model: a row of the catalogue for the task "edges_to_image", which names the row that it guides.
        on_step: called after every step.
        knobs: as in `text_to_image`.

    Raises:
        InputError: as in `text_to_image`, or there are no edges.
        ModelUnavailable: as in `text_to_image`.
    """
    picture = images.to_rgb(edges)
    if not picture.any():
        raise InputError("text_to_image.no_edges")
    strength = checks.number("strength", strength, 0, 2)
    control = models.row(EDGES_TASK, model)
    row = models.row(TASK, control.parts["base"])
    settings = drawing.resolve_settings(row, prompt, count=count, **knobs) | {
        "strength": strength,
        "model": control.name,
    }
    side = settings["size"]
    start = {"image": Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS), "height": side}
    start |= {"width": side, "controlnet_conditioning_scale": strength}
    return _generate_images(row, settings, start, control=control, adapter=adapter, on_step=on_step)


def _generate_images(
    row: models.Row,
    settings: dict[str, Any],
    start: dict[str, Any],
    *,
    adapter: object,
    on_step: OnStep | None,
    control: models.Row | None = None,
) -> GeneratedImages:
    """Runs the row's pipeline from noise, from the picture in `start`, or along the edges there."""
    encoded, avoided = (prompts.translate_for_row(settings[name], row) for name in ("prompt", "negative"))
    with borrow_pipeline(row, control, sampler=settings["sampler"]) as pipeline:
        watch = Stopwatch()
        run = _derive_image_to_image(pipeline) if "strength" in start else pipeline
        call = {
            "prompt": encoded,
            "num_inference_steps": settings["steps"],
            **_collect_inputs(run, row, avoided, start),
        }
        call["guidance_scale"] = settings["guidance"]
        with lora.use_lora(run, adapter, settings["weight"]), offload.inference_context(run):
            sharp, seeds = (
                row.spec_as(DiffusionSpec).sharp_preview,
                drawing.consecutive_seeds(settings["seed"], settings["count"]),
            )
            drawn, how = pieces.run_pipeline(run, call, seeds, settings["size"], on_step=on_step, sharp=sharp)
        return GeneratedImages(
            images=drawn,
            seed=settings["seed"],
            parameters=settings,
            encoded=encoded,
            unread=prompts.find_truncated_text(pipeline, encoded),
            task=(control or row).task,
            pieces=how,
            model=settings["model"],
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


@contextmanager
def borrow_pipeline(row: models.Row, control: models.Row | None = None, *, sampler: str | None = None) -> Iterator[Any]:
    """The row's pipeline with a sampler, and with the ControlNet of `control` where there is one."""
    with ExitStack() as stack:
        _, pipeline = stack.enter_context(models.borrow(row.task, row.name))
        stack.enter_context(offload.unload_after(pipeline))
        stack.enter_context(use_scheduler(pipeline, sampler))
        if control is not None:
            _, net = stack.enter_context(models.borrow(control.task, control.name))
            pipeline = _derive_controlnet(pipeline, net)
        yield pipeline


def _derive_image_to_image(pipeline: Any) -> Any:
    """The same networks as an image-to-image pipeline."""
    from diffusers import AutoPipelineForImage2Image, Flux2KleinPipeline

    if isinstance(pipeline, Flux2KleinPipeline):
        from core.generate.flux_img2img import Flux2KleinImg2ImgPipeline

        return offload.derive_pipeline(Flux2KleinImg2ImgPipeline, pipeline)
    return offload.derive_pipeline(AutoPipelineForImage2Image, pipeline)


def _derive_controlnet(pipeline: Any, net: Any) -> Any:
    """The same networks with a ControlNet beside them."""
    from diffusers import AutoPipelineForText2Image

    return offload.derive_pipeline(AutoPipelineForText2Image, pipeline, controlnet=net)


def _resize_to_step(picture: RGB, longest: int, step: int) -> Image.Image:
    """The picture with its longest side `longest` and both sides multiples of `step`, at least 64."""
    scale = longest / max(picture.shape[:2])
    h, w = (drawing.round_to_step(side * scale, step) for side in picture.shape[:2])
    return Image.fromarray(picture).resize((w, h), Image.Resampling.LANCZOS)
