"""Mean IoU of a segment model by number of clicks and from a box, on people and on drawn regions.

Objects: every Penn-Fudan person; the regions of BSDS500 val (first annotator) that cover 2% to 60% of the picture.
The first click is the innermost pixel of the object (distance transform, the picture's border counts as outside); each
next one is the innermost pixel of the larger error, kept or removed as it should be. The box is the object's own.

    python -m benchmarks.segment_first [--data ../shared/data] [--model grabcut] [--count 40] [--split val]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from core import images, segment

CLICKS = 3


def regions(data: Path, split: str = "val") -> list[tuple[images.RGB, images.Mask]]:
    """Each region of each picture's first annotator that covers 2% to 60% of the picture."""
    found = []
    for path in sorted((data / "bsds500" / split).glob("*.npz")):
        labels = np.load(path)["segmentations"][0]
        image = images.to_rgb(path.with_suffix(".jpg"))
        found += [(image, labels == i) for i in np.unique(labels) if 0.02 <= (labels == i).mean() <= 0.6]
    return found


def people(data: Path) -> list[tuple[images.RGB, images.Mask]]:
    """Each person of each picture."""
    found = []
    for path in sorted((data / "pennfudan" / "masks").glob("*.png")):
        labels = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
        image = images.to_rgb(next((data / "pennfudan" / "images").glob(path.stem.removesuffix("_mask") + ".*")))
        found += [(image, labels == i) for i in np.unique(labels) if i]
    return found


def sample(objects: list, count: int) -> list:
    """`count` of the objects, spread evenly over their order."""
    return [objects[i] for i in np.linspace(0, len(objects) - 1, min(count, len(objects))).round().astype(int)]


def innermost(mask: images.Mask) -> tuple[int, int]:
    """(x, y) of the pixel farthest from the mask's outside."""
    depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    return int(x), int(y)


def depth_of(mask: images.Mask) -> float:
    """Distance of the innermost pixel from the outside."""
    return float(cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5).max())


def iou(a: images.Mask, b: images.Mask) -> float:
    """Intersection over union."""
    return float((a & b).sum() / max(1, (a | b).sum()))


def by_clicks(image: images.RGB, truth: images.Mask, model: str, clicks: int = CLICKS) -> list[tuple[float, float]]:
    """(IoU of the best-scored mask, seconds) after each click."""
    points: list[tuple[int, int]] = []
    labels: list[int] = []
    guess, figures = np.zeros_like(truth), []
    for _ in range(clicks):
        missed, extra = truth & ~guess, guess & ~truth
        keep = depth_of(missed) >= depth_of(extra)
        points.append(innermost(missed if keep else extra))
        labels.append(int(keep))
        started = time.perf_counter()
        guess = segment.from_prompts(image, points=points, labels=labels, model=model).masks[0]
        figures.append((iou(guess, truth), time.perf_counter() - started))
    return figures


def from_box(image: images.RGB, truth: images.Mask, model: str) -> tuple[float, float]:
    """(IoU of the best-scored mask, seconds) from the object's own box."""
    ys, xs = np.nonzero(truth)
    box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    started = time.perf_counter()
    guess = segment.from_prompts(image, box=box, model=model).masks[0]
    return iou(guess, truth), time.perf_counter() - started


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    flags.add_argument("--model", default="grabcut")
    flags.add_argument("--count", type=int, default=40)
    flags.add_argument("--split", default="val", choices=("train", "val"))
    options = flags.parse_args()
    print(f"{'':12}{'n':>5}{'1 click':>9}{f'{CLICKS} clicks':>10}{'box':>7}{'s/click':>9}")
    for name, objects in (("regions", regions(options.data, options.split)), ("people", people(options.data))):
        chosen = sample(objects, options.count)
        clicked = np.array([by_clicks(image, truth, options.model) for image, truth in chosen])  # (n, clicks, 2)
        boxed = np.array([from_box(image, truth, options.model) for image, truth in chosen])
        first, last = clicked[:, 0, 0].mean(), clicked[:, -1, 0].mean()
        seconds = np.median(clicked[..., 1])
        print(f"{name:12}{len(chosen):5}{first:9.3f}{last:10.3f}{boxed[:, 0].mean():7.3f}{seconds:9.2f}")


if __name__ == "__main__":
    main()
