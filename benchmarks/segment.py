"""Mean IoU of the segment models by number of clicks and from a box, on regions and on people, and their speed.

Objects: the regions of BSDS500 val (first annotator) that cover 2% to 60% of the picture, and the persons of every
fifth Penn-Fudan picture, which no training saw. The first click is the object's innermost pixel (distance transform,
the picture's border counts as outside); each later one is the innermost pixel of the largest wrong region. The box is
the object's own. The mask that counts is the best-scored one; "best of 3" is the best of the candidates.

    python -m benchmarks.segment [--data ../shared/data] [--models grabcut pocket-sam] [--count 60]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import cv2
import numpy as np

from core import images, masks, models, segment, windows
from training import regions

CLICKS = 3


def objects(scenes: list[regions.Scene]) -> list[tuple[images.RGB, images.Mask]]:
    """Each region of the first layer that covers 2% to 60% of its picture."""
    found = []
    for scene in scenes:
        layer = scene.layers[0]
        masks = [layer == name for name in np.unique(layer) if name > 0]
        found += [(scene.picture, mask) for mask in masks if 0.02 <= mask.mean() <= 0.6]
    return found


def pick_evenly(things: list, count: int) -> list:
    """`count` of them, evenly over their order."""
    return [things[i] for i in np.linspace(0, len(things) - 1, min(count, len(things))).round().astype(int)]


def next_click(truth: images.Mask, guess: images.Mask) -> tuple[tuple[int, int], int]:
    """The innermost pixel of the largest wrong region, and whether it is to be kept."""
    best, largest, keep = truth, 0, 1
    for sign, wrong in ((1, truth & ~guess), (0, guess & ~truth)):
        _, labels, stats, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8), connectivity=4)
        for label in range(1, len(stats)):
            if stats[label, cv2.CC_STAT_AREA] > largest:
                best, largest, keep = labels == label, stats[label, cv2.CC_STAT_AREA], sign
    return regions.innermost(best), keep


def by_clicks(image: images.RGB, truth: images.Mask, model: str) -> tuple[list[float], float]:
    """IoU of the best-scored mask after each click, and the best candidate's after the first."""
    points: list[tuple[int, int]] = []
    labels: list[int] = []
    figures: list[float] = []
    guess, best = np.zeros_like(truth), 0.0
    for number in range(CLICKS):
        point, keep = next_click(truth, guess)
        if point in points:  # the model did not listen: the same pixel again says nothing new
            figures.append(figures[-1])
            continue
        points.append(point)
        labels.append(keep)
        found = segment.from_prompts(image, points=points, labels=labels, model=model)
        guess = found.masks[0]
        figures.append(masks.iou(guess, truth))
        if number == 0:
            best = max(masks.iou(mask, truth) for mask in found.masks)
    return figures, best


def from_box(image: images.RGB, truth: images.Mask, model: str) -> float:
    """IoU of the best-scored mask from the object's own box."""
    box = masks.bounding_box(truth)
    return masks.iou(segment.from_prompts(image, box=box, model=model).masks[0], truth)


def filled_box(truth: images.Mask) -> float:
    """IoU of the filled box: what a model must beat."""
    return float(truth[windows.bounding_window(truth)].mean())


def measure_predictor_seconds(image: images.RGB, model: str) -> tuple[float, float]:
    """Seconds to embed a picture that was never seen, and median seconds of a click on it."""
    h, w = image.shape[:2]
    encode, clicks = [], []
    with models.borrow("segment", model) as (_, predictor):
        for number in range(5):
            fresh = image.copy()
            fresh[0, 0] = number
            start = time.perf_counter()
            predictor.set_image(fresh)
            encode.append(time.perf_counter() - start)
        for number in range(10):
            point = np.array([[w * (number + 1) / 12, h / 2]], np.float32)
            start = time.perf_counter()
            predictor.predict(point, np.ones(1, int), multimask_output=True)
            clicks.append(time.perf_counter() - start)
    return statistics.median(encode), statistics.median(clicks)


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    flags.add_argument("--models", nargs="+", default=["grabcut", "pocket-sam"])
    flags.add_argument("--count", type=int, default=60, help="objects of each kind")
    options = flags.parse_args()
    kinds = {
        "regions": objects(regions.drawn_regions(options.data, "val")),
        "people": objects(regions.people(options.data, held_out=True)),
    }
    print(f"{'':12}{'':9}{'n':>5}{'1 click':>9}{'best of 3':>11}{'2':>7}{'3':>7}{'box':>7}{'filled box':>12}")
    for model in options.models:
        for name, things in kinds.items():
            chosen = pick_evenly(things, options.count)
            clicked = [by_clicks(image, truth, model) for image, truth in chosen]
            means = np.array([figures for figures, _ in clicked]).mean(axis=0)
            best = np.mean([best for _, best in clicked])
            boxed = np.mean([from_box(image, truth, model) for image, truth in chosen])
            filled = np.mean([filled_box(truth) for _, truth in chosen])
            print(
                f"{model:12}{name:9}{len(chosen):5}{means[0]:9.3f}{best:11.3f}{means[1]:7.3f}{means[2]:7.3f}{boxed:7.3f}{filled:12.3f}"
            )
        encode, decode = measure_predictor_seconds(images.fit(chosen[0][0], 1024), model)
        print(f"{model:12}embed {encode:.3f} s, click {decode * 1000:.1f} ms")


if __name__ == "__main__":
    main()
