"""Pictures with regions for the pocket SAM: drawn by people (BSDS500), persons (Penn-Fudan), and composites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core import images, windows
from core.images import RGB, Mask
from training import emoji

Labels = npt.NDArray[np.int32]
Random = np.random.Generator

HELD_OUT_PEOPLE = 5  # every fifth Penn-Fudan picture is for measuring
SMALLEST, LARGEST = 0.004, 0.75  # parts of the picture that a region to train on may cover


@dataclass(frozen=True)
class Scene:
    """A picture and what is in it.

    Attributes:
        picture: uint8 (h, w, 3).
        layers: int32 (h, w) each; equal numbers are one region, 0 is none; each layer is one person's opinion.
    """

    picture: RGB
    layers: list[Labels]


@dataclass(frozen=True)
class CutOut:
    """Something to paste: uint8 (h, w, 3) and its alpha, float32 (h, w)."""

    picture: RGB
    alpha: images.Grey


def drawn_regions(data: Path, split: str) -> list[Scene]:
    """BSDS500: each picture with the segmentation of every one of its five or so annotators."""
    found = []
    for path in sorted((data / "bsds500" / split).glob("*.npz")):
        drawn = np.load(path)["segmentations"].astype(np.int32)
        found.append(Scene(images.to_rgb(path.with_suffix(".jpg")), [layer - layer.min() + 1 for layer in drawn]))
    return found


def people(data: Path, *, held_out: bool) -> list[Scene]:
    """Penn-Fudan: every fifth picture when `held_out`, else the others."""
    found = []
    for number, path in enumerate(sorted((data / "pennfudan" / "masks").glob("*.png"))):
        if (number % HELD_OUT_PEOPLE == 0) == held_out:
            picture = next((data / "pennfudan" / "images").glob(path.stem.removesuffix("_mask") + ".*"))
            mask = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)).astype(np.int32)
            found.append(Scene(images.to_rgb(picture), [mask]))
    return found


def persons(scenes: list[Scene]) -> list[CutOut]:
    """Every person of these pictures, cut out."""
    found = []
    for scene in scenes:
        for person in np.unique(scene.layers[0])[1:]:
            inside = scene.layers[0] == person
            box = windows.bounding_window(inside)
            found.append(
                CutOut(
                    scene.picture[box],
                    np.asarray(cv2.GaussianBlur(inside[box].astype(np.float32), (0, 0), 0.7), np.float32),
                )
            )
    return found


def emojis(cache: Path, count: int, side: int, rng: Random) -> list[CutOut]:
    """`count` emoji drawn at `side` pixels, whole ones only (no bare outlines or flags' corners)."""
    icons = emoji.icons(cache)
    found: list[CutOut] = []
    for name in rng.permutation(sorted(icons)):
        drawn = emoji.render_svg(icons[str(name)], side)
        if (drawn[..., 3] > 127).mean() > 0.15:
            found.append(CutOut(drawn[..., :3], np.asarray(drawn[..., 3] / 255, np.float32)))
        if len(found) == count:
            break
    return found


def composite(background: RGB, cutouts: list[CutOut], rng: Random, most: int = 4) -> Scene:
    """One to `most` cut-outs pasted on a picture, later ones over earlier ones; only what stays visible counts."""
    picture = background.astype(np.float32)
    h, w = picture.shape[:2]
    layer = np.zeros((h, w), np.int32)
    for number in range(1, int(rng.integers(1, most + 1)) + 1):
        cut = cutouts[int(rng.integers(len(cutouts)))]
        scale = rng.uniform(0.2, 0.95) * min(h / cut.alpha.shape[0], w / cut.alpha.shape[1])
        size = (max(8, round(cut.alpha.shape[1] * scale)), max(8, round(cut.alpha.shape[0] * scale)))
        pasted, alpha = (cv2.resize(a, size, interpolation=cv2.INTER_AREA) for a in (cut.picture, cut.alpha))
        if rng.random() < 0.5:
            pasted, alpha = pasted[:, ::-1], alpha[:, ::-1]
        y, x = int(rng.integers(0, h - size[1] + 1)), int(rng.integers(0, w - size[0] + 1))
        place = np.s_[y : y + size[1], x : x + size[0]]
        tinted = pasted * rng.uniform(0.6, 1.2)
        picture[place] += alpha[..., None] * (tinted - picture[place])
        layer[place][alpha > 0.5] = number
    return Scene(picture.clip(0, 255).astype(np.uint8), [layer])


def augment_scene(scene: Scene, size: int, rng: Random) -> Scene:
    """A random crop of it, mirrored or not, its longest side `size` or less, its colours moved."""
    h, w = scene.picture.shape[:2]
    part = rng.uniform(0.45, 1.0, 2) if rng.random() < 0.6 else np.ones(2)
    ch, cw = max(32, round(h * part[0])), max(32, round(w * part[1]))
    y, x = int(rng.integers(0, max(1, h - ch + 1))), int(rng.integers(0, max(1, w - cw + 1)))
    box = np.s_[y : y + ch, x : x + cw]
    step = -1 if rng.random() < 0.5 else 1
    picture, layers = scene.picture[box][:, ::step], [layer[box][:, ::step] for layer in scene.layers]
    scale = size * (1.0 if rng.random() < 0.7 else rng.uniform(0.6, 1.0)) / max(picture.shape[:2])
    new = (max(16, round(picture.shape[1] * scale)), max(16, round(picture.shape[0] * scale)))
    bigger = cv2.resize(np.ascontiguousarray(picture), new, interpolation=cv2.INTER_LINEAR)
    near = [cv2.resize(np.ascontiguousarray(layer), new, interpolation=cv2.INTER_NEAREST) for layer in layers]
    return Scene(recolour_picture(bigger, rng), near)


def recolour_picture(picture: RGB, rng: Random) -> RGB:
    """Other brightness, contrast, saturation and tint."""
    moved = picture.astype(np.float32) * rng.uniform(0.7, 1.3, 3 if rng.random() < 0.3 else 1)
    grey = moved.mean(axis=2, keepdims=True)
    saturation = 0.0 if rng.random() < 0.08 else rng.uniform(0.6, 1.4)
    moved = (grey + saturation * (moved - grey) - 127.5) * rng.uniform(0.75, 1.25) + 127.5
    return np.asarray(moved.clip(0, 255), np.uint8)


@dataclass(frozen=True)
class Sampler:
    """Draws scenes from every kind of data; `shares` weighs the kinds."""

    kinds: list[Callable[[Random], Scene]]
    shares: list[float]
    size: int

    def __call__(self, rng: Random) -> Scene:
        """An augmented scene."""
        kind = self.kinds[int(rng.choice(len(self.kinds), p=self.shares))]
        return augment_scene(kind(rng), self.size, rng)


def sampler(data: Path, cache: Path, size: int, seed: int) -> Sampler:
    """Regions, people, people on other backgrounds, and emoji on photos, from the training parts alone."""
    rng = np.random.default_rng(seed)
    regions, streets = drawn_regions(data, "train"), people(data, held_out=False)
    cuts, icons = persons(streets), emojis(cache, 600, 256, rng)
    photos = [str(path) for path in sorted((data / "imagenet_samples").glob("*.jpg"))]

    def one_of(scenes: list[Scene]) -> Callable[[Random], Scene]:
        return lambda rng: scenes[int(rng.integers(len(scenes)))]

    def paste_on_photos(cutouts: list[CutOut]) -> Callable[[Random], Scene]:
        def draw(rng: Random) -> Scene:
            background = images.fit(images.to_rgb(photos[int(rng.integers(len(photos)))]), 640)
            return composite(background, cutouts, rng)

        return draw

    return Sampler(
        [one_of(regions), one_of(streets), paste_on_photos(cuts), paste_on_photos(icons)], [0.55, 0.2, 0.15, 0.1], size
    )


def innermost(mask: Mask) -> tuple[int, int]:
    """(x, y) of the pixel farthest from the mask's outside; the picture's border counts as outside."""
    depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    return int(x), int(y)
