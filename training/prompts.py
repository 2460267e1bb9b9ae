"""Simulated people for the pocket SAM: what they point at, where they click first, and how they correct an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from core.masks import bounding_box
from training import regions
from training.regions import Random, Scene

LOW = 4  # pixels of the network's picture to one of a mask's


@dataclass(frozen=True)
class RegionPrompt:
    """A region to point at, at the masks' scale.

    Attributes:
        truth: float32 (low, low), 1 inside.
        others: what else is right after the first click: float32 (n, low, low), itself included.
        click: (x, y) of the first click.
    """

    truth: Any
    others: Any
    click: tuple[int, int]


def draw_prompts(scene: Scene, count: int, size: int, rng: Random) -> list[RegionPrompt]:
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
        x, y = pick_point(region, rng)
        right = [layer == layer[y, x] for layer in layers if layer[y, x] > 0]
        right = [mask for mask in right if mask.mean() < 0.9]
        stacked = np.zeros((len(right) + 1, low, low), np.float32)
        stacked[:, :h, :w] = np.stack([region, *right])
        found.append(RegionPrompt(stacked[0], stacked, (x, y)))
    return found


def pick_point(mask: Any, rng: Random) -> tuple[int, int]:
    """(x, y) inside: the innermost pixel half of the time, else any, rather far from the outline."""
    depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    if rng.random() < 0.5:
        y, x = np.unravel_index(depth.argmax(), depth.shape)
    else:
        ys, xs = np.nonzero(depth >= min(depth.max(), rng.uniform(1, max(1.01, depth.max() / 2))))
        i = int(rng.integers(len(ys)))
        y, x = ys[i], xs[i]
    return int(x), int(y)


def first_clicks(prompts: list[RegionPrompt], rng: Random) -> Any:
    """(n, 1, 3): x, y in the network's pixels, and 1."""
    jitter = rng.uniform(0, LOW, (len(prompts), 2))
    return np.array([[(*(LOW * np.array(p.click) + j - 0.5), 1)] for p, j in zip(prompts, jitter, strict=True)], "f")


def jitter_boxes(prompts: list[RegionPrompt], size: int, rng: Random) -> Any:
    """Boxes (n, 4) around the regions, drawn by an unsteady hand: up to a tenth of their sides off."""
    boxes = []
    for prompt in prompts:
        box = LOW * np.array(bounding_box(prompt.truth), np.float32)
        sides = np.tile(box[2:] - box[:2], 2)
        boxes.append((box + (rng.random() < 0.7) * rng.normal(0, 0.03, 4) * sides).clip(0, size))
    return np.array(boxes, "f")


def add_corrections(points: Any, masks: Any, prompts: list[RegionPrompt], rng: Random) -> Any:
    """The points with one more for each prompt, on the largest error."""
    more = []
    for mask, prompt in zip(masks, prompts, strict=True):
        truth = prompt.truth > 0.5
        missed, extra = truth & ~mask, mask & ~truth
        sides = [cv2.distanceTransform(np.pad(m.astype(np.uint8), 1), cv2.DIST_L2, 3).max() for m in (missed, extra)]
        error = missed if sides[0] >= sides[1] else extra
        x, y = pick_point(error if error.any() else truth, rng)
        keep = float(truth[y, x])
        more.append((LOW * x + rng.uniform(0, LOW) - 0.5, LOW * y + rng.uniform(0, LOW) - 0.5, keep))
    return np.concatenate([points, np.array(more, "f")[:, None]], axis=1)
