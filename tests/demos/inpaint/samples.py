from __future__ import annotations

import numpy as np

from core import inpaint

PICTURE = np.full((40, 50, 3), 80, np.uint8)


def build_filled(h=40, w=50):
    hole = np.zeros((h, w), bool)
    hole[0, 0] = True
    return inpaint.FillResult(image=np.zeros((h, w, 3), np.uint8), mask=hole, model="telea", seconds=0.5)


def square(h=40, w=50):
    found = np.zeros((h, w), bool)
    found[10:20, 10:20] = True
    return found


def editor_strokes(h, w, where):
    layer = np.zeros((h, w, 4), np.uint8)
    layer[where] = (255, 45, 85, 153)
    return {"background": np.zeros((h, w, 4), np.uint8), "layers": [layer], "composite": None}
