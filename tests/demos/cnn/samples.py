from __future__ import annotations

from typing import Any

import numpy as np

from core.transfer import Head, Heads
from core.transfer.datasets import LabelledImages
from core.transfer.softmax_regression import History

GREY = np.full((8, 10, 3), 100, np.uint8)


ABOUT: dict[str, Any] = {"model": "efficientnet-lite0", "seconds": 0.1}


NAMES = ("<b>ants</b>", "bees")


def build_head(said: list[int], seed: int = 0) -> Head:
    ramp = np.linspace(1, 0, 4, dtype=np.float32)
    return Head(
        names=NAMES,
        weights=np.zeros((5, 2), np.float32),
        bias=np.zeros(2, np.float32),
        history=History(train_loss=ramp, train_accuracy=1 - ramp, test_loss=ramp + 1, test_accuracy=1 - ramp / 2),
        held_out=np.arange(4),
        truth=np.array([0, 0, 1, 1]),
        predictions=np.array(said),
        trained_on=6,
        seed=seed,
        model="efficientnet-lite0",
        seconds=0.5,
    )


def labelled_pictures(test: bool = False) -> LabelledImages:
    found = LabelledImages(
        images=[np.full((20, 30, 3), 10 * i, np.uint8) for i in range(4)], labels=[NAMES[0]] * 2 + ["bees"] * 2
    )
    return (
        LabelledImages(**{**vars(found), "test_images": found.images, "test_labels": found.labels}) if test else found
    )


TWO = Heads(heads=(build_head([0, 1, 1, 1]), build_head([0, 1, 0, 1], 1)), model="efficientnet-lite0", seconds=0.6)
