"""Pictures into the code of an autoencoder and back, for every autoencoder of diffusers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from core.images import RGB
from core.models.memory import offload

if TYPE_CHECKING:
    import torch


def encode_latents(vae: Any, pictures: Sequence[RGB]) -> torch.Tensor:
    """The codes float32 (n, channels, h, w) as diffusion models know them: of mean 0 and deviation 1 or so.

    Args:
        vae: of diffusers; one that draws its code at random gives the likeliest.
        pictures: HWC uint8 RGB, all of one size.
    """
    import torch

    pixels = torch.from_numpy(np.stack(pictures)).to(offload.compute_device(vae)).permute(0, 3, 1, 2)  # (n, 3, H, W)
    with torch.no_grad(), _upcast_vae(vae):
        found = vae.encode(pixels.to(vae.dtype) / 127.5 - 1)
    latents = found.latents if hasattr(found, "latents") else found.latent_dist.mode()
    shift, scale = _shift_and_scale(vae)
    codes: torch.Tensor = (latents.float() - shift) * scale
    return codes


def decode_latents(vae: Any, codes: torch.Tensor) -> list[RGB]:
    """What the codes (n, channels, h, w) mean, HWC uint8 RGB."""
    import torch

    shift, scale = _shift_and_scale(vae)
    place = offload.compute_device(vae)
    with torch.no_grad(), _upcast_vae(vae):
        pixels = vae.decode((codes / scale + shift).to(place, vae.dtype)).sample  # (n, 3, H, W) in [-1, 1]
    values = (pixels.float() * 127.5 + 127.5).clamp(0, 255).round().to(torch.uint8)
    return list(values.permute(0, 2, 3, 1).cpu().numpy())


def unpack_tokens(vae: Any, codes: torch.Tensor, shape: tuple[int, int] | None = None) -> torch.Tensor:
    """The codes of pictures (n, channels, h, w), where a transformer has them as a row of tokens.

    FLUX.2 makes one token of 2 x 2 places, and takes mean and deviation of each number away.

    Args:
        vae: of diffusers.
        codes: (n, tokens, 4 channels), or (n, channels, h, w), which stays.
        shape: rows and columns of tokens; None for a square.
    """
    if codes.ndim == 4:
        return codes
    n, tokens, width = codes.shape
    rows, columns = shape or (round(tokens**0.5),) * 2
    scale = (vae.bn.running_var + vae.config.batch_norm_eps).sqrt()
    values = codes.to(scale) * scale + vae.bn.running_mean
    # (n, y, x, channel, y in the token, x in the token) -> (n, channel, y, y in it, x, x in it)
    places = values.reshape(n, rows, columns, width // 4, 2, 2).permute(0, 3, 1, 4, 2, 5)
    unfolded: torch.Tensor = places.reshape(n, width // 4, 2 * rows, 2 * columns)
    return unfolded


@contextmanager
def _upcast_vae(vae: Any) -> Iterator[None]:
    """The autoencoder in float32 where its own settings say that half precision is too narrow, as SDXL's do."""
    import torch

    narrow = vae.dtype == torch.float16 and getattr(vae.config, "force_upcast", False)
    if narrow:
        vae.to(torch.float32)
    try:
        yield
    finally:
        if narrow:
            vae.to(torch.float16)


def _shift_and_scale(vae: Any) -> tuple[float, float]:
    """Mean and inverse deviation of the numbers that come out of the encoder."""
    shift, scale = (getattr(vae.config, name, None) for name in ("shift_factor", "scaling_factor"))
    return float(shift or 0), float(scale or 1)
