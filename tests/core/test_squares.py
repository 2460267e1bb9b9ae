from __future__ import annotations

import numpy as np
import pytest

from core import squares


def test_squares_cover_a_picture_evenly() -> None:
    assert squares.cover_by_squares((100, 100), 100, 0.5) == [(0, 0, 100)]
    assert squares.cover_by_squares((100, 200), 100, 0.5) == [(0, 0, 100), (50, 0, 100), (100, 0, 100)]
    assert squares.cover_by_squares((130, 50), 100, 0.0) == [(0, 0, 100), (0, 30, 100)]


def test_overlap_of_boxes() -> None:
    others = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [2, 2, 4, 4], [20, 20, 30, 30]], np.float32)
    ious, parts = squares.overlap_ratios(others[0], others)
    assert ious == pytest.approx([1, 1 / 3, 0.04, 0]) and parts == pytest.approx([1, 0.5, 1, 0])


def test_the_better_of_two_boxes_stays() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [2, 2, 4, 4], [20, 20, 30, 30]], np.float32)
    scores = np.array([0.5, 0.9, 0.4, 0.7], np.float32)
    assert squares.suppress_boxes(boxes, scores, 0.5) == [1, 3, 2]
    assert squares.suppress_boxes(boxes, scores, 0.5, inside=0.8) == [1, 3]
    assert squares.suppress_boxes(boxes[:0], scores[:0], 0.5) == []
