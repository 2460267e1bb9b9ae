"""What can be seen of a denoising run: the noisy latents, what the network takes them for, and how noisy they are."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from core import images, samples
from core.errors import InputError
from core.generate import latents
from core.generate.samplers import derive_scheduler, is_flow
from core.images import RGB

if TYPE_CHECKING:
    import torch

SAMPLERS = {
    "ddim": "DDIMScheduler",
    "ddpm": "DDPMScheduler",
    "euler": "EulerDiscreteScheduler",
    "euler-ancestral": "EulerAncestralDiscreteScheduler",
    "dpm++": "DPMSolverMultistepScheduler",
    "unipc": "UniPCMultistepScheduler",
    "lcm": "LCMScheduler",
}
# LCM takes its steps from a list of so many, and fails where more are wanted; a longer list begins at the same noise
SCHEDULER_SETTINGS: dict[str, dict[str, Any]] = {"lcm": {"original_inference_steps": 200}}
EXAMPLE_SIDE = 128


@dataclass(frozen=True, kw_only=True)
class DenoisingStep:
    """One denoising step is done.

    Attributes:
        index: how many are done, from 1 to `total`.
        total: how many there are.
        level: standard deviation of the noise in what the step began with, of 0 (none) to 1 (nothing else).
        noisy: what it began with (x_t), as a picture, several in a grid.
        preview: what the finished pictures would be if the network were right now (x_0), the same way.
    """

    index: int
    total: int
    level: float
    noisy: RGB
    preview: RGB


OnStep = Callable[[DenoisingStep], None]
# latents of two kinds, (n, channels, h, w) each, to n pictures each
LatentDecoder = Callable[["torch.Tensor", "torch.Tensor"], tuple[list[RGB], list[RGB]]]
Callback = Callable[..., dict[str, Any]]


@contextmanager
def step_callback(pipeline: Any, on_step: OnStep | None, *, sharp: bool) -> Iterator[Callback | None]:
    """The pipeline's `callback_on_step_end` that tells `on_step`; None when nobody listens.

    Args:
        pipeline: of diffusers, with `scheduler` and `vae`.
        on_step: called after every step; what it raises stops the work.
        sharp: the autoencoder is quick enough to decode every step; else a linear map of its code is shown.
    """
    if on_step is None:
        yield None
        return
    develop = _make_decoder(pipeline.vae) if sharp else _make_linear_map(_fit_latents_to_rgb(pipeline.vae))
    with record_steps(pipeline.scheduler) as now:

        def callback(_: Any, index: int, _timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            shape = getattr(pipeline, "tokens", None)
            codes = (latents.unpack_tokens(pipeline.vae, now[name], shape) for name in ("noisy", "clean"))
            noisy, preview = (_tile_square(pictures) for pictures in develop(*codes))
            numbers = {"index": index + 1, "total": pipeline.num_timesteps, "level": now["level"]}
            on_step(DenoisingStep(**numbers, noisy=noisy, preview=preview))
            return tensors

        yield callback


@contextmanager
def use_scheduler(pipeline: Any, sampler: str | None) -> Iterator[None]:
    """The pipeline with another sampler on its own noise schedule; None keeps its own.

    Raises:
        InputError: it has no noise schedule, but follows a flow.
    """
    if sampler is None:
        yield
        return
    import diffusers

    own = pipeline.scheduler
    if is_flow(own):
        raise InputError("text_to_image.own_sampler", got=sampler)
    kind = getattr(diffusers, SAMPLERS[sampler])
    pipeline.scheduler = derive_scheduler(kind, own, **SCHEDULER_SETTINGS.get(sampler, {}))
    try:
        yield
    finally:
        pipeline.scheduler = own


@contextmanager
def record_steps(scheduler: Any) -> Iterator[dict[str, Any]]:
    """What the scheduler's latest step began with, with variance 1 ("noisy"), its x_0 ("clean") and noise ("level")."""
    original, latest = scheduler.step, dict[str, Any]()

    # pipelines look at the signature of `step` to see what it takes
    @functools.wraps(original)
    def step(output: Any, timestep: Any, sample: Any, *args: Any, **kwargs: Any) -> Any:
        noisy = sample if is_flow(scheduler) else scheduler.scale_model_input(sample, timestep)
        clean, level = _estimate_clean(scheduler, output, float(timestep), noisy)
        latest.update(noisy=noisy, clean=clean, level=level)
        return original(output, timestep, sample, *args, **kwargs)

    scheduler.step = step
    try:
        yield latest
    finally:
        del scheduler.step


def _estimate_clean(
    scheduler: Any, output: torch.Tensor, timestep: float, noisy: torch.Tensor
) -> tuple[torch.Tensor, float]:
    """The finished latents if the network's output were right (Song et al. 2021, eq. 12), and the noise's deviation."""
    if is_flow(scheduler):
        # the noise comes in on a straight line, at the speed that the network answers (Lipman et al. 2023)
        level = timestep / scheduler.config.num_train_timesteps
        return noisy - level * output, level
    signal = math.sqrt(max(1e-6, float(scheduler.alphas_cumprod[round(timestep)])))
    level = math.sqrt(1 - signal**2)
    if scheduler.config.prediction_type == "v_prediction":
        return signal * noisy - level * output, level
    if scheduler.config.prediction_type == "epsilon":
        return (noisy - level * output) / signal, level
    return output, level


def get_unet(pipeline: Any) -> Any:
    """The U-Net of a pipeline.

    Raises:
        InputError: it has a transformer instead.
    """
    unet = getattr(pipeline, "unet", None)
    if unet is None:
        raise InputError("text_to_image.no_unet", got=type(pipeline).__name__)
    return unet


def _make_decoder(vae: Any) -> LatentDecoder:
    """Through the autoencoder, both at once, which takes less than two turns."""

    def develop(noisy: torch.Tensor, clean: torch.Tensor) -> tuple[list[RGB], list[RGB]]:
        import torch

        pictures = latents.decode_latents(vae, torch.cat([noisy, clean]))
        return pictures[: len(noisy)], pictures[len(noisy) :]

    return develop


def _make_linear_map(to_rgb: npt.NDArray[np.float32]) -> LatentDecoder:
    """Through a linear map; small, but nearly free."""

    def map_to_rgb(codes: torch.Tensor) -> list[RGB]:
        values = codes.float().cpu().numpy().transpose(0, 2, 3, 1) @ to_rgb[:-1] + to_rgb[-1]  # (n, h, w, 3)
        return list(values.clip(0, 255).round().astype(np.uint8))

    return lambda noisy, clean: (map_to_rgb(noisy), map_to_rgb(clean))


def _tile_square(pictures: list[RGB]) -> RGB:
    return images.tile_images(pictures, columns=math.ceil(math.sqrt(len(pictures))), gap=1)


def _fit_latents_to_rgb(vae: Any) -> npt.NDArray[np.float32]:
    """The linear map from latent channels to colours that fits this autoencoder best, found on one example picture.

    Returns:
        float32 (channels + 1, 3); the last row is the constant. Colours are 0 to 255.
    """
    example = images.crop_to_square(images.to_rgb(samples.sample_path("astronaut")), EXAMPLE_SIDE)
    codes = latents.encode_latents(vae, [example])
    _, channels, h, w = codes.shape
    known = codes[0].permute(1, 2, 0).reshape(h * w, channels).cpu().numpy()
    colours = np.asarray(Image.fromarray(example).resize((w, h), Image.Resampling.BOX), np.float32).reshape(h * w, 3)
    fitted, *_ = np.linalg.lstsq(np.column_stack([known, np.ones(len(known))]), colours, rcond=None)
    return np.asarray(fitted, np.float32)
