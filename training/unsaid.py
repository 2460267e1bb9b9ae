"""Pictures that are not what their captions usually show: networks learn from them to heed more than the words.

A ControlNet has nothing to learn of edges where the prior's guess knows the picture already, and a U-Net that finds its
guess always right cannot go on from somebody else's picture.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from core.images import RGB
from training import chunks, pocket_vae, world
from training.regions import Random

FOLDER = "unsaid"  # of the chunks, beside the others
CHUNKS = 3
CHUNKS = 3
STRAIGHT = 0.5  # share of the pictures that are not warped


def composer(things: list[world.EmojiConcept]) -> chunks.Compose:
    """Draws in any style, and half of the pictures warped; captions tell neither."""
    even = dict.fromkeys(world.STYLES, 1 / len(world.STYLES))
    compose = world.Composer(things, pocket_vae.SIDE, even, says_style=False)

    def draw(rng: Random) -> world.CaptionedPicture:
        drawn = compose(rng)
        return drawn if rng.random() < STRAIGHT else replace(drawn, picture=warp_picture(drawn.picture, rng))

    return draw


def warp_picture(picture: RGB, rng: Random) -> RGB:
    """The picture turned, stretched, moved and bent."""
    side = len(picture)
    y, x = np.mgrid[:side, :side].astype(np.float32) / side - 0.5
    angle = rng.uniform(-0.4, 0.4)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = rng.uniform(0.85, 1.4, 2) * [rng.choice([-1, 1]), 1]
    (a, b), (c, d) = turn * stretch
    waves = rng.uniform(-0.05, 0.05, 2), rng.uniform(0, 2 * np.pi, 2)
    over, down = (bend * np.sin(7 * axis + phase) for bend, phase, axis in zip(*waves, (y, x), strict=True))
    at = (rng.uniform(-0.1, 0.1) + a * x + b * y + over, rng.uniform(-0.1, 0.1) + c * x + d * y + down)
    across, along = (((places + 0.5) * side).astype(np.float32) for places in at)
    found: RGB = cv2.remap(picture, across, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found
