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
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from core import models
from core.models import partial, pocket_sam, torchvision_ops
from training import regions
from training.regions import Random, Scene

Loss = Callable[[Tensor, Tensor], Tensor]

LOW = 4  # pixels of the network's picture to one of a mask's


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    flags.add_argument("--work", type=Path, required=True, help="checkpoints, log, cache of drawn emoji")
    flags.add_argument("--minutes", type=float, default=240)
    flags.add_argument("--size", type=int, default=pocket_sam.SIZE)
    flags.add_argument("--width", type=int, default=pocket_sam.WIDTH)
    flags.add_argument("--pictures", type=int, default=4, help="in a step")
    flags.add_argument("--prompts", type=int, default=8, help="for a picture")
    flags.add_argument("--clicks", type=int, default=3, help="rounds for a prompt, at most")
    flags.add_argument("--rate", type=float, default=8e-4)
    flags.add_argument("--every", type=float, default=10, help="minutes from one evaluation to the next")
    flags.add_argument("--boxes", type=float, default=0.4, help="share of the prompts that start with a box")
    flags.add_argument("--start", type=Path, help="weights of an earlier run to begin with, instead of at random")
    flags.add_argument("--seed", type=int, default=0)
    flags.add_argument("--compile", action="store_true", help="3 minutes of compiling, then 1.7 times as fast on a CPU")
    options = flags.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    Trainer(options).run()


class Trainer:
    """The state of a run, and its loop."""

    def __init__(self, options: argparse.Namespace) -> None:
        torch.manual_seed(options.seed)
        self.options = options
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.sam = pocket_sam.build(backbone(), options.size, options.width).to(self.device).train()
        self.sam.image_encoder.backbone.eval()
        if options.start:
            self.sam.load_state_dict(load_file(options.start), strict=False)
        self.alike = Alike(options.width).to(self.device)
        self.parameters = [p for p in (*self.sam.parameters(), *self.alike.parameters()) if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=options.rate, weight_decay=0.01, betas=(0.9, 0.98))
        self.average = [p.detach().clone() for p in self.parameters]
        self.step, self.seconds = 0, 0.0
        self.decode, self.mask_loss = self.sam.mask_decoder.predict_masks, mask_loss
        if options.compile:
            torch._dynamo.config.cache_size_limit = 64  # one for every number of points
            self.decode, self.mask_loss = (
                torch.compile(self.decode, dynamic=False),
                torch.compile(mask_loss, dynamic=True),
            )
        self.file = options.work / "checkpoint.pt"
        if self.file.is_file():
            self.resume()

    def resume(self) -> None:
        """Goes on where the checkpoint stopped."""
        kept = torch.load(self.file, map_location=self.device, weights_only=True)
        self.sam.load_state_dict(kept["model"], strict=False)
        self.alike.load_state_dict(kept["alike"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.average = kept["average"]
        self.step, self.seconds = kept["step"], kept["seconds"]

    def save(self) -> None:
        """The checkpoint, whole or not at all."""
        state: dict[str, Any] = {"model": partial.trained(self.sam), "optimizer": self.optimizer.state_dict()}
        state |= {"alike": self.alike.state_dict(), "average": self.average, "step": self.step, "seconds": self.seconds}
        torch.save(state, self.file.with_suffix(".new"))
        self.file.with_suffix(".new").replace(self.file)

    def run(self) -> None:
        """Trains until the minutes are over."""
        draw = regions.sampler(self.options.data, self.options.work, self.options.size, self.options.seed)
        whole, shown = 60 * self.options.minutes, self.seconds
        rng = np.random.default_rng([self.options.seed, self.step])
        recent: list[dict[str, float]] = []
        while self.seconds < whole:
            start = time.perf_counter()
            recent.append(self.train([draw(rng) for _ in range(self.options.pictures)], rng, self.seconds / whole))
            self.seconds += time.perf_counter() - start
            if self.seconds - shown > 60 * self.options.every or self.seconds >= whole:
                shown = self.seconds
                self.report(recent[-200:])
                recent = []

    def train(self, scenes: list[Scene], rng: Random, progress: float) -> dict[str, float]:
        """One step; returns the mean of what was measured on the way."""
        rate = self.options.rate * min(1, self.step / 100) * (0.02 + 0.49 * (1 + math.cos(math.pi * progress)))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        embeddings = self.sam.image_encoder(self.batch(scenes))
        measured = []
        loss = torch.zeros((), device=self.device)
        for embedding, scene in zip(embeddings, scenes, strict=True):
            prompts = draw_prompts(scene, self.options.prompts, self.options.size, rng)
            if prompts:
                one, figures = self.converse(embedding[None], prompts, rng)
                loss = loss + one + self.alike(embedding, scene, rng)
                measured.append(figures)
        self.optimizer.zero_grad()
        if measured:
            (loss / len(scenes)).backward()
            torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
            self.optimizer.step()
        self.step += 1
        keep = min(0.999, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self.average, [p.detach() for p in self.parameters], 1 - keep)
        return mean_of_each(measured)

    def batch(self, scenes: list[Scene]) -> Tensor:
        """The pictures as float (n, 3, size, size) in [-1, 1], padded with 0."""
        padded = np.full((len(scenes), self.options.size, self.options.size, 3), 127.5, np.float32)
        for picture, scene in zip(padded, scenes, strict=True):
            picture[: scene.picture.shape[0], : scene.picture.shape[1]] = scene.picture
        return torch.from_numpy(padded / 127.5 - 1).permute(0, 3, 1, 2).to(self.device)

    def converse(self, embedding: Tensor, prompts: list[Prompt], rng: Random) -> tuple[Tensor, dict[str, float]]:
        """Prompt, answer, correcting click, answer, ...: the summed loss, and mean IoU of each answer."""
        truths = torch.from_numpy(np.stack([p.truth for p in prompts])).to(self.device)
        boxed = rng.random() < self.options.boxes
        points = np.zeros((len(prompts), 0, 3), np.float32) if boxed else first_clicks(prompts, rng)
        box = torch.from_numpy(jittered(prompts, self.options.size, rng)).to(self.device) if boxed else None
        loss, figures = torch.zeros((), device=self.device), dict[str, float]()
        logits: Tensor | None = None
        for number in range(int(rng.integers(1, self.options.clicks + 1))):
            seen = logits if logits is not None and rng.random() < 0.7 else None
            masks, ious = self.answer(embedding, points, box, seen)
            several = number == 0 and not boxed
            others = [p.others for p in prompts] if several else None
            one, chosen = teach(self.mask_loss, masks, ious, truths, others)
            loss = loss + one
            picked = masks.detach()[torch.arange(len(prompts)), chosen]
            figures[f"{'box' if boxed else 'click'} {number + 1}"] = float(iou(picked > 0, truths).mean())
            logits = picked[:, None].clamp(-32, 32)
            points = corrected(points, (picked > 0).cpu().numpy(), prompts, rng)
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

    def report(self, recent: list[dict[str, float]]) -> None:
        """Writes checkpoint, weights and one line of the log."""
        self.save()
        line = {"step": self.step, "minutes": round(self.seconds / 60, 1)} | mean_of_each(recent)
        export(self.sam, self.parameters, self.average, self.options.work / "pocket-sam.safetensors")
        print(json.dumps(line), flush=True)
        with (self.options.work / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")


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


@dataclass(frozen=True)
class Prompt:
    """A region to point at, at the masks' scale.

    Attributes:
        truth: float32 (low, low), 1 inside.
        others: what else is right after the first click: float32 (n, low, low), itself included.
        click: (x, y) of the first click.
    """

    truth: Any
    others: Any
    click: tuple[int, int]


def backbone() -> torch.nn.Module:
    """EfficientNet-Lite0 as the classifier of the playground has it, batch norms folded."""
    with models.borrow("classify", "efficientnet-lite0") as (_, classifier):
        net: torch.nn.Module = classifier.net
    return net


def draw_prompts(scene: Scene, count: int, size: int, rng: Random) -> list[Prompt]:
    """Regions of the scene, each with a first click in it; fewer than `count` where it has fewer."""
    low = size // LOW
    h, w = (max(1, round(side / LOW)) for side in scene.picture.shape[:2])
    layers = [cv2.resize(layer, (w, h), interpolation=cv2.INTER_NEAREST) for layer in scene.layers]
    places = []
    for number, layer in enumerate(layers):
        names, areas = np.unique(layer, return_counts=True)
        wanted = (names > 0) & (areas > regions.SMALLEST * h * w) & (areas < regions.LARGEST * h * w)
        places += [(number, name) for name in names[wanted]]
    if not places:
        return []
    found = []
    for i in rng.choice(len(places), count):
        number, name = places[i]
        region = layers[number] == name
        x, y = somewhere(region, rng)
        right = [layer == layer[y, x] for layer in layers if layer[y, x] > 0]
        right = [mask for mask in right if mask.mean() < 0.9]
        stacked = np.zeros((len(right) + 1, low, low), np.float32)
        stacked[:, :h, :w] = np.stack([region, *right])
        found.append(Prompt(stacked[0], stacked, (x, y)))
    return found


def somewhere(mask: Any, rng: Random) -> tuple[int, int]:
    """(x, y) inside: the innermost pixel half of the time, else any, rather far from the outline."""
    depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    if rng.random() < 0.5:
        y, x = np.unravel_index(depth.argmax(), depth.shape)
    else:
        ys, xs = np.nonzero(depth >= min(depth.max(), rng.uniform(1, max(1.01, depth.max() / 2))))
        i = int(rng.integers(len(ys)))
        y, x = ys[i], xs[i]
    return int(x), int(y)


def first_clicks(prompts: list[Prompt], rng: Random) -> Any:
    """(n, 1, 3): x, y in the network's pixels, and 1."""
    jitter = rng.uniform(0, LOW, (len(prompts), 2))
    return np.array([[(*(LOW * np.array(p.click) + j - 0.5), 1)] for p, j in zip(prompts, jitter, strict=True)], "f")


def jittered(prompts: list[Prompt], size: int, rng: Random) -> Any:
    """Boxes (n, 4) around the regions, drawn by an unsteady hand: up to a tenth of their sides off."""
    boxes = []
    for prompt in prompts:
        ys, xs = np.nonzero(prompt.truth)
        box = LOW * np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], np.float32)
        sides = np.tile(box[2:] - box[:2], 2)
        boxes.append((box + (rng.random() < 0.7) * rng.normal(0, 0.03, 4) * sides).clip(0, size))
    return np.array(boxes, "f")


def corrected(points: Any, masks: Any, prompts: list[Prompt], rng: Random) -> Any:
    """The points with one more for each prompt, on the largest error."""
    more = []
    for mask, prompt in zip(masks, prompts, strict=True):
        truth = prompt.truth > 0.5
        missed, extra = truth & ~mask, mask & ~truth
        sides = [cv2.distanceTransform(np.pad(m.astype(np.uint8), 1), cv2.DIST_L2, 3).max() for m in (missed, extra)]
        error = missed if sides[0] >= sides[1] else extra
        x, y = somewhere(error if error.any() else truth, rng)
        keep = float(truth[y, x])
        more.append((LOW * x + rng.uniform(0, LOW) - 0.5, LOW * y + rng.uniform(0, LOW) - 0.5, keep))
    return np.concatenate([points, np.array(more, "f")[:, None]], axis=1)


def iou(masks: Tensor, truths: Tensor) -> Tensor:
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


def teach(
    mask_loss: Loss, masks: Tensor, ious: Tensor, truths: Tensor, others: list[Any] | None
) -> tuple[Tensor, Tensor]:
    """The loss of one answer, and which of its four masks a user would have taken.

    `others` is given after a first click alone: then the three candidates learn all the right answers, each from the
    nearest one, and the one with the best predicted IoU is taken; else the first mask is.
    """
    single = mask_loss(masks[:, 0], truths)
    actual = iou(masks.detach()[:, :1] > 0, truths[:, None])
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
        fits = iou(candidates.detach() > 0, answers[:1])
        # the region that was meant counts as much as all of the other opinions
        several.append(0.5 * nearest[0] + 0.5 * nearest.mean() + ((opinions - fits) ** 2).mean())
    loss = (single + rated).mean() * 0.5 + torch.stack(several).mean()
    return loss, 1 + ious.detach()[:, 1:].argmax(dim=1).cpu()


def mean_of_each(measured: list[dict[str, float]]) -> dict[str, float]:
    """The mean of every figure, over those that have it."""
    names = sorted({name for figures in measured for name in figures})
    return {name: round(float(np.mean([f[name] for f in measured if name in f])), 4) for name in names}


def export(net: torch.nn.Module, parameters: list[Any], average: list[Tensor], path: Path) -> None:
    """The averaged weights of what was trained, as fp16 safetensors."""
    now = [p.detach().clone() for p in parameters]
    with torch.no_grad():
        for parameter, mean in zip(parameters, average, strict=True):
            parameter.copy_(mean)
        tensors = {name: t.half().contiguous().cpu() for name, t in partial.trained(net).items()}
        for parameter, value in zip(parameters, now, strict=True):
            parameter.copy_(value)
    save_file(tensors, path)


if __name__ == "__main__":
    torchvision_ops.ensure()
    main()
