from __future__ import annotations

import numpy as np

from core import windows

MASK = np.zeros((20, 30), bool)
MASK[5:9, 10:20] = True


def test_the_bounding_window_holds_the_mask_and_its_margin() -> None:
    assert windows.bounding_window(MASK) == np.s_[5:9, 10:20]
    assert windows.bounding_window(MASK, 2) == np.s_[3:11, 8:22]
    assert MASK[windows.bounding_window(MASK, 50)].shape == (20, 30)


def test_the_wide_window_has_the_longer_side_as_its_margin() -> None:
    assert MASK[windows.wide_window(MASK, 3)].shape == (19, 30)
    assert windows.wide_window(MASK, 3)[1] == slice(0, 30)


def test_the_square_window_stays_inside_the_picture() -> None:
    large = np.zeros((100, 120), bool)
    large[:4, 100:110] = True
    assert windows.square_window(large, 8) == np.s_[0:20, 95:115]
    assert windows.square_window(large, 64) == np.s_[0:64, 56:120]
    assert windows.square_window(MASK, 25) == np.s_[0:20, 2:27]
