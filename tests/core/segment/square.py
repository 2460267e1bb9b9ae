"""A picture with one thing in it."""

from __future__ import annotations

import numpy as np

SQUARE = np.zeros((60, 80, 3), np.uint8)
SQUARE[20:40, 30:60] = (250, 200, 10)
