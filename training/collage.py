"""Makes the example picture whose masks are known to the pixel: emoji pasted on a photo.

python -m training.collage --work ../pocket-sam
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from core import images, samples
from core.texts import ASSETS
from training import emoji

BACKGROUND = "coffee"
# name, left, top, side in pixels, turn in degrees; later ones lie over earlier ones
THINGS = (
    ("guitar", 20, 10, 210, 10),
    ("pizza", 395, 30, 170, -15),
    ("dog-face", 150, 185, 190, 5),
    ("rocket", 420, 215, 150, 0),
)


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--work", type=Path, required=True, help="cache of the emoji")
    icons = emoji.icons(flags.parse_args().work)
    picture = images.to_rgb(samples.sample_path(BACKGROUND)).astype(np.float32)
    truth = np.zeros(picture.shape[:2], np.uint8)
    for number, (name, left, top, side, turn) in enumerate(THINGS, 1):
        drawn = emoji.render_svg(icons[name], side)
        matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, 0.9)
        drawn = cv2.warpAffine(drawn, matrix, (side, side), flags=cv2.INTER_AREA)
        place = np.s_[top : top + side, left : left + side]
        alpha = drawn[..., 3:].astype(np.float32) / 255
        picture[place] += alpha * (drawn[..., :3] - picture[place])
        truth[place][alpha[..., 0] > 0.5] = number
    folder = ASSETS / "samples"
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / "collage.jpg", quality=92)
    (folder / "truths").mkdir(exist_ok=True)
    Image.fromarray(truth).save(folder / "truths" / "collage.png", optimize=True)


if __name__ == "__main__":
    main()
