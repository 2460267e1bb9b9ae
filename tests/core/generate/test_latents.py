from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.generate import latents


class HalvingAutoencoder:
    """An "autoencoder" whose code is the picture at half its size; it answers as the given class of diffusers does."""

    device, dtype = torch.device("cpu"), torch.float32

    def __init__(self, *, kl: bool, **config: float) -> None:
        self.kl, self.config = kl, SimpleNamespace(**config)

    def encode(self, pixels: torch.Tensor) -> SimpleNamespace:
        codes = pixels[..., ::2, ::2]
        if self.kl:
            return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: codes))
        return SimpleNamespace(latents=codes)

    def decode(self, codes: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(sample=codes.repeat_interleave(2, -1).repeat_interleave(2, -2))


@pytest.mark.parametrize(
    "vae", [HalvingAutoencoder(kl=False, scaling_factor=0.5), HalvingAutoencoder(kl=True, scaling_factor=2.0)]
)
def test_codes_are_scaled_as_diffusion_models_know_them(vae: HalvingAutoencoder) -> None:
    picture = np.full((4, 4, 3), 255, np.uint8)
    codes = latents.encode_latents(vae, [picture, picture // 255 * 0])
    assert codes.shape == (2, 3, 2, 2)
    assert codes[0].unique().tolist() == [vae.config.scaling_factor]
    assert codes[1].unique().tolist() == [-vae.config.scaling_factor]


def test_a_shift_is_taken_off_and_put_back() -> None:
    vae = HalvingAutoencoder(kl=True, scaling_factor=2.0, shift_factor=0.25)
    picture = np.full((2, 2, 3), 255, np.uint8)
    codes = latents.encode_latents(vae, [picture])
    assert codes.unique().tolist() == [1.5]
    assert (latents.decode_latents(vae, codes)[0] == picture).all()


@pytest.mark.parametrize("narrow", [True, False])
def test_an_autoencoder_that_overflows_in_half_precision_works_in_float32(narrow) -> None:
    class OverflowingAutoencoder(HalvingAutoencoder):
        dtype = torch.float16

        def to(self, dtype: torch.dtype) -> None:
            self.dtype = dtype

        def encode(self, pixels: torch.Tensor) -> SimpleNamespace:
            used.append(pixels.dtype)
            return super().encode(pixels)

        def decode(self, codes: torch.Tensor) -> SimpleNamespace:
            used.append(codes.dtype)
            return super().decode(codes)

    used: list[torch.dtype] = []
    vae = OverflowingAutoencoder(kl=True, scaling_factor=2.0, force_upcast=narrow)
    picture = np.full((2, 2, 3), 255, np.uint8)
    assert (latents.decode_latents(vae, latents.encode_latents(vae, [picture]))[0] == picture).all()
    assert used == [torch.float32 if narrow else torch.float16] * 2 and vae.dtype == torch.float16
