"""Trains the U-Net of the pocket Stable Diffusion on composed emoji: codes of `training/pocket_vae.py`, MiniLM's words.

Beside the words it sees the guess of the prior (`training/pocket_prior.py`), so that it need not remember what things
look like: it learns to turn words, guess and noise into a clean picture.

Pictures are drawn, encoded and put to words once, in chunks on disk; the U-Net then sees them several times. It
predicts the velocity (Salimans and Ho 2022) on a schedule that ends in pure noise (Lin et al. 2024), nearly clean
pictures counting less (after min-SNR, Hang et al. 2023); a tenth of the captions is empty, for guidance (Ho and
Salimans 2022).

    W=../pocket-diffusion; alias train="python -m training.pocket_diffusion --cache ../emoji --work $W \\
        --vae ../pocket-vae/vae.safetensors --prior $W/prior/prior.safetensors --pictures 16 --rate 12e-4 --plain 0.3"
    train --minutes 10 --noisy inf --to $W/first; train --start $W/first/unet.safetensors

In the first minutes it sees the last step alone, which is noise and nothing else: it learns to read the guess.
It resumes from `--work`, on CUDA where there is a GPU, and writes `unet.safetensors` there as it goes.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.generate.prior import SHARPNESS, Prior, code_to_tokens
from core.models import torchvision_shim, weights
from training import chunks, pocket_vae, unsaid
from training.oriented import CoordinateLoss
from training.regions import Random
from training.run import Figures, Run, TrainingPlan, training_device, training_parser

if TYPE_CHECKING:
    from diffusers import DDPMScheduler, UNet2DConditionModel

WORDS = 384  # numbers of a token
WIDTHS = (64, 192)
HEAD = 32
SNR_AT_MOST = 5.0
ORIENTED = 0.3  # of the loss
TELLING = 0.8  # share of the steps: later ones hide the picture, and then the words are all there is to go by
UNSURE, UNGUESSED = 0.3, 0.1  # noise on the guess at most, and the share of pictures without it


def main() -> None:
    """The command line."""
    asked = training_parser(__doc__, minutes=240, rate=8e-4, pictures=32)
    chunks.add_chunk_flags(asked, 16)
    asked.add_argument("--prior", type=Path, required=True, help="weights of the prior")
    asked.add_argument("--plain", type=float, default=0, help="share of the pictures that are one thing as usual")
    asked.add_argument("--noisy", type=float, default=1, help="above 1: more of the late steps; inf: only the last one")
    asked.add_argument("--unsure", type=float, default=UNSURE, help="noise on the guess at most")
    asked.add_argument("--to", type=Path, help="folder of weights, checkpoint and log (default: that of the chunks)")
    asked.add_argument("--unsaid", type=float, default=0, help="share of steps with pictures that captions do not tell")
    options = asked.parse_args()
    torchvision_shim.ensure_torchvision()
    options.work.mkdir(parents=True, exist_ok=True)
    chunks.prepare(options.cache, options.vae, options.work, options.chunks, options.seed)
    if options.unsaid:
        seen = options.work / unsaid.FOLDER
        seen.mkdir(exist_ok=True)
        chunks.prepare(options.cache, options.vae, seen, unsaid.CHUNKS, options.seed, unsaid.composer)
    train_unet(options)


def build_unet() -> UNet2DConditionModel:
    """The network, untrained."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=pocket_vae.SIDE // pocket_vae.SHRINKS,
        in_channels=pocket_vae.CODES,
        out_channels=pocket_vae.CODES,
        # words and guess act at 8 x 8, where a token of the guess is a place; coarser levels could not unpack it, for
        # all four places that come of one by enlarging look alike
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=WIDTHS,
        layers_per_block=1,
        resnet_time_scale_shift="scale_shift",
        attention_head_dim=tuple(width // HEAD for width in WIDTHS),  # diffusers means the number of heads
        cross_attention_dim=WORDS,
        # the caption as a whole also moves every layer, beside the time: it learns faster so
        addition_embed_type="text",
        addition_embed_type_num_heads=WORDS // 64,
    )


def schedule() -> DDPMScheduler:
    """1,000 steps, the last of which is noise alone."""
    from diffusers import DDPMScheduler

    return DDPMScheduler(
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,
        clip_sample=False,
    )


def train_unet(options: argparse.Namespace) -> None:
    """Until the minutes are over."""
    torch.manual_seed(options.seed)
    unet = build_unet().to(training_device(), memory_format=torch.channels_last)
    if options.start:
        weights.load_trained(unet, options.start)
    oriented = CoordinateLoss(unet).to(training_device())
    data = chunks.Chunks(options.work, options.chunks)
    other = chunks.Chunks(options.work / unsaid.FOLDER, unsaid.CHUNKS) if options.unsaid else data
    print(f"spread of the codes: {data.spread:.4f}", flush=True)
    noises, conditioned = (
        schedule().alphas_cumprod.to(training_device()),
        Conditions(options.prior, data, options.unsure),
    )
    plan = TrainingPlan(options.minutes, options.rate, every=5, keep=0.998, seed=options.seed)

    def step(rng: Random) -> tuple[Tensor, Figures]:
        strange = rng.random() < options.unsaid
        seen = other.batch(options.pictures, rng) if strange else data.batch(options.pictures, rng, options.plain)
        given, until = conditioned(seen), TELLING if strange else 1.0
        velocity = functools.partial(_velocity, unet, given)
        loss, figures = velocity_loss(velocity, seen.codes, noises, options.noisy, until)
        lost = oriented()
        return loss + ORIENTED * lost, figures | {"lost": float(lost.detach())}

    to = options.to or options.work
    to.mkdir(parents=True, exist_ok=True)
    Run({"model": unet, "oriented": oriented}, to / "unet.safetensors", plan).go(step)


def _velocity(unet: UNet2DConditionModel, given: Tensor, noisy: Tensor, at: Tensor) -> Tensor:
    found: Tensor = unet(noisy, at, given, return_dict=False)[0]
    return found


class Conditions:
    """What the U-Net attends to: words, and the prior's guess, which is noisy or left out at times.

    At hand the guess is better than it will be of what people write, so the U-Net must not trust it blindly (Ho et al.
    2022 call it conditioning augmentation).
    """

    def __init__(self, prior: Path, data: chunks.Chunks, unsure: float = UNSURE, unguessed: float = UNGUESSED) -> None:
        self.unsure, self.unguessed = unsure, unguessed
        self.prior = Prior().to(training_device()).eval()
        weights.load_trained(self.prior, prior)
        words = torch.from_numpy(data.empty).to(training_device()).float()[None]
        mask = torch.arange(words.shape[1], device=training_device())[None] < data.length
        with torch.inference_mode():
            self.nothing = self.prior(words, mask, SHARPNESS).code.clone()

    @torch.no_grad()
    def __call__(self, seen: chunks.Batch) -> Tensor:
        """(n, 96, 384)."""
        code = self.prior(seen.words, seen.mask, SHARPNESS).code
        some = (len(code), 1, 1, 1)
        code = code + self.unsure * torch.rand(some, device=code.device) * torch.randn_like(code)
        code = torch.where(torch.rand(some, device=code.device) < self.unguessed, self.nothing, code)
        return torch.cat([seen.words, code_to_tokens(code)], 1)


def velocity_loss(
    velocity: Callable[[Tensor, Tensor], Tensor], clean: Tensor, noises: Tensor, noisy: float = 1, until: float = 1
) -> tuple[Tensor, Figures]:
    """The weighted squared error of the velocity at random steps, and what it was where the picture is hidden or clear.

    Args:
        velocity: of noisy codes (n, channels, h, w) at steps (n,).
        clean: codes (n, channels, h, w).
        noises: share of the signal's power at every step, (steps,).
        noisy: above 1, the late steps come up more often: step s with a density of s to the power of this less 1.
        until: share of the steps that come up at all, the early ones.
    """
    share = until * torch.rand(len(clean), device=clean.device) ** (1 / noisy)
    at = (share * len(noises)).long().clamp(max=len(noises) - 1)
    signal, noise = noises[at].sqrt()[:, None, None, None], torch.randn_like(clean)
    rest = (1 - noises[at]).sqrt()[:, None, None, None]
    found = velocity(signal * clean + rest * noise, at)
    error = (found - (signal * noise - rest * clean)).square().mean((1, 2, 3))
    ratio = noises[at] / (1 - noises[at]).clamp(min=1e-8)
    loss = (error * (ratio.clamp(max=SNR_AT_MOST) + 1) / (ratio + 1)).mean()
    figures, share = {"loss": float(loss.detach())}, at / len(noises)
    for name, part in (("hidden", share > 0.9), ("noisy", (share > 0.5) & (share <= 0.9)), ("clear", share <= 0.5)):
        if part.any():
            figures[name] = float(error.detach()[part].mean())
    return loss, figures


if __name__ == "__main__":
    main()
