"""From words to masks: how often the best mask is the thing that was named.

`named_things.json` names things in photos of BSDS500 val and says where each is, as shares of width and height; the
truth is the region that people drew there, of the annotator whose region has the median size. Several places are
several things of that name, and any of them, or all together, is right. A mask counts when its IoU is at least .5.
The constants of `core/segment/word_clicks.py` are good for the things with even numbers; the figures of the others were
seen while choosing too, so they are not quite held out, and pocket SAM was chosen on these photos. The photos
are mostly of animals in the middle, which is why the box in the middle is hard to beat.

Absent: each photo is asked for the name of another photo's thing, four fifths of the list away; "nothing" is right.

    python -m benchmarks.words [--data ../shared/data] [--detector word-clicks] [--model pocket-sam]
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

import numpy as np

from core import images, masks, segment
from core.segment import grounded

THINGS = Path(__file__).parent / "named_things.json"


def truths(data: Path) -> list[tuple[images.RGB, str, list[images.Mask]]]:
    """Picture, name, and the regions that are right."""
    found = []
    for name, word, places in json.loads(THINGS.read_text(encoding="utf-8")):
        drawn = np.load(data / "bsds500" / "val" / f"{name}.npz")["segmentations"]
        _, h, w = drawn.shape
        things = [_region(drawn, int(x * w), int(y * h)) for x, y in places]
        whole = [np.any(things, axis=0)] if len(things) > 1 else []
        found.append((images.to_rgb(data / "bsds500" / "val" / f"{name}.jpg"), word, things + whole))
    return found


def _region(drawn, x, y):
    """The annotators' regions at a place: the one of median size, those of most of the picture left out."""
    regions = [layer == layer[y, x] for layer in drawn]
    regions = [region for region in regions if region.mean() < 0.6] or regions
    return sorted(regions, key=lambda region: region.sum())[len(regions) // 2]


def best_iou(mask, things) -> float:
    return max(masks.iou(mask, thing) for thing in things)


def middle_box(picture):
    """The box of half the width and half the height."""
    h, w = picture.shape[:2]
    return w / 4, h / 4, 3 * w / 4, 3 * h / 4


def largest(picture):
    """The largest mask of a grid of clicks that covers at most 60% of the picture."""
    found = [m for m in segment.everything(picture, points_per_side=8) if m.mean() <= 0.6]
    return found[0] if found else np.zeros(picture.shape[:2], bool)


def ask(picture, word, options):
    """What was found, or None."""
    found = grounded.from_words(picture, word, top_k=1, model=options.model, detector=options.detector)
    return found if len(found.masks) else None


def report(name: str, ious: list[float]) -> None:
    """Shares of masks that are right, and the mean IoU."""
    right = np.array(ious) >= 0.5
    shares = [100 * right[part].mean() for part in (slice(0, None, 2), slice(1, None, 2), slice(None))]
    print(f"{name:28}{shares[0]:10.1f}{shares[1]:10.1f}{shares[2]:8.1f}{np.mean(ious):10.3f}", flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--detector", default=None, help="a catalogue row of the task detect")
    parser.add_argument("--model", default=None, help="a catalogue row of the task segment")
    options = parser.parse_args()
    things = truths(options.data)
    print(f"{len(things)} named things: masks with IoU >= .5, in %")
    print(f"{'':28}{'even':>10}{'odd':>10}{'all':>8}{'mean IoU':>10}")

    answers = [ask(picture, word, options) for picture, word, _ in things]
    report("words", [best_iou(a.masks[0], right) if a else 0.0 for a, (*_, right) in zip(answers, things, strict=True)])
    boxed = [segment.from_prompts(p, box=middle_box(p), model=options.model).masks[0] for p, _, _ in things]
    report("box in the middle", [best_iou(mask, right) for mask, (*_, right) in zip(boxed, things, strict=True)])
    report("largest mask of a grid", [best_iou(largest(p), right) for p, _, right in things])

    names = [word for _, word, _ in things]
    shift = 4 * len(things) // 5
    others = [(p, names[(i + shift) % len(names)]) for i, (p, word, _) in enumerate(things)]
    absent = [ask(p, other, options) is None for i, (p, other) in enumerate(others) if other != names[i]]
    print(f"something is found for {100 * np.mean([a is not None for a in answers]):.1f}% of the names that are there,")
    print(f"nothing for {100 * np.mean(absent):.1f}% of {len(absent)} that are not")
    found = [a for a in answers if a]
    seconds = statistics.median(a.seconds for a in found), statistics.median(a.detect_seconds for a in found)
    print(f"{found[0].detector} + {found[0].model}: median {seconds[0]:.2f} s, of which finding {seconds[1]:.2f} s")


if __name__ == "__main__":
    main()
