"""Trains the prior of the pocket Stable Diffusion: from MiniLM's words to a first guess of the picture's code.

It sees the chunks that `training/pocket_diffusion.py` makes and learns their codes by squared error while it is told
what is where; beside that it learns which words name the things, and where these are. What the names mean it need not
learn.

    python -m training.pocket_prior --cache ../emoji --vae ../pocket-vae/vae.safetensors --work ../pocket-diffusion
"""

from __future__ import annotations

import argparse

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from core.generate.prior import KnownLayout, Prior
from core.models import torchvision_shim, weights
from training import chunks, naming
from training.regions import Random
from training.run import Figures, Run, TrainingPlan, training_device, training_parser

NAMING, PLACING = 1.0, 0.1  # of the loss
# against learning captions by heart: noise on the words, whose mean square is 0.43 squared, and tokens left out
NOISE, FORGOTTEN = 0.1, 0.1


def main() -> None:
    """The command line."""
    asked = training_parser(__doc__, minutes=20, rate=1e-3, pictures=256)
    chunks.add_chunk_flags(asked, 16)
    asked.add_argument("--plain", type=float, default=0.3, help="share of the pictures that are one thing as usual")
    options = asked.parse_args()
    torchvision_shim.ensure_torchvision()
    chunks.prepare(options.cache, options.vae, options.work, options.chunks, options.seed)
    train_prior(options)


def train_prior(options: argparse.Namespace) -> None:
    """Until the minutes are over."""
    torch.manual_seed(options.seed)
    prior = Prior()
    set_memory_keys(prior, chunks.encode_thing_names(options.cache))
    if options.start:
        weights.load_trained(prior, options.start)
    prior.to(training_device())
    data = chunks.Chunks(options.work, options.chunks)

    def step(rng: Random) -> tuple[Tensor, Figures]:
        return prior_loss(prior, data.batch(options.pictures, rng, options.plain, empty=0.02))

    (options.work / "prior").mkdir(exist_ok=True)
    plan = TrainingPlan(options.minutes, options.rate, every=2, keep=0.99, seed=options.seed)
    Run({"model": prior}, options.work / "prior" / "prior.safetensors", plan).go(step)


@torch.no_grad()
def set_memory_keys(prior: Prior, names: Tensor) -> None:
    """Its memory is asked for what MiniLM makes of the names of things, (things, 384); this is not learnt."""
    prior.keys[: len(names)] = names
    prior.keys[len(names) :] = 0


def prior_loss(prior: Prior, seen: chunks.Batch) -> tuple[Tensor, Figures]:
    """Squared error of the codes, and cross entropy of the things that are there and of where they are."""
    kept = torch.rand(seen.mask.shape, device=seen.mask.device) >= FORGOTTEN
    kept[:, 0] = True  # the token that begins every caption
    words = seen.words + NOISE * torch.randn_like(seen.words)
    found = prior(words, seen.mask & kept, known=KnownLayout(seen.things, seen.boxes))
    error = (found.code - seen.codes).square().mean((1, 2, 3))
    named = naming.error(prior.names_it(words), seen.named, seen.mask)
    placed = cross_entropy(found.boxes.flatten(0, 1), seen.boxes.flatten())
    right = (found.things.argmax(-1) == seen.things)[seen.things >= 0].float().mean()
    where = (found.boxes.argmax(-1) == seen.boxes).float().mean()
    two = error.detach()[seen.things[:, 1] >= 0].mean()
    figures = {"error": float(error.detach().mean()), "two": float(two), "named": float(right), "placed": float(where)}
    return error.mean() + NAMING * named + PLACING * placed, figures


if __name__ == "__main__":
    main()
