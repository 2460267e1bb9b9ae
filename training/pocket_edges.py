"""Trains the learned edges: a decoder on frozen EfficientNet-Lite0 maps, on the boundaries of BSDS500 train.

Crops are turned, scaled, mirrored and recoloured. A pixel that at least a third of the people drew is a boundary, one
that nobody drew is none, and those between do not count (Liu et al. 2017, RCF). Loss: cross-entropy balanced by class,
at the answer and, deeply supervised (Xie and Tu 2015), at every stride, and dice at the answer (Deng et al. 2018),
which makes lines thin.

    python -m training.pocket_edges --data ../shared/data --work ../pocket-edges --minutes 60

It resumes from `--work`, on CUDA where there is a GPU, and writes `pocket-edges.safetensors` there as it goes.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from core import images
from core.edges import pocket
from core.images import RGB, Grey
from core.models import torchvision_shim
from training.regions import Random, recolour_picture
from training.run import Figures, Run, TrainingPlan, load_backbone, training_device, training_parser

ENOUGH = 0.3  # part of the people that makes a boundary


def main() -> None:
    """The command line."""
    asked = training_parser(__doc__, minutes=60, rate=2e-3, pictures=6)
    asked.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    asked.add_argument("--crop", type=int, default=288)
    asked.add_argument("--positive", type=float, default=1.1, help="how much more than their share boundaries count")
    options = asked.parse_args()
    torchvision_shim.ensure_torchvision()
    options.work.mkdir(parents=True, exist_ok=True)
    train_edges(options)


@dataclass(frozen=True)
class BoundaryPicture:
    """A picture uint8 (h, w, 3), and the share of people who drew a boundary within a pixel, float32 (h, w)."""

    picture: RGB
    share: Grey


def load_boundary_pictures(data: Path, split: str) -> list[BoundaryPicture]:
    """BSDS500."""
    found = []
    for path in sorted((data / "bsds500" / split).glob("*.npz")):
        picture = images.to_rgb(path.with_suffix(".jpg"))
        people = np.unpackbits(np.load(path)["boundaries"], axis=-1)[..., : picture.shape[1]]
        # hands are not steady: lines one pixel apart are the same line
        near = [cv2.dilate(person, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))) for person in people]
        found.append(BoundaryPicture(picture, np.mean(near, axis=0, dtype=np.float32)))
    return found


def crop(one: BoundaryPicture, side: int, rng: Random) -> BoundaryPicture:
    """A square of `side` pixels from the picture turned by any angle, scaled by 0.6 to 1.6 and perhaps mirrored."""
    h, w = one.share.shape
    turn, scale = rng.uniform(-20, 20) + 90 * rng.integers(4), float(np.exp(rng.uniform(np.log(0.6), np.log(1.6))))
    centre = (rng.uniform(0.3, 0.7) * w, rng.uniform(0.3, 0.7) * h)
    matrix = cv2.getRotationMatrix2D(centre, turn, scale)
    matrix[:, 2] += side / 2 - np.array(centre)
    if rng.random() < 0.5:
        matrix[0] = np.array([0, 0, side]) - matrix[0]
    shape, border = (side, side), cv2.BORDER_REFLECT_101
    picture = cv2.warpAffine(one.picture, matrix, shape, flags=cv2.INTER_LINEAR, borderMode=border)
    share = cv2.warpAffine(one.share, matrix, shape, flags=cv2.INTER_LINEAR, borderMode=border)
    return BoundaryPicture(recolour_picture(picture, rng), np.asarray(share, np.float32))


def train_edges(options: argparse.Namespace) -> None:
    """Until the minutes are over."""
    torch.manual_seed(options.seed)
    net = pocket.PocketEdges(load_backbone()).to(training_device())
    if options.start:
        here = net.state_dict()
        fits = {name: t for name, t in load_file(options.start).items() if t.shape == here[name].shape}
        net.load_state_dict(fits, strict=False)
    plan = TrainingPlan(options.minutes, options.rate, seed=options.seed)
    run = Run({"model": net}, options.work / "pocket-edges.safetensors", plan)
    pictures = load_boundary_pictures(options.data, "train")

    def step(rng: Random) -> tuple[Tensor, Figures]:
        batch = [crop(pictures[int(rng.integers(len(pictures)))], options.crop, rng) for _ in range(options.pictures)]
        stacked = np.stack([b.picture for b in batch]).astype(np.float32) / 127.5 - 1
        answers = net.forward_with_sides(torch.from_numpy(stacked).permute(0, 3, 1, 2).to(training_device()))
        share = torch.from_numpy(np.stack([b.share for b in batch]))[:, None].to(training_device())
        return edge_loss(answers, share, options.positive)

    run.go(step)


def edge_loss(answers: list[Tensor], share: Tensor, positive: float) -> tuple[Tensor, Figures]:
    """The loss of the answer and of every stride, and what it was."""
    yes, no = share > ENOUGH, share < 0.02
    counted = yes | no
    part = no.sum() / counted.sum()
    weights = torch.where(yes, positive * part, 1 - part) * counted
    targets = yes.float()
    crossed = [
        functional.binary_cross_entropy_with_logits(answer, targets, weight=weights, reduction="sum") / counted.sum()
        for answer in answers
    ]
    shares = answers[0].sigmoid() * counted
    dice = 1 - (2 * (shares * targets).sum() + 1) / ((shares**2).sum() + targets.sum() + 1)
    loss = crossed[0] + 0.3 * torch.stack(crossed[1:]).sum() + dice
    return loss, {"loss": float(loss.detach()), "dice": float(dice.detach()), "crossed": float(crossed[0].detach())}


if __name__ == "__main__":
    main()
