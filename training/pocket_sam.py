"""Trains the pocket SAM: neck, prompt encoder and mask decoder on frozen EfficientNet-Lite0 maps.

Each step draws scenes and prompts of one kind for each (a first click, or a box), lets the network answer, and then
corrects it with clicks on its largest error, as people do (Kirillov et al. 2023, appendix A; Sofiiuk et al. 2022,
RITM). After the first click, every annotator's region under it is a right answer: each is taught to the nearest of the
three candidates. Loss: cross-entropy + dice + squared error of the predicted IoU.

    python -m training.pocket_sam --data ../shared/data --work ../pocket-sam --minutes 240

It resumes from `--work`, on CUDA where there is a GPU, and writes `pocket-sam.safetensors` there at every evaluation.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from core.models import torchvision_shim
from core.segment import pocket_sam
from training import prompts, regions
from training.prompts import RegionPrompt
from training.regions import Random, Scene
from training.run import Figures, Run, TrainingPlan, load_backbone, mean_of_each, training_device, training_parser

Loss = Callable[[Tensor, Tensor], Tensor]


def main() -> None:
    """The command line."""
    asked = training_parser(__doc__, minutes=240, rate=8e-4, pictures=4)
    asked.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    asked.add_argument("--size", type=int, default=pocket_sam.SIZE)
    asked.add_argument("--width", type=int, default=pocket_sam.WIDTH)
    asked.add_argument("--prompts", type=int, default=8, help="for a picture")
    asked.add_argument("--clicks", type=int, default=3, help="rounds for a prompt, at most")
    asked.add_argument("--every", type=float, default=10, help="minutes from one evaluation to the next")
    asked.add_argument("--boxes", type=float, default=0.4, help="share of the prompts that start with a box")
    asked.add_argument("--compile", action="store_true", help="3 minutes of compiling, then 1.7 times as fast on a CPU")
    options = asked.parse_args()
    torchvision_shim.ensure_torchvision()
    options.work.mkdir(parents=True, exist_ok=True)
    Trainer(options).run()


class Trainer:
    """The network, and one step of its training."""

    def __init__(self, options: argparse.Namespace) -> None:
        torch.manual_seed(options.seed)
        self.options, self.device = options, training_device()
        self.sam = pocket_sam.build_pocket_sam(load_backbone(), options.size, options.width).to(self.device).train()
        self.sam.image_encoder.backbone.eval()
        if options.start:
            self.sam.load_state_dict(load_file(options.start), strict=False)
        self.alike = Alike(options.width).to(self.device)
        self.decode, self.mask_loss = self.sam.mask_decoder.predict_masks, mask_loss
        if options.compile:
            torch._dynamo.config.cache_size_limit = 64  # one for every number of points
            self.decode = torch.compile(self.decode, dynamic=False)
            self.mask_loss = torch.compile(mask_loss, dynamic=True)

    def run(self) -> None:
        """Trains until the minutes are over."""
        options = self.options
        draw = regions.sampler(options.data, options.work, options.size, options.seed)
        plan = TrainingPlan(
            options.minutes, options.rate, options.every, betas=(0.9, 0.98), keep=0.999, seed=options.seed
        )
        run = Run({"model": self.sam, "alike": self.alike}, options.work / "pocket-sam.safetensors", plan)
        run.go(lambda rng: self.step([draw(rng) for _ in range(options.pictures)], rng))

    def step(self, scenes: list[Scene], rng: Random) -> tuple[Tensor | None, Figures]:
        """The loss over the scenes, None where none has a region, and the mean of what was measured on the way."""
        embeddings = self.sam.image_encoder(self.batch(scenes))
        losses, measured = list[Tensor](), list[Figures]()
        for embedding, scene in zip(embeddings, scenes, strict=True):
            drawn = prompts.draw_prompts(scene, self.options.prompts, self.options.size, rng)
            if drawn:
                one, figures = self.converse(embedding[None], drawn, rng)
                losses.append(one + self.alike(embedding, scene, rng))
                measured.append(figures)
        return torch.stack(losses).sum() / len(scenes) if losses else None, mean_of_each(measured)

    def batch(self, scenes: list[Scene]) -> Tensor:
        """The pictures as float (n, 3, size, size) in [-1, 1], padded with 0."""
        padded = np.full((len(scenes), self.options.size, self.options.size, 3), 127.5, np.float32)
        for picture, scene in zip(padded, scenes, strict=True):
            picture[: scene.picture.shape[0], : scene.picture.shape[1]] = scene.picture
        return torch.from_numpy(padded / 127.5 - 1).permute(0, 3, 1, 2).to(self.device)

    def converse(self, embedding: Tensor, asked: list[RegionPrompt], rng: Random) -> tuple[Tensor, Figures]:
        """Prompt, answer, correcting click, answer, ...: the summed loss, and mean IoU of each answer."""
        truths = torch.from_numpy(np.stack([p.truth for p in asked])).to(self.device)
        boxed = rng.random() < self.options.boxes
        points = np.zeros((len(asked), 0, 3), np.float32) if boxed else prompts.first_clicks(asked, rng)
        box = torch.from_numpy(prompts.jitter_boxes(asked, self.options.size, rng)).to(self.device) if boxed else None
        loss, figures = torch.zeros((), device=self.device), Figures()
        logits: Tensor | None = None
        for number in range(int(rng.integers(1, self.options.clicks + 1))):
            seen = logits if logits is not None and rng.random() < 0.7 else None
            masks, ious = self.answer(embedding, points, box, seen)
            several = number == 0 and not boxed
            others = [p.others for p in asked] if several else None
            one, chosen = answer_loss(self.mask_loss, masks, ious, truths, others)
            loss = loss + one
            picked = masks.detach()[torch.arange(len(asked)), chosen]
            figures[f"{'box' if boxed else 'click'} {number + 1}"] = float(batch_iou(picked > 0, truths).mean())
            logits = picked[:, None].clamp(-32, 32)
            points = prompts.add_corrections(points, (picked > 0).cpu().numpy(), asked, rng)
        figures["loss"] = float(loss.detach())
        return loss, figures

    def answer(self, embedding: Tensor, points: Any, box: Tensor | None, seen: Tensor | None) -> tuple[Tensor, Tensor]:
        """All four masks' logits (n, 4, low, low) and predicted IoUs (n, 4); the first is for unambiguous prompts."""
        clicks = None
        if points.shape[1]:
            where = torch.from_numpy(points).to(self.device)
            clicks = (where[..., :2], where[..., 2])
        sparse, dense = self.sam.prompt_encoder(points=clicks, boxes=box, masks=seen)
        place = self.sam.prompt_encoder.get_dense_pe()
        answers: tuple[Tensor, Tensor] = self.decode(embedding, place, sparse, dense)
        return answers


class Alike(torch.nn.Module):
    """A second task for the neck alone: cells of one region shall be alike, of two regions not.

    Every picture gives thousands of pairs at the cost of one product, long before the decoder knows what a click is.
    """

    def __init__(self, width: int, inner: int = 32) -> None:
        super().__init__()
        self.project = torch.nn.Conv2d(width, inner, 1)
        self.scale = torch.nn.Parameter(torch.tensor([8.0, -3.0]))

    def forward(self, embedding: Tensor, scene: Scene, rng: Random, count: int = 160) -> Tensor:
        """Cross-entropy of "the same region" over pairs of cells of an embedding (width, h, w)."""
        stride = pocket_sam.STRIDE
        layer = scene.layers[int(rng.integers(len(scene.layers)))]
        labels = torch.from_numpy(layer[stride // 2 :: stride, stride // 2 :: stride].astype(np.int64)).to(
            embedding.device
        )
        h, w = labels.shape
        cells = functional.normalize(self.project(embedding[None])[0, :, :h, :w].flatten(1), dim=0)
        chosen = torch.from_numpy(rng.permutation(h * w)[:count]).to(embedding.device)
        cells, names = cells[:, chosen], labels.flatten()[chosen]
        logits = self.scale[0] * (cells.T @ cells) + self.scale[1]
        same = (names[:, None] == names[None]).float()
        counted = ((names[:, None] > 0) | (names[None] > 0)).float()  # two nameless cells may be anything
        crossed = functional.binary_cross_entropy_with_logits(logits, same, reduction="none")
        return (counted * crossed).sum() / counted.sum().clamp(min=1)


def batch_iou(masks: Tensor, truths: Tensor) -> Tensor:
    """Intersection over union of bool (..., h, w) with 0/1 masks of a shape that fits."""
    inside = truths > 0.5
    return (masks & inside).sum((-1, -2)) / (masks | inside).sum((-1, -2)).clamp(min=1)


def mask_loss(logits: Tensor, truths: Tensor) -> Tensor:
    """Cross-entropy + dice of (..., h, w), one number a mask (Milletari et al. 2016).

    Inside counts for more where it is small, by the root of its share. SAM's 20 focal + dice, tried first, left the
    single mask empty for 270 steps.
    """
    share = truths.mean((-1, -2), keepdim=True).clamp(0.002, 0.998)
    weights = torch.where(truths > 0.5, share.rsqrt(), (1 - share).rsqrt())
    crossed = functional.binary_cross_entropy_with_logits(logits, truths, reduction="none")
    entropy = (weights * crossed).sum((-1, -2)) / weights.sum((-1, -2))
    shares = logits.sigmoid()
    overlap = 2 * (shares * truths).sum((-1, -2)) + 1
    dice = 1 - overlap / (shares.sum((-1, -2)) + truths.sum((-1, -2)) + 1)
    return 2 * entropy + dice


def answer_loss(
    mask_loss: Loss, masks: Tensor, ious: Tensor, truths: Tensor, others: list[Any] | None
) -> tuple[Tensor, Tensor]:
    """The loss of one answer, and which of its four masks a user would have taken.

    `others` is given after a first click alone: then the three candidates learn all the right answers, each from the
    nearest one, and the one with the best predicted IoU is taken; else the first mask is.
    """
    single = mask_loss(masks[:, 0], truths)
    actual = batch_iou(masks.detach()[:, :1] > 0, truths[:, None])
    rated = (ious[:, 0] - actual[:, 0]) ** 2
    if others is None:
        return (single + rated).mean(), torch.zeros(len(masks), dtype=torch.long)
    several = []
    for candidates, opinions, right in zip(masks[:, 1:], ious[:, 1:], others, strict=True):
        answers = torch.from_numpy(right).to(masks.device)
        every = candidates[None].expand(len(answers), -1, -1, -1)
        losses = mask_loss(every, answers[:, None].expand_as(every))  # (answers, 3)
        nearest = losses.min(dim=1).values
        # of the region that was meant, so that the best rated is the best guess at what people mean
        fits = batch_iou(candidates.detach() > 0, answers[:1])
        # the region that was meant counts as much as all of the other opinions
        several.append(0.5 * nearest[0] + 0.5 * nearest.mean() + ((opinions - fits) ** 2).mean())
    loss = (single + rated).mean() * 0.5 + torch.stack(several).mean()
    return loss, 1 + ious.detach()[:, 1:].argmax(dim=1).cpu()


if __name__ == "__main__":
    main()
