"""Writes what `benchmarks/text_to_image.py` looks pictures up in: every training icon's features and its concept.

Each icon is there twice: as it is alone in a picture, and as one of two things, cut out and enlarged.

    python -m training.emoji_index --cache ../emoji

EfficientNet-Lite0's 1,280 features of each icon on white, their 128 first principal components as whole numbers: small
enough to lie in the repository, so that the benchmark needs no network.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from core import models
from core.images import RGB
from training import world

FILE = Path(__file__).parents[1] / "benchmarks" / "emoji_index.safetensors"
SIDE, COMPONENTS = 128, 128
LEFT, RIGHT = 0.25, 0.75  # where two things are, side by side


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--cache", type=Path, required=True, help="fetched and drawn emoji")
    things = world.load_emoji_concepts(flags.parse_args().cache, SIDE)
    found = [(thing.name, style, picture) for thing in things for style, picture in thing.pictures.items()]
    with models.borrow("classify", "efficientnet-lite0") as (_, classifier):
        large, small = (
            classifier.features([shown(picture) for _, _, picture in found]) for shown in (on_white, half_as_large)
        )
    mean = large.mean(0)
    _, _, axes = np.linalg.svd(large - mean, full_matrices=False)
    axes = axes[:COMPONENTS].T  # (1280, 128)
    scale = np.abs((large - mean) @ axes).max() / 127
    tensors = {
        "large": _whole_numbers((large - mean) @ axes / scale),
        "small": _whole_numbers((small - mean) @ axes / scale),
        "mean": mean.astype(np.float16),
        "axes": np.ascontiguousarray(axes.astype(np.float16)),  # the format keeps no strides
        "scale": np.array([scale], np.float32),
    }
    about = {
        "names": json.dumps([name for name, _, _ in found]),
        "styles": json.dumps([style for _, style, _ in found]),
    }
    save_file(tensors, FILE, metadata=about)
    print(f"{len(found)} icons, {FILE.stat().st_size / 1e6:.1f} MB")


def on_white(icon: world.Pixels) -> RGB:
    """A drawing uint8 (side, side, 4) as a caption without a background means it: large, in the middle, on white."""
    canvas = np.full((SIDE, SIDE, 3), 255, np.uint8)
    world.paste(canvas, icon, (0.5, 0.5), world.LARGE)
    return canvas


def half_as_large(icon: world.Pixels) -> RGB:
    """A drawing as one of two things, cut out of the picture as the benchmark does."""
    canvas = np.full((SIDE, SIDE, 3), 255, np.uint8)
    world.paste(canvas, icon, (LEFT, 0.5), world.SMALL)
    return crop_half(canvas, LEFT)


def crop_half(picture: RGB, x: float) -> RGB:
    """The square around one of two things, enlarged."""
    side = len(picture) // 2
    left = round(x * len(picture) - side / 2)
    top = side // 2
    cut = picture[top : top + side, left : left + side]
    return np.asarray(cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC))


def _whole_numbers(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    return values.round().clip(-127, 127).astype(np.int8)


if __name__ == "__main__":
    main()
