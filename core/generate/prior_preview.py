"""What the words alone suggest, before the first step: the prior of the pocket Stable Diffusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core import checks, models
from core.errors import InputError
from core.generate import generation, latents, prompts
from core.images import RGB
from core.results import Result, Stopwatch

TOP_NAMES = 3  # names of a thing


@dataclass(frozen=True, kw_only=True)
class PriorPreview(Result):
    """A rough picture, and what the words were taken for.

    Attributes:
        image: HWC uint8 RGB.
        things: one or two, each as its likeliest names with their probabilities.
    """

    image: RGB
    things: tuple[tuple[tuple[str, float], ...], ...]

    def __post_init__(self) -> None:
        assert self.image.dtype == np.uint8 and self.image.ndim == 3, self.image.shape


def preview_prior(prompt: str, *, model: str | None = None) -> PriorPreview:
    """The picture that the words suggest by themselves (a prior as in unCLIP, Ramesh et al. 2022); nothing is denoised.

    Args:
        prompt: what to draw, in English or Korean; may be empty.
        model: a row of the catalogue; None takes the default for this machine.

    Raises:
        InputError: the prompt is not text, too long or has no word that the model reads, or this model has no
            prior.
        ModelUnavailable: the model is not on this machine.
    """
    row = models.row(generation.TASK, model)
    english = prompts.translate_for_row(checks.plain_text("prompt", prompt, empty=True), row)
    with models.borrow(generation.TASK, row.name) as (_, pipeline):
        encoder = pipeline.text_encoder
        if not hasattr(encoder, "prior"):
            raise InputError("text_to_image.no_prior", got=row.title)
        watch = Stopwatch()
        found = encoder.run_prior(
            **pipeline.tokenizer(english, truncation=True, return_tensors="pt").to(pipeline.device)
        )
        picture = latents.decode_latents(pipeline.vae, found.code)[0]
        drawing = found.boxes[0].argmax(-1) > 0  # is it anywhere?
        named = [_top_names(encoder.prior.names, slot) for slot in found.things[0][drawing]]
    # both slots may draw one thing
    things = tuple({names[0][0]: names for names in named}.values())
    told = {"left_out": prompts.find_left_out(row, prompt), "near": prompts.find_near(row, prompt)}
    return PriorPreview(image=picture, things=things, **told, model=row.name, seconds=watch.seconds)


def _top_names(names: tuple[str, ...], logits: Any) -> tuple[tuple[str, float], ...]:
    shares = logits.softmax(-1)[: len(names)]
    best = shares.topk(min(TOP_NAMES, len(names)))
    return tuple((names[i], float(share)) for share, i in zip(best.values, best.indices, strict=True))
