"""Milliseconds per picture of `predict` beside the bare timm call, and accuracy.

    python -m benchmarks.classify [--data ../shared/data] [--every N] [--model efficientnet-lite0]

`recognised` was chosen on the pictures with even numbers of each set: the least standout is the greatest (in steps of
0.1) that 98% of the rightly named ImageNet samples reach. What is printed of it is of those with odd numbers.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core import classify, generate, images, models, samples

ROUNDS = 30
# nothing that one of the 1000 classes is the name of
# fmt: off
DRAWN = (
    "red heart", "smiling face", "angry face", "star", "crescent moon", "thumbs up", "queen", "ghost", "rainbow",
    "fire", "baby", "princess", "astronaut", "fairy", "alien", "unicorn", "sun", "rain cloud", "skull", "clown",
    "house", "tree", "rose", "tulip", "cherry blossom", "watermelon", "grapes", "money bag", "birthday cake",
    "gift", "firework", "eye", "ear", "nose", "footprints", "brain", "tooth", "detective", "farmer", "cook",
    "teacher", "vampire", "mermaid", "zombie", "santa claus", "police officer", "family", "couple with heart"
)
# fmt: on


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classify", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--every", type=int, default=1, help="measure accuracy on every n-th picture")
    parser.add_argument("--model", default=models.row("classify").name, help="a catalogue row of the task classify")
    options = parser.parse_args()
    report_predict_speed(options.model)
    lab(options.model)
    folder = options.data / "imagenet_samples"
    files = sorted(folder.glob("*.jpg"))[:: options.every]
    if not files:
        raise SystemExit(f"no pictures in {folder}")
    found = accuracy(files, options.model)
    consistency(files[::5], options.model)
    report_recognised(files, found, options.data, options.model)


def report_predict_speed(model: str) -> None:
    """Ours and theirs in turn, on one picture in memory, both from pixels to the top five."""
    net = models.load("classify", model)
    # after the loader, which makes a torchvision that does not fit torch importable
    import timm
    from timm.data import create_transform, resolve_data_config

    plain = (
        timm.create_model(f"tf_{model.replace('-', '_')}").eval().to(net.device)
    )  # random weights take the same time
    transform = create_transform(**resolve_data_config({}, model=plain))
    picture = images.to_rgb(samples.sample_path("cat"))

    def bare() -> None:
        with torch.inference_mode():
            plain(transform(Image.fromarray(picture))[None].to(net.device)).softmax(1).topk(5)

    ours, theirs = time_calls(lambda: classify.predict(picture, model=model), bare)
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"threads {torch.get_num_threads()}, device {net.device}, picture {picture.shape[1]} x {picture.shape[0]}")
    print(f"predict    {1000 * statistics.median(ours):7.1f} ms")
    print(f"bare timm  {1000 * statistics.median(theirs):7.1f} ms   predict / bare {ratio:.2f}")


def time_calls(*calls) -> list[list[float]]:
    """Seconds of every call, in turn, after one round to warm up."""
    seconds: list[list[float]] = [[] for _ in calls]
    for round_number in range(ROUNDS + 1):
        for call, kept in zip(calls, seconds, strict=True):
            start = time.perf_counter()
            call()
            if round_number:
                kept.append(time.perf_counter() - start)
    return seconds


def lab(model: str) -> None:
    """What the tab waits for."""
    picture = images.to_rgb(samples.sample_path("cat"))
    calls = {
        "explain gradcam": lambda: classify.explain(picture, model=model),
        "feature_maps blocks.2": lambda: classify.feature_maps(picture, "blocks.2", model=model),
        "invariance, 15 values": lambda: classify.invariance(picture, "shift", np.arange(-14, 15, 2), model=model),
    }
    for name, call in calls.items():
        call()
        print(f"{name:22} {1000 * min(call().seconds for _ in range(5)):7.1f} ms")


def accuracy(files: list[Path], model: str) -> list[classify.Prediction]:
    """Top-1 and top-5; the file's name begins with the true class's WordNet id."""
    ranks = []
    found = [classify.predict(images.to_rgb(file), model=model) for file in files]
    for file, each in zip(files, found, strict=True):
        truth = file.name.split("_")[0]
        ranks.append(each.wnids.index(truth) if truth in each.wnids else 5)
    top1, top5 = (100 * np.mean(np.array(ranks) < k) for k in (1, 5))
    print(f"{len(files)} imagenet_samples: top-1 {top1:.1f}%, top-5 {top5:.1f}%")
    return found


def consistency(files: list[Path], model: str) -> None:
    """Zhang's measure: how often two random shifts within the resized picture's margin have the same top class."""
    rng = np.random.default_rng(0)
    same = []
    for file in files:
        pair = rng.integers(-16, 17, 2)
        top = classify.invariance(images.to_rgb(file), "shift", pair.tolist(), model=model).top
        same.append(top[0] == top[1])
    share = 100 * np.mean(same)
    print(f"{len(files)} imagenet_samples, pairs of random horizontal shifts up to 16 px: same top class {share:.1f}%")


def report_recognised(files: list[Path], found: list[classify.Prediction], data: Path, model: str) -> None:
    """Of how many rightly named pictures, and of what ImageNet has no class for, a class is said to fit."""
    right = [each.wnids[0] == file.name.split("_")[0] for file, each in zip(files, found, strict=True)]
    fits = np.array([bool(each.recognised) for each in found])
    kept = 100 * fits[1::2][np.array(right)[1::2]].mean()
    print(f"recognised: {kept:.1f}% of {sum(right[1::2])} rightly named pictures with odd numbers;", end=" ")
    for name, pictures in strangers(data):
        odd = [bool(classify.predict(picture, model=model).recognised) for picture in pictures[1::2]]
        print(f"{name} {100 * np.mean(odd):.1f}% of {len(odd)}", end="; ")
    print()


def strangers(data: Path) -> Iterator[tuple[str, list[images.RGB]]]:
    """What none of the 1000 classes is the name of: persons, faces, drawings, noise."""
    import skimage.data

    yield (
        "street photos of persons",
        [images.to_rgb(file) for file in sorted((data / "pennfudan" / "images").glob("*"))],
    )
    grey = (skimage.data.lfw_subset()[:100, ..., None] * 255).round().astype(np.uint8)
    yield "faces", list(grey.repeat(3, axis=3))
    yield "emoji", [generate.text_to_image(word, steps=4, seed=i).images[0] for i, word in enumerate(DRAWN)]
    rng = np.random.default_rng(0)
    yield "noise", [rng.integers(0, 256, (256, 256, 3), dtype=np.uint8) for _ in range(20)]


if __name__ == "__main__":
    main()
