"""Trains the ControlNet of the pocket Stable Diffusion (Zhang et al. 2023): edges of a picture guide its frozen U-Net.

It begins as a copy of the U-Net's first half whose outputs are zero. The edges are Canny's, thick or thin, with pieces
missing, as a hand would draw them, of pictures in any style that are turned and bent half of the time: the captions,
and so the prior's guess, know nothing of that.

    W=../pocket-diffusion; python -m training.pocket_controlnet --cache ../emoji --vae ../pocket-vae/vae.safetensors \\
        --work $W --unet $W/unet.safetensors --prior $W/prior/prior.safetensors

It resumes from `--work`/controlnet, on CUDA where there is a GPU.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from core.models import torchvision_shim, weights
from training import chunks, pocket_diffusion, unsaid
from training.regions import Random
from training.run import Figures, Run, TrainingPlan, training_device, training_parser

if TYPE_CHECKING:
    from diffusers import ControlNetModel

# four widths, three of which halve the picture: 128 pixels to 16
CONDITION = (16, 32, 64, 96)
PATCH = 16  # pixels: edges go missing in squares
UNSURE, UNGUESSED = 0.3, 0.2  # as for the U-Net, but more: a drawn line counts more than the prior's guess


def main() -> None:
    """The command line."""
    asked = training_parser(__doc__, minutes=40, rate=5e-4, pictures=32)
    chunks.add_chunk_flags(asked, unsaid.CHUNKS)
    asked.add_argument("--unet", type=Path, required=True, help="weights of the U-Net")
    asked.add_argument("--prior", type=Path, required=True, help="weights of the prior")
    options = asked.parse_args()
    torchvision_shim.ensure_torchvision()
    seen = options.work / unsaid.FOLDER
    for folder in (options.work / "controlnet", seen):
        folder.mkdir(parents=True, exist_ok=True)
    chunks.prepare(options.cache, options.vae, seen, options.chunks, options.seed, unsaid.composer)
    train_controlnet(options)


def build_controlnet(unet: Any) -> ControlNetModel:
    """The network: a copy of the U-Net's first half, and a small one that shrinks the edges by 8."""
    from diffusers import ControlNetModel

    return ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=CONDITION)


def train_controlnet(options: argparse.Namespace) -> None:
    """Until the minutes are over."""
    torch.manual_seed(options.seed)
    unet = pocket_diffusion.build_unet().to(training_device(), memory_format=torch.channels_last)
    weights.load_trained(unet, options.unet)
    net = build_controlnet(unet).to(training_device(), memory_format=torch.channels_last)
    if options.start:
        weights.load_trained(net, options.start)
    unet.requires_grad_(False)
    data = chunks.Chunks(options.work / unsaid.FOLDER, options.chunks)
    noises = pocket_diffusion.schedule().alphas_cumprod.to(training_device())
    conditioned = pocket_diffusion.Conditions(options.prior, data, UNSURE, UNGUESSED)

    def step(rng: Random) -> tuple[Tensor, Figures]:
        seen = data.batch(options.pictures, rng)
        edges = roughen_edges(seen.edges()).expand(-1, 3, -1, -1)
        given = conditioned(seen)

        def velocity(noisy: Tensor, at: Tensor) -> Tensor:
            down, middle = net(noisy, at, given, controlnet_cond=edges, return_dict=False)
            extra = {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
            found: Tensor = unet(noisy, at, given, return_dict=False, **extra)[0]
            return found

        return pocket_diffusion.velocity_loss(velocity, seen.codes, noises)

    plan = TrainingPlan(options.minutes, options.rate, every=5, keep=0.998, seed=options.seed)
    Run({"model": net}, options.work / "controlnet" / "controlnet.safetensors", plan).go(step)


def roughen_edges(edges: Tensor) -> Tensor:
    """Edges float (n, 1, H, W) as somebody might draw them: half of them thicker, some with squares left out."""
    n, _, h, w = edges.shape
    thick = torch.nn.functional.max_pool2d(edges, 3, stride=1, padding=1)
    edges = torch.where(torch.rand(n, 1, 1, 1, device=edges.device) < 0.5, thick, edges)
    share = 0.4 * torch.rand(n, 1, 1, 1, device=edges.device).square()
    kept = (torch.rand(n, 1, h // PATCH, w // PATCH, device=edges.device) >= share).float()
    return edges * torch.nn.functional.interpolate(kept, size=(h, w))


if __name__ == "__main__":
    main()
