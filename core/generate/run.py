"""The pictures of one call of a diffusion pipeline: all at once, or in pieces where the memory is too small."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from core.errors import InputError
from core.generate.steps import DenoisingStep, OnStep, step_callback
from core.images import RGB
from core.models.memory import offload, out_of_memory

PIECES = ("turns", "tiles")


def run_pipeline(
    run: Any, call: Mapping[str, Any], seeds: Sequence[int], side: int, *, on_step: OnStep | None, sharp: bool
) -> tuple[tuple[RGB, ...], str]:
    """One picture for every seed, and how it was computed: "" at once, else one of `PIECES`.

    Drawn one after the other ("turns"), pictures are the same but for rounding; in tiles, the autoencoder's seams
    differ a little besides. With every piece smaller than asked for, the pictures never are.

    Args:
        run: a pipeline of diffusers.
        call: its arguments, but for seeds, number and callback.
        seeds: of the pictures.
        side: the longest one of a picture, in pixels.
        on_step: called after every step; after a failed try it is told from the first step on again.
        sharp: as in `steps.step_callback`.

    Raises:
        InputError: the model's safety checker refused a picture.
        Exception: of whichever device, that its memory ran out, in pieces too; `models.borrow` puts it in a sentence.
    """

    def run_together(some: Sequence[int], on_step: OnStep | None) -> tuple[RGB, ...]:
        with offload.unload_after(run), step_callback(run, on_step, sharp=sharp) as callback:
            return extract_images(
                run(**call, **_seed_generators(some), num_images_per_prompt=len(some), callback_on_step_end=callback)
            )

    def run_in_turn() -> tuple[RGB, ...]:
        each = (run_together([seed], _offset_steps(on_step, i, len(seeds))) for i, seed in enumerate(seeds))
        return tuple(picture for pictures in each for picture in pictures)

    def run_in_tiles() -> tuple[RGB, ...]:
        with offload.use_vae_tiling(run, side):
            return run_in_turn()

    plan = offload.offload_plan(run)
    usual = "tiles" if plan.tiled and side > offload.LARGEST_TILE else ""
    ways: list[Callable[[], tuple[tuple[RGB, ...], str]]] = [lambda: (run_together(seeds, on_step), usual)]
    if len(seeds) > 1:
        ways.append(lambda: (run_in_turn(), usual or "turns"))
    if offload.can_tile(run, side):
        ways.append(lambda: (run_in_tiles(), "tiles"))
    return out_of_memory.retry_smaller(*ways)


def extract_images(output: Any, refused: str = "text_to_image.refused") -> tuple[RGB, ...]:
    """What a pipeline of diffusers drew, HWC uint8 RGB.

    Args:
        output: what the pipeline returned.
        refused: key of the sentence for a picture that is not shown.

    Raises:
        InputError: the model's safety checker refused a picture.
    """
    if any(getattr(output, "nsfw_content_detected", None) or ()):
        raise InputError(refused)
    return tuple(np.asarray(image.convert("RGB")) for image in output.images)


def _seed_generators(seeds: Sequence[int]) -> dict[str, Any]:
    import torch

    # drawn on the CPU, so that a seed means the same picture on every device
    return {"generator": [torch.Generator().manual_seed(seed) for seed in seeds]}


def _offset_steps(on_step: OnStep | None, done: int, count: int) -> OnStep | None:
    """Tells the steps of one picture as part of those of `count`, of which `done` are drawn."""
    if on_step is None:
        return None

    def report_step(step: DenoisingStep) -> None:
        on_step(dataclasses.replace(step, index=done * step.total + step.index, total=count * step.total))

    return report_step
