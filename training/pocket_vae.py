"""Trains the autoencoder of the pocket Stable Diffusion: 128 x 128 pixels to 16 x 16 codes of 4 numbers and back.

A diffusers `AutoencoderTiny` on composed emoji (`training/world.py`). Loss: absolute error of the pixels, of their
gradients, which keeps outlines sharp, and of the maps in EfficientNet-Lite0's first stages (perceptual loss, Johnson
et al. 2016); and what the codes' means and deviations are off 0 and 1. The decoder sees codes with noise, as a
diffusion model's are.

    python -m training.pocket_vae --cache ../emoji --work ../pocket-vae --minutes 30

It resumes from `--work`, on CUDA where there is a GPU, and writes `vae.safetensors` there as it goes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from core.models import torchvision_shim, weights
from training import world
from training.regions import Random
from training.run import Figures, Run, TrainingPlan, load_backbone, training_device, training_parser

if TYPE_CHECKING:
    from diffusers import AutoencoderTiny

SIDE, CODES, WIDTH = 128, 4, 32
SHRINKS = 8
STAGES = 5  # of the classifier: maps of 64, 32, 16, 8 and 8 pixels
DECODER = (5, 4, 2, 0)  # blocks at 16, 32, 64 and 128 pixels
NOISE = 0.05  # standard deviation of what is added to the codes, whose own is about 1


def main() -> None:
    """The command line."""
    asked = training_parser(__doc__, minutes=30, rate=2e-3, pictures=16)
    asked.add_argument("--cache", type=Path, required=True, help="fetched and drawn emoji")
    asked.add_argument("--decoder", action="store_true", help="the codes stay as they are: only the decoder learns")
    options = asked.parse_args()
    torchvision_shim.ensure_torchvision()
    options.work.mkdir(parents=True, exist_ok=True)
    train_vae(options)


def build_vae() -> AutoencoderTiny:
    """The network, untrained; every level has the same width, as this class wants it."""
    from diffusers import AutoencoderTiny

    return AutoencoderTiny(
        encoder_block_out_channels=(WIDTH,) * 4,
        decoder_block_out_channels=(WIDTH,) * 4,
        num_encoder_blocks=(0, 0, 3, 5),
        num_decoder_blocks=DECODER,
        latent_channels=CODES,
    )


def train_vae(options: argparse.Namespace) -> None:
    """Until the minutes are over."""
    torch.manual_seed(options.seed)
    vae = build_vae().to(training_device(), memory_format=torch.channels_last)  # 1.6 times as fast on a CPU
    if options.start:
        weights.load_trained(vae, options.start)
    vae.encoder.requires_grad_(not options.decoder)
    compose = world.Composer(world.load_emoji_concepts(options.cache, 128), SIDE)
    run = Run(
        {"model": vae},
        options.work / "vae.safetensors",
        TrainingPlan(options.minutes, options.rate, seed=options.seed, muon=True),
    )
    look = Look(load_backbone())
    run.go(lambda rng: vae_loss(vae, look, batch(compose, options.pictures, rng)))


def batch(compose: world.Composer, count: int, rng: Random) -> Tensor:
    """Float (count, 3, 128, 128) in [-1, 1]."""
    pictures = np.stack([compose(rng).picture for _ in range(count)])
    return torch.from_numpy(pictures).to(training_device()).permute(0, 3, 1, 2).float() / 127.5 - 1


class Look(torch.nn.Module):
    """Maps of a classifier's first stages, frozen."""

    def __init__(self, net: torch.nn.Module) -> None:
        super().__init__()
        self.net: Any = net.eval().requires_grad_(False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """For pictures (n, 3, H, W) in [-1, 1]: maps of each stage, every place of unit length."""
        x, maps = self.net.bn1(self.net.conv_stem(pictures)), []
        for stage in self.net.blocks[:STAGES]:
            x = stage(x)
            maps.append(torch.nn.functional.normalize(x, dim=1))
        return maps


def vae_loss(vae: AutoencoderTiny, look: Look, pictures: Tensor) -> tuple[Tensor, Figures]:
    """The loss of one round trip, and what it was."""
    codes = vae.encode(pictures).latents
    again = vae.decode(codes + NOISE * torch.randn_like(codes)).sample
    error = (again - pictures).abs().mean()
    sharp = sum((difference(again, axis) - difference(pictures, axis)).abs().mean() for axis in (2, 3))
    nearer = cut()
    with torch.no_grad():
        wanted = look(nearer(pictures))
    seen = torch.stack([(a - b).square().sum(1).mean() for a, b in zip(look(nearer(again)), wanted, strict=True)]).sum()
    # the U-Net wants numbers of mean 0 and deviation 1, and pipelines can only scale them
    means, deviations = codes.mean((0, 2, 3)), codes.std((0, 2, 3))
    loss = error + 0.5 * sharp + 0.1 * seen + 0.02 * (means.square() + (deviations - 1).square()).mean()
    psnr = -10 * float(torch.log10((again.detach() - pictures).square().mean() / 4))
    return loss, {
        "loss": float(loss.detach()),
        "psnr": psnr,
        "seen": float(seen.detach()),
        "spread": float(codes.detach().std()),
    }


def cut() -> Callable[[Tensor], Tensor]:
    """Half of the time pictures as they are, else one ninth of the places where a small thing may be, enlarged."""
    if torch.rand(()) < 0.5:
        return lambda pictures: pictures
    half = SIDE // 2
    row, column = (torch.randint(3, (2,)) * half // 2).tolist()
    return lambda pictures: torch.nn.functional.interpolate(
        pictures[:, :, row : row + half, column : column + half], size=SIDE, mode="bilinear"
    )


def difference(pictures: Tensor, axis: int) -> Tensor:
    """From each pixel to the next along an axis."""
    return pictures.diff(dim=axis)


if __name__ == "__main__":
    main()
