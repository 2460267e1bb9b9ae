"""Milliseconds per picture of `predict` beside the bare timm call, and accuracy: python -m benchmarks.classify"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core import classify, images, models, samples

MODEL = "efficientnet-lite0"
ROUNDS = 30


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classify", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--every", type=int, default=1, help="measure accuracy on every n-th picture")
    options = parser.parse_args()
    report_predict_speed()
    lab()
    folder = options.data / "imagenet_samples"
    files = sorted(folder.glob("*.jpg"))[:: options.every]
    if not files:
        raise SystemExit(f"no pictures in {folder}")
    accuracy(files)
    consistency(files[::5])


def report_predict_speed() -> None:
    """Ours and theirs in turn, on one picture in memory, both from pixels to the top five."""
    net = models.load("classify", MODEL)
    # after the loader, which makes a torchvision that does not fit torch importable
    import timm
    from timm.data import create_transform, resolve_data_config

    plain = timm.create_model("tf_efficientnet_lite0").eval().to(net.device)  # random weights take the same time
    transform = create_transform(**resolve_data_config({}, model=plain))
    picture = images.to_rgb(samples.sample_path("cat"))

    def bare() -> None:
        with torch.inference_mode():
            plain(transform(Image.fromarray(picture))[None].to(net.device)).softmax(1).topk(5)

    ours, theirs = time_calls(lambda: classify.predict(picture, model=MODEL), bare)
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


def lab() -> None:
    """What the tab waits for."""
    picture = images.to_rgb(samples.sample_path("cat"))
    calls = {
        "explain gradcam": lambda: classify.explain(picture, model=MODEL),
        "feature_maps blocks.2": lambda: classify.feature_maps(picture, "blocks.2", model=MODEL),
        "invariance, 15 values": lambda: classify.invariance(picture, "shift", np.arange(-14, 15, 2), model=MODEL),
    }
    for name, call in calls.items():
        call()
        print(f"{name:22} {1000 * min(call().seconds for _ in range(5)):7.1f} ms")


def accuracy(files: list[Path]) -> None:
    """Top-1 and top-5; the file's name begins with the true class's WordNet id."""
    ranks = []
    for file in files:
        wnids = classify.predict(images.to_rgb(file), model=MODEL).wnids
        truth = file.name.split("_")[0]
        ranks.append(wnids.index(truth) if truth in wnids else 5)
    top1, top5 = (100 * np.mean(np.array(ranks) < k) for k in (1, 5))
    print(f"{len(files)} imagenet_samples: top-1 {top1:.1f}%, top-5 {top5:.1f}%")


def consistency(files: list[Path]) -> None:
    """Zhang's measure: how often two random shifts within the resized picture's margin have the same top class."""
    rng = np.random.default_rng(0)
    same = []
    for file in files:
        pair = rng.integers(-16, 17, 2)
        top = classify.invariance(images.to_rgb(file), "shift", pair.tolist(), model=MODEL).top
        same.append(top[0] == top[1])
    share = 100 * np.mean(same)
    print(f"{len(files)} imagenet_samples, pairs of random horizontal shifts up to 16 px: same top class {share:.1f}%")


if __name__ == "__main__":
    main()
