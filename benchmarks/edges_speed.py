"""How fast edges are: every method on 1024 x 768, and a webcam frame's whole way through the server.

python -m benchmarks.edges_speed
"""

from __future__ import annotations

import argparse
import base64
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core import edges, images, models, samples
from core.edges import canny, convolution
from core.engine import Local
from demos.edges import live

DATA = Path(__file__).parents[2] / "shared" / "data"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="not needed: the pictures are on every machine")
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    picture = cv2.resize(images.to_rgb(samples.sample_path("motorcycle")), (1024, 768))
    print(f"{'1024 x 768':32} {'wall ms':>9} {'CPU ms':>9}   (medians of {rounds})")
    for name, job in jobs(picture).items():
        print("{:32} {:9.1f} {:9.1f}".format(name, *time_job(job, rounds)))
    frame = cv2.resize(images.to_rgb(samples.sample_path("astronaut")), (640, 480))
    print(f"\n{'640 x 480 webcam frame':32} {'frames/s':>9} {'CPU ms':>9}")
    for name, job in frames(frame).items():
        wall, cpu = time_job(job, rounds * 3)
        print(f"{name:32} {1000 / wall:9.0f} {cpu:9.1f}")


def jobs(picture: images.RGB) -> dict[str, Callable[[], Any]]:
    """What a slider runs."""
    grey = edges.to_grey(picture)
    found: dict[str, Callable[[], Any]] = {"bare cv2.Canny": lambda: cv2.Canny(grey, 60, 150)}
    for method in (name for name in edges.METHODS if models.describe("edges", name).tier == "pocket"):
        found[f"detect {method}"] = functools.partial(edges.detect, picture, method)
    found["detect canny, sigma 1.4"] = lambda: edges.detect(picture, "canny", sigma=1.4)
    found["canny_stages, sigma 1.4"] = lambda: canny.canny_stages(picture, 60, 150, 1.4)
    for side in (3, 5, 7):
        found[f"convolve {side} x {side}"] = functools.partial(convolution.convolve, picture, np.ones((side, side)))
    return found


def frames(frame: images.RGB) -> dict[str, Callable[[], Any]]:
    """A frame's way through the server: JPEG data URL in, decode, edges, JPEG data URL out."""
    grey = edges.to_grey(frame)
    data = base64.b64encode(cv2.imencode(".jpg", frame[..., ::-1])[1].tobytes()).decode()
    sent = {"frame": f"data:image/jpeg;base64,{data}", "low": 60, "high": 150, "kernel": [[-1, 0, 1]] * 3}
    found: dict[str, Callable[[], Any]] = {"bare cv2.Canny": lambda: cv2.Canny(grey, 60, 150)}
    for way in live.WAYS:
        found[f"decode, {way}, encode"] = functools.partial(live.answer_frame, Local(), sent | {"way": way})
    return found


def time_job(job: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Medians of wall-clock and CPU milliseconds."""
    job()
    wall, cpu = [], []
    for _ in range(rounds):
        start, busy = time.perf_counter(), time.process_time()
        job()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - busy)
    return 1000 * float(np.median(wall)), 1000 * float(np.median(cpu))


if __name__ == "__main__":
    main()
