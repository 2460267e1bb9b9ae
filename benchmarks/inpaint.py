"""Hole filling on photos whose truth is known: python -m benchmarks.inpaint --data ../shared/data

Rectangular and irregular holes of 10 to 20%; the longest side is 512. Lower is better for the feature distance (in the
manner of LPIPS, Zhang et al. 2018, in EfficientNet-Lite0's features), higher for PSNR and SSIM inside the hole, and
texture is the gradient energy in the hole over the truth's: 1 is as sharp as the photo, 0 is a blur.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core import images, inpaint, models, samples
from core.images import RGB, Mask

SAMPLES = ("astronaut", "coffee", "rocket", "gravel", "brick", "grass")
METHODS = ("telea", "ns", "patchmatch")


@dataclass(frozen=True)
class Case:
    """One picture with its hole."""

    name: str
    image: RGB
    mask: Mask


@dataclass(frozen=True)
class Scores:
    """What one fill is worth."""

    seconds: float
    psnr: float
    ssim: float
    feature: float
    texture: float


def cases(folder: Path, count: int, longest: int = 512, seed: int = 0) -> Iterator[Case]:
    """Photos of BSDS500 val and of scikit-image, rectangular and irregular holes in turn."""
    photos = sorted((folder / "bsds500" / "val").glob("*.jpg"))
    photos = photos[:: max(1, len(photos) // max(1, count))][:count]
    paths = photos + [samples.sample_path(name) for name in SAMPLES]
    for i, path in enumerate(paths):
        rng = np.random.default_rng([seed, i])
        image = resize_longest(images.to_rgb(path), longest)
        make = (rectangles, strokes)[i % 2]
        height, width = image.shape[:2]
        yield Case(path.stem, image, make(height, width, rng))


def resize_longest(image: RGB, longest: int) -> RGB:
    scale = longest / max(image.shape[:2])
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=interpolation))


def rectangles(h: int, w: int, rng: np.random.Generator) -> Mask:
    """One to three boxes that cover 10 to 20%."""
    mask = np.zeros((h, w), bool)
    share, count = rng.uniform(0.10, 0.20), int(rng.integers(1, 4))
    while mask.mean() < share * 0.97:
        area = (share - mask.mean()) * h * w / (count if not mask.any() else 1)
        bh = int(np.clip(np.sqrt(area * rng.uniform(0.5, 2)), 8, 0.8 * h))
        bw = int(np.clip(area / bh, 8, 0.8 * w))
        y, x = rng.integers(0, h - bh + 1), rng.integers(0, w - bw + 1)
        mask[y : y + bh, x : x + bw] = True
    return mask


def strokes(h: int, w: int, rng: np.random.Generator) -> Mask:
    """Thick random walks, as a brush makes them, that cover 10 to 20%."""
    canvas = np.zeros((h, w), np.uint8)
    share = rng.uniform(0.10, 0.18)
    while (canvas > 0).mean() < share:
        x, y, angle = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0, 2 * np.pi)
        width = int(rng.uniform(0.04, 0.12) * max(h, w))
        for _ in range(int(rng.integers(2, 6))):
            angle += rng.uniform(-0.8, 0.8)
            length = rng.uniform(0.05, 0.15) * max(h, w)
            nx, ny = x + length * np.cos(angle), y + length * np.sin(angle)
            cv2.line(canvas, (int(x), int(y)), (int(nx), int(ny)), 1, width)
            x, y = nx, ny
    return np.asarray(canvas > 0)


def feature_distance() -> Callable[[RGB, RGB], float]:
    """Mean squared difference of unit-length features over five stages of EfficientNet-Lite0."""
    import torch
    from torch.nn.functional import normalize

    net = models.load("classify", "efficientnet-lite0").net.cpu()
    stages = [net.blocks[i] for i in (0, 1, 2, 4, 6)]

    @torch.inference_mode()
    def features(image: RGB) -> list[torch.Tensor]:
        found: list[torch.Tensor] = []
        hooks = [stage.register_forward_hook(lambda _m, _i, out: found.append(out)) for stage in stages]
        net.forward_features(torch.from_numpy(image / 127.5 - 1).permute(2, 0, 1)[None].float())
        for hook in hooks:
            hook.remove()
        return [normalize(f, dim=1) for f in found]

    def distance(a: RGB, b: RGB) -> float:
        pairs = zip(features(a), features(b), strict=True)
        return sum(float((x - y).square().sum(dim=1).mean()) for x, y in pairs)

    return distance


def score(case: Case, filled: RGB, seconds: float, distance: Callable[[RGB, RGB], float]) -> Scores:
    from skimage.metrics import structural_similarity

    truth, mask = case.image, case.mask
    error = float(((filled[mask].astype(np.float64) - truth[mask]) ** 2).mean())
    _, ssim = structural_similarity(truth, filled, channel_axis=2, full=True)
    energy = gradient_energy(filled, mask) / max(gradient_energy(truth, mask), 1e-9)
    psnr = float(10 * np.log10(255**2 / max(error, 1e-9)))
    return Scores(seconds, psnr, float(ssim[mask].mean()), distance(truth, filled), energy)


def gradient_energy(image: RGB, mask: Mask) -> float:
    """Mean squared gradient inside the hole, its border left out."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return float((dx[inner] ** 2 + dy[inner] ** 2).mean())


def format_scores(rows: dict[str, list[Scores]]) -> str:
    """One line per method: medians of seconds and texture, means of the rest."""
    lines = [f"{'method':12s} {'s median':>9s} {'s max':>6s} {'PSNR':>6s} {'SSIM':>6s} {'feature':>8s} {'texture':>8s}"]
    for method, found in rows.items():
        seconds, psnr, ssim, feature, texture = (
            np.array([getattr(s, name) for s in found]) for name in ("seconds", "psnr", "ssim", "feature", "texture")
        )
        lines.append(
            f"{method:12s} {np.median(seconds):9.2f} {seconds.max():6.2f} {psnr.mean():6.2f} {ssim.mean():6.3f}"
            f" {feature.mean():8.4f} {np.median(texture):8.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    flags.add_argument("--count", type=int, default=20, help="photos of BSDS500 val")
    flags.add_argument("--longest", type=int, default=512, help="longest side in pixels")
    flags.add_argument("--methods", nargs="+", default=list(METHODS))
    options = flags.parse_args()
    distance = feature_distance()
    rows: dict[str, list[Scores]] = {method: [] for method in options.methods}
    for case in cases(options.data, options.count, options.longest):
        for method in options.methods:
            found = inpaint.fill(case.image, case.mask, method=method, seed=0)
            rows[method].append(score(case, found.image, found.seconds, distance))
    print(format_scores(rows))


if __name__ == "__main__":
    main()
