"""Masks of what is to be filled."""

from __future__ import annotations

import numpy as np


def box_mask(shape, top, bottom, left, right):
    mask = np.zeros(shape[:2], bool)
    mask[top:bottom, left:right] = True
    return mask
