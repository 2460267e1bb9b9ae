"""FLUX.2 klein from a picture: noise over it, as far as a part of the flow goes, then the rest of the flow.

diffusers has it for a mask alone, where the network also looks at the picture beside, which strength 1 should forget.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from diffusers import Flux2KleinPipeline
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu
from PIL import Image


class Flux2KleinImg2ImgPipeline(Flux2KleinPipeline):  # type: ignore[misc]
    """The pipeline with a picture and a strength (SDEdit, Meng et al. 2022).

    Attributes:
        tokens: rows and columns of them in the picture that is drawn.
    """

    tokens: tuple[int, int]

    def __call__(self, prompt: str, image: Image.Image, strength: float, num_inference_steps: int, **how: Any) -> Any:
        """Draws with the last `strength` x `num_inference_steps` steps of the schedule; both sides multiples of 16."""
        steps, one = num_inference_steps, 2 * self.vae_scale_factor
        self._picture = self.image_processor.preprocess(image)
        self._levels = list(np.linspace(1, 1 / steps, steps)[steps - int(steps * strength) :])
        self._steps, self.tokens = steps, (image.height // one, image.width // one)
        size = {"height": image.height, "width": image.width}
        return super().__call__(prompt=prompt, num_inference_steps=steps, sigmas=self._levels, **size, **how)

    def prepare_latents(self, **given: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """The tokens (n, tokens, channels) of the picture under noise, and their places."""
        noise, places = super().prepare_latents(**given)
        code = self._encode_vae_image(self._picture.to(noise.device, self.vae.dtype), generator=None)
        # as the pipeline itself does next
        mu = compute_empirical_mu(image_seq_len=noise.shape[1], num_steps=self._steps)
        self.scheduler.set_timesteps(sigmas=self._levels, device=noise.device, mu=mu)
        level = self.scheduler.sigmas[0].to(noise)
        return (1 - level) * self._pack_latents(code).to(noise) + level * noise, places
