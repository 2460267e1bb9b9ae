from __future__ import annotations

import numpy as np
import pytest

from core.edges import outlines
from core.errors import InputError


def test_of_many_lines_the_longest_are_kept() -> None:
    lines = np.zeros((200, 200), bool)
    lines[10, 10:190], lines[20:120, 100] = True, True
    lines[150:199:8, 10:190:8] = True  # dots
    kept = outlines.keep_longest(lines)
    assert kept[10, 10:190].all() and kept[20:120, 100].all() and kept.sum() == 180 + 100
    assert outlines.keep_longest(lines, most=1).sum() == 180


def test_a_drawing_of_few_lines_stays_whole() -> None:
    lines = np.zeros((50, 50), bool)
    lines[5, 2:48], lines[30, 30] = True, True
    assert (outlines.keep_longest(lines) == lines).all()
    assert not outlines.keep_longest(np.zeros((5, 5), bool)).any()


@pytest.mark.slow
def test_the_outlines_of_a_photo_are_few_thin_lines_of_its_things(picture) -> None:
    found = outlines.find_outlines(picture("coffee"))
    assert found.dtype == bool and found.shape == (400, 600) and 0.003 < found.mean() < 0.03


@pytest.mark.parametrize("wrong", [{"threshold": 0}, {"share": 2}, {"most": 0}])
def test_a_number_out_of_range_gets_a_sentence(wrong, picture) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        outlines.find_outlines(picture("coffee"), **wrong)
