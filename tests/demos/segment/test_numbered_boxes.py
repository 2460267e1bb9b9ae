from __future__ import annotations

import numpy as np

from core.images import COLOURS
from demos.segment.numbered_boxes import draw_numbered_boxes


def find_left_edge(picture, colour, row, start=0):
    """The first column of a colour in a row of the picture, from column `start` on."""
    return start + int(np.flatnonzero((picture[row, start:] == colour).all(axis=1))[0])


def test_a_box_is_drawn_on_its_last_pixels() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    drawn = draw_numbered_boxes(picture, [(100, 50, 200, 150)])
    assert drawn is picture
    assert (drawn[50, 180] == COLOURS[0]).all() and (drawn[149, 150] == COLOURS[0]).all()
    assert not drawn[160:].any() and not drawn[:, :90].any()


def test_numbers_of_boxes_in_one_corner_lie_side_by_side() -> None:
    drawn = draw_numbered_boxes(np.zeros((200, 300, 3), np.uint8), [(20, 20, 120, 120)] * 3)
    # the border of the last box covers the first columns
    second, third = (find_left_edge(drawn, colour, 24, start=25) for colour in COLOURS[1:3])
    assert (drawn[24, 25] == COLOURS[0]).all() and 25 < second < third and second - 20 == third - second


def test_numbers_of_boxes_far_apart_stay_in_their_corners() -> None:
    drawn = draw_numbered_boxes(np.zeros((200, 300, 3), np.uint8), [(20, 20, 60, 60), (200, 100, 260, 160)])
    assert 19 <= find_left_edge(drawn, COLOURS[0], 24) <= 21 and 199 <= find_left_edge(drawn, COLOURS[1], 104) <= 201
