"""Pictures from words: latent diffusion (Rombach et al. 2022), from noise or from a picture (Meng et al. 2022)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from core import checks, images, models, samples
from core.errors import InputError, ModelUnavailable
from core.images import RGB
from core.results import Result, Stopwatch

if TYPE_CHECKING:
    import torch

TASK = "text_to_image"
MAX_STEPS, MAX_GUIDANCE, MAX_COUNT, MAX_SEED = 150, 30.0, 8, 2**32 - 1
MIN_SIZE, MAX_SIZE, SIZE_STEP = 64, 1024, 8
PREVIEW = 512


@dataclass(frozen=True, kw_only=True)
class Step:
    """One denoising step is done.

    Attributes:
        index: how many are done, from 1 to `total`.
        total: how many there are.
        preview: what the finished pictures would be if the network were right now: approximate, in a grid.
    """

    index: int
    total: int
    preview: RGB | None


@dataclass(frozen=True, kw_only=True)
class Generated(Result):
    """Pictures and what made them.

    Attributes:
        images: HWC uint8 RGB, all of one size.
        seed: of the first picture; the i-th one has seed + i.
        parameters: everything that was used, defaults filled in: the same call with `**parameters` draws the same.
        unread: the end of the prompt, where it is longer than what the text encoder reads.
    """

    images: tuple[RGB, ...]
    seed: int
    parameters: Mapping[str, Any]
    unread: str = ""

    def __post_init__(self) -> None:
        shapes = {image.shape for image in self.images}
        assert len(shapes) == 1, f"pictures of shapes {shapes}"
        assert all(image.dtype == np.uint8 and image.shape[2:] == (3,) for image in self.images)


OnStep = Callable[[Step], None]


def text_to_image(
    prompt: str,
    *,
    negative: str = "",
    steps: int | None = None,
    guidance: float | None = None,
    seed: int = 0,
    size: int | None = None,
    count: int = 1,
    model: str | None = None,
    on_step: OnStep | None = None,
) -> Generated:
    """Draws what the prompt says (Rombach et al. 2022).

    Args:
        prompt: what to draw.
        negative: what to keep away from; acts only where guidance is above 1.
        steps: denoising steps, 1 to 150. None takes the model's own number, here and below.
        guidance: weight of classifier-free guidance (Ho and Salimans 2022), 0 to 30; up to 1 is off.
        seed: 0 to 2**32 - 1; the same seed draws the same picture.
        size: side of the square picture in pixels, 64 to 1024, a multiple of 8.
        count: pictures, 1 to 8.
        model: a row of the catalogue; None takes the default for this machine.
        on_step: called after every step; what it raises stops the work.

    Raises:
        InputError: a value is of the wrong type or out of range, or the model's safety checker refused the pictures.
        ModelUnavailable: the model is not on this machine and could not be fetched.
    """
    row = models.row(TASK, model)
    settings = _settings(
        row,
        prompt=prompt,
        negative=negative,
        steps=steps,
        guidance=guidance,
        seed=seed,
        size=size,
        count=count,
    )
    return _generate(row, settings, {"height": settings["size"], "width": settings["size"]}, on_step)


def image_to_image(
    image: object,
    prompt: str,
    *,
    strength: float = 0.6,
    negative: str = "",
    steps: int | None = None,
    guidance: float | None = None,
    seed: int = 0,
    size: int | None = None,
    count: int = 1,
    model: str | None = None,
    on_step: OnStep | None = None,
) -> Generated:
    """Draws the picture anew as the prompt says: noise over it, then denoising (SDEdit, Meng et al. 2022).

    Args:
        image: picture, any size.
        prompt: what to draw.
        strength: how much of the noise schedule is used, 0.05 to 1; 1 forgets the picture.
        steps: denoising steps of the whole schedule, of which the last strength x steps run.
        size: longest side of the result in pixels; proportions are kept, sides are multiples of 8.
        negative: as in `text_to_image`, as is all that follows.
        guidance: weight of classifier-free guidance.
        seed: of the first picture.
        count: pictures.
        model: a row of the catalogue.
        on_step: called after every step.

    Raises:
        InputError: as in `text_to_image`, or strength x steps is less than one step.
        ModelUnavailable: as in `text_to_image`.
    """
    picture = images.to_rgb(image)
    strength = checks.number("strength", strength, 0.05, 1)
    row = models.row(TASK, model)
    if steps is None:
        steps = max(int(str(row.options["steps"])), math.ceil(1 / strength))
    settings = _settings(
        row,
        prompt=prompt,
        negative=negative,
        steps=steps,
        guidance=guidance,
        seed=seed,
        size=size,
        count=count,
    )
    if int(settings["steps"] * strength) < 1:
        need = math.ceil(1 / strength)
        raise InputError("text_to_image.strength_low", strength=f"{strength:g}", got=settings["steps"], need=need)
    start = {"image": _resized(picture, settings["size"]), "strength": strength}
    return _generate(row, settings, start, on_step)


def edges_to_image(edges: object, prompt: str, **_settings: Any) -> Generated:
    """Draws what the prompt says along the edges (ControlNet, Zhang et al. 2023); no model for it is known yet.

    Args:
        edges: float (H, W) in [0, 1], or a picture of white edges on black.
        prompt: what to draw.
        _settings: as in `text_to_image`.

    Raises:
        InputError: there are no edges or no prompt.
        ModelUnavailable: always, until the catalogue has a row for it.
    """
    images.to_rgb(edges)
    checks.text("prompt", prompt)
    raise ModelUnavailable("text_to_image.no_edges_model")


def _settings(row: models.Row, **given: Any) -> dict[str, Any]:
    """What is really used: the row's options filled in, everything checked; the keys are the callers' arguments."""
    asked = {name: row.options.get(name) if value is None else value for name, value in given.items()}
    size = checks.integer("size", asked["size"], MIN_SIZE, MAX_SIZE)
    if size % SIZE_STEP:
        raise InputError("text_to_image.size_step", step=SIZE_STEP, got=size, near=_to_step(size))
    return {
        "prompt": checks.text("prompt", asked["prompt"]),
        "negative": checks.text("negative", asked["negative"], empty=True),
        "steps": checks.integer("steps", asked["steps"], 1, MAX_STEPS),
        "guidance": checks.number("guidance", asked["guidance"], 0, MAX_GUIDANCE),
        "seed": checks.integer("seed", asked["seed"], 0, MAX_SEED),
        "size": size,
        "count": checks.integer("count", asked["count"], 1, MAX_COUNT),
        "model": row.name,
    }


def _generate(row: models.Row, settings: dict[str, Any], start: dict[str, Any], on_step: OnStep | None) -> Generated:
    """Runs the row's pipeline from noise, or from the picture in `start`."""
    with models.borrow(row.task, row.name) as (_, pipeline):
        import torch

        watch = Stopwatch()
        run = _from_picture(pipeline) if "image" in start else pipeline
        # drawn on the CPU, so that a seed means the same picture on every device
        generators = [torch.Generator().manual_seed(settings["seed"] + i) for i in range(settings["count"])]
        with torch.inference_mode(), _on_step_end(run, on_step) as callback:
            output = run(
                prompt=settings["prompt"],
                negative_prompt=settings["negative"],
                num_inference_steps=settings["steps"],
                guidance_scale=settings["guidance"],
                num_images_per_prompt=settings["count"],
                generator=generators,
                callback_on_step_end=callback,
                **start,
            )
        if any(getattr(output, "nsfw_content_detected", None) or ()):
            raise InputError("text_to_image.refused")
        strength = {"strength": start["strength"]} if "strength" in start else {}
        return Generated(
            images=tuple(np.asarray(image.convert("RGB")) for image in output.images),
            seed=settings["seed"],
            parameters=settings | strength,
            unread=_unread(pipeline.tokenizer, settings["prompt"]),
            model=row.name,
            seconds=watch.seconds,
        )


def _from_picture(pipeline: Any) -> Any:
    """The same networks as an image-to-image pipeline; nothing is loaded or copied."""
    from diffusers import AutoPipelineForImage2Image

    other = AutoPipelineForImage2Image.from_pipe(pipeline)
    other.set_progress_bar_config(disable=True)
    return other


@contextmanager
def _on_step_end(pipeline: Any, on_step: OnStep | None) -> Iterator[Callable[..., dict[str, Any]] | None]:
    """The pipeline's `callback_on_step_end` that tells `on_step`; None when nobody listens."""
    if on_step is None:
        yield None
        return
    to_rgb = _latents_to_rgb(pipeline.vae)
    with _estimates(pipeline.scheduler) as latest:

        def callback(_: Any, index: int, _timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            # samplers of higher order estimate no x_0: then the latents themselves are shown, noise and all
            latents = latest.get("x_0", tensors["latents"])
            on_step(Step(index=index + 1, total=pipeline.num_timesteps, preview=_preview(to_rgb, latents)))
            return tensors

        yield callback


@contextmanager
def _estimates(scheduler: Any) -> Iterator[dict[str, torch.Tensor]]:
    """The scheduler's latest estimate of the finished latents (Song et al. 2021, eq. 12), under "x_0"."""
    original, latest = scheduler.step, {}

    # pipelines look at the signature of `step` to see what it takes
    @functools.wraps(original)
    def step(*args: Any, **kwargs: Any) -> Any:
        found = original(*args, **(kwargs | {"return_dict": True}))
        if getattr(found, "pred_original_sample", None) is not None:
            latest["x_0"] = found.pred_original_sample
        return found if kwargs.get("return_dict", True) else (found.prev_sample,)

    scheduler.step = step
    try:
        yield latest
    finally:
        del scheduler.step


def _latents_to_rgb(vae: Any) -> npt.NDArray[np.float32]:
    """The linear map from latent channels to colours that fits this autoencoder best, found on one example picture.

    Returns:
        float32 (channels + 1, 3); the last row is the constant. Colours are 0 to 255.
    """
    import torch

    side = 128
    example = Image.fromarray(images.to_rgb(samples.path("astronaut"))).resize((side, side), Image.Resampling.BOX)
    pixels = torch.from_numpy(np.array(example)).permute(2, 0, 1)[None].to(vae.device, vae.dtype)  # (1, 3, 128, 128)
    code = vae.encode(pixels / 127.5 - 1)
    latents = (code.latents if hasattr(code, "latents") else code.latent_dist.mode()) * vae.config.scaling_factor
    _, channels, h, w = latents.shape
    known = latents[0].permute(1, 2, 0).reshape(h * w, channels).float().cpu().numpy()
    colours = np.asarray(example.resize((w, h), Image.Resampling.BOX), np.float32).reshape(h * w, 3)
    fitted, *_ = np.linalg.lstsq(np.column_stack([known, np.ones(len(known))]), colours, rcond=None)
    return np.asarray(fitted, np.float32)


def _preview(to_rgb: npt.NDArray[np.float32], latents: torch.Tensor) -> RGB:
    """Latents (n, channels, h, w) as one picture, at most 512 pixels wide or high."""
    values = latents.float().cpu().numpy().transpose(0, 2, 3, 1) @ to_rgb[:-1] + to_rgb[-1]  # (n, h, w, 3)
    columns = math.ceil(math.sqrt(len(values)))
    small = images.tile([v.clip(0, 255).round().astype(np.uint8) for v in values], columns=columns, gap=1)
    scale = PREVIEW / max(small.shape[:2])
    size = (round(small.shape[1] * scale), round(small.shape[0] * scale))
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))


def _unread(tokenizer: Any, prompt: str) -> str:
    """The part of the prompt behind what the text encoder takes (77 tokens for CLIP's)."""
    tokens = tokenizer(prompt, add_special_tokens=False, truncation=False, verbose=False).input_ids
    room = tokenizer.model_max_length - tokenizer.num_special_tokens_to_add()
    return str(tokenizer.decode(tokens[room:])).strip()


def _resized(picture: RGB, longest: int) -> Image.Image:
    """The picture with its longest side `longest` and both sides multiples of 8, at least 64."""
    scale = longest / max(picture.shape[:2])
    h, w = (max(MIN_SIZE, _to_step(side * scale)) for side in picture.shape[:2])
    return Image.fromarray(picture).resize((w, h), Image.Resampling.LANCZOS)


def _to_step(side: float) -> int:
    return min(MAX_SIZE, max(MIN_SIZE, SIZE_STEP * round(side / SIZE_STEP)))
