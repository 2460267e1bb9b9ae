"""How well every edge method agrees with people on BSDS500 val: ODS, OIS and AP, and how fast the learned one is.

A picture's lines at a threshold are matched with every person's (`core/edges/metrics.py`): one to one within 0.75% of
the diagonal, as in BSDS500's own benchmark, but as many pairs as possible instead of the least total distance. ODS is
the best F of one threshold for all pictures, OIS that of the best threshold for each picture, AP the mean precision
over recall from 0 to 1. Every classical method blurs by sigma 2 first; Canny's low threshold is 0.4 of the high one.

    python -m benchmarks.edges [--data ../shared/data] [--count 100] [--methods canny learned]
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from core import edges, images, models
from core.edges import evaluation, metrics

LEVELS = 12


@functools.cache
def load_people_boundaries(data: Path) -> list[tuple[images.RGB, list[images.Mask]]]:
    """BSDS500 val: pictures, and what every person drew."""
    found = []
    for path in sorted((data / "bsds500" / "val").glob("*.npz")):
        picture = images.to_rgb(path.with_suffix(".jpg"))
        people = np.unpackbits(np.load(path)["boundaries"], axis=-1)[..., : picture.shape[1]].astype(bool)
        found.append((picture, list(people)))
    return found


def levels(method: str, pictures: list[images.RGB]) -> list[float]:
    """Thresholds at even steps of the ranks of a method's strengths, from many lines to few."""
    source = "sobel" if method == "canny" else method.removesuffix("-3")
    ridges = [metrics.thin_edges(edges.detect(p, source, **blur_settings(source)).edges) for p in pictures]
    strengths = np.concatenate([r[r > 0.003] for r in ridges])
    return [float(level) for level in np.quantile(strengths, np.linspace(0.2, 0.995, LEVELS))]


def blur_settings(method: str) -> dict[str, float]:
    """The classical methods' blur."""
    return {} if edges.METHODS[method].colour else {"sigma": evaluation.SIGMA}


def measure_agreement(method: str, thresholds: list[float], data: Path, number: int) -> metrics.BoundaryCounts:
    """One method on one picture."""
    picture, people = load_people_boundaries(data)[number]
    settings = {"scales": "three"} if method.endswith("-3") else {}
    found = evaluation.edge_lines(picture, method.removesuffix("-3"), thresholds, **settings)
    return metrics.match_boundaries(found, people)


def summary(found: list[metrics.BoundaryCounts]) -> tuple[float, float, float]:
    """ODS, OIS and AP."""
    whole = functools.reduce(metrics.BoundaryCounts.__add__, found)
    best = [one.at_threshold(int(one.f_score.argmax())) for one in found]
    ois = functools.reduce(metrics.BoundaryCounts.__add__, best).f_score[0]
    order = np.argsort(whole.recall)
    recall, precision = whole.recall[order], whole.precision[order]
    # precision at a recall that no threshold reaches is 0
    grid = np.linspace(0, 1, 101)
    ap = float(np.interp(grid, recall, precision, left=precision[0], right=0).mean())
    return float(whole.f_score.max()), float(ois), ap


def measure_detect_seconds(picture: images.RGB, scales: str) -> float:
    """Median seconds of the learned method."""
    seconds = []
    for _ in range(15):
        start = time.perf_counter()
        edges.detect(picture, "learned", scales=scales)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def limit_threads() -> None:
    """One core for each process."""
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    flags.add_argument("--count", type=int, default=100, help="pictures")
    here = [name for name in edges.METHODS if models.describe("edges", name).tier == "pocket"]
    flags.add_argument("--methods", nargs="+", default=[*here, "learned-3"], help="learned-3: at three scales")
    flags.add_argument("--processes", type=int, default=2)
    options = flags.parse_args()
    pictures = load_people_boundaries(options.data)
    numbers = np.linspace(0, len(pictures) - 1, min(options.count, len(pictures))).round().astype(int)
    print(f"BSDS500 val, {len(numbers)} pictures\n{'':12}{'ODS':>7}{'OIS':>7}{'AP':>7}{'threshold':>11}")
    alone = multiprocessing.get_context("spawn")  # a fork would inherit torch's threads as locks that nobody holds
    with ProcessPoolExecutor(options.processes, mp_context=alone, initializer=limit_threads) as pool:
        for method in options.methods:
            thresholds = levels(method, [pictures[i][0] for i in numbers[::5]])
            one = functools.partial(measure_agreement, method, thresholds, options.data)
            found = list(pool.map(one, numbers.tolist()))
            ods, ois, ap = summary(found)
            best = thresholds[int(functools.reduce(metrics.BoundaryCounts.__add__, found).f_score.argmax())]
            print(f"{method:12}{ods:7.3f}{ois:7.3f}{ap:7.3f}{best:11.3f}", flush=True)
    picture = cv2.resize(pictures[0][0], (481, 321))
    single, several = (1000 * measure_detect_seconds(picture, scales) for scales in ("one", "three"))
    print(f"learned, 481 x 321: {single:.0f} ms, at three scales {several:.0f} ms")


if __name__ == "__main__":
    main()
