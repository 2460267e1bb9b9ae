"""What comes back from the code, beside JPEG and WebP; what the denoiser reaches: python -m benchmarks.autoencoder

Drawings are composed emoji with `--cache` (see training/world.py), and the four samples without it.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core import autoencoder, images, samples
from core.autoencoder import denoising

DRAWINGS = ("face", "heart", "tree", "boat")
PHOTOS = ("cat", "astronaut", "coffee", "rocket", "temple", "flower", "lion", "cheetah", "tower", "brick")
WAYS: dict[str, dict[str, Any]] = {
    "whole code": {},
    "8 x 8 waves a map": {"keep": 8},
    "noise 0.1": {"noise": 0.1},
    "noise 0.5": {"noise": 0.5},
}
# far from the training's, which counts its steps
SEED = 987_654_321
SEEDS = range(5)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.autoencoder", description=__doc__)
    parser.add_argument("--cache", type=Path, help="fetched and drawn emoji")
    parser.add_argument("--count", type=int, default=100, help="compositions")
    options = parser.parse_args()
    drawings = (
        compose_pictures(options.cache, options.count) if options.cache else [read_sample(name) for name in DRAWINGS]
    )
    round_trips("drawings", drawings)
    round_trips("photos", [read_sample(name) for name in PHOTOS])
    denoiser()


def read_sample(name: str) -> images.RGB:
    return images.to_rgb(samples.sample_path(name))


def compose_pictures(cache: Path, count: int) -> list[images.RGB]:
    from training import world

    compose = world.Composer(world.load_emoji_concepts(cache, 128), 128)
    rng = np.random.default_rng(SEED)
    return [compose(rng).picture for _ in range(count)]


def round_trips(name: str, pictures: list[images.RGB]) -> None:
    """Means over the pictures, with the deviation of the PSNR."""
    print(f"{len(pictures)} {name}")
    for way, settings in WAYS.items():
        found = [autoencoder.round_trip(picture, **settings) for picture in pictures]
        print_line(way, [f.copy for f in found])
        if way == "whole code":
            for kind in autoencoder.FORMATS:
                print_line(f"{kind} in no more", [f.files[kind] for f in found])
            needed = [jpeg_bytes(f.image, f.copy.psnr) for f in found]
            print(f"  {'JPEG of the same PSNR':22} {np.mean(needed):6.0f} bytes")
            print(f"  {'seconds, files included':22} {np.median([f.seconds for f in found]):6.3f}")


def print_line(way: str, copies: list[autoencoder.Reconstruction]) -> None:
    psnr = [copy.psnr for copy in copies if np.isfinite(copy.psnr)]
    size, ssim = (np.mean([getattr(copy, name) for copy in copies]) for name in ("bytes", "ssim"))
    print(f"  {way:22} {size:6.0f} bytes  PSNR {np.mean(psnr):5.2f} +/- {np.std(psnr):4.2f} dB  SSIM {ssim:.3f}")


def jpeg_bytes(picture: images.RGB, psnr: float) -> int:
    """Of the first quality that is as good, tables not counted."""
    for quality in range(1, 101):
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "JPEG", quality=quality)
        error = np.square(picture.astype(float) - images.to_rgb(out.getvalue())).mean()
        if 10 * np.log10(255**2 / max(error, 1e-9)) >= psnr:
            break
    return autoencoder.FORMATS["JPEG"](out.getvalue())


def denoiser() -> None:
    """The tab's default, with five seeds."""
    found = [denoising.train_denoiser(seed=seed) for seed in SEEDS]
    print(f"denoiser, {found[0].parameters} weights, {found[0].held_out} held-out digits, {len(found)} seeds, in dB")
    for name in found[0].last.psnr:
        values = [each.last.psnr[name] for each in found]
        print(f"  {name:22} {np.mean(values):5.2f} +/- {np.std(values):4.2f}")
    print(f"  {'seconds':22} {np.median([each.seconds for each in found]):5.2f}")


if __name__ == "__main__":
    main()
