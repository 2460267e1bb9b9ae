from __future__ import annotations

import numpy as np
import pytest

from core.edges import metrics


def vertical_line(column: int, shape=(200, 300)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[:, column] = True
    return mask


def test_a_line_near_enough_is_found_and_one_too_far_is_not() -> None:
    # 0.75% of the diagonal of 200 x 300 is 2.7 pixels
    near, far = vertical_line(102), vertical_line(103)
    found = metrics.match_boundaries([near, far], [vertical_line(100)])
    assert found.precision.tolist() == [1, 0] and found.recall.tolist() == [1, 0]
    assert found.f_score[0] == 1 and found.f_score[1] == 0


def test_a_person_s_pixel_is_found_once() -> None:
    """Two lines beside one drawn line: only one of them is a hit."""
    found = metrics.match_boundaries([vertical_line(99) | vertical_line(101)], [vertical_line(100)])
    assert found.precision[0] == pytest.approx(0.5) and found.recall[0] == 1


def test_an_edge_that_any_person_drew_is_a_hit_but_all_of_them_must_be_found() -> None:
    found = metrics.match_boundaries([vertical_line(50)], [vertical_line(50), vertical_line(200)])
    assert found.precision[0] == 1 and found.recall[0] == pytest.approx(0.5)
    assert found.f_score[0] == pytest.approx(2 / 3)


def test_pictures_add_up() -> None:
    one, other = (
        metrics.match_boundaries([vertical_line(50)], [vertical_line(50)]),
        metrics.match_boundaries([vertical_line(50)], [vertical_line(100)]),
    )
    both = one + other
    assert both.precision[0] == 0.5 and both.recall[0] == 0.5


def test_no_edges_are_precise_and_find_nothing() -> None:
    found = metrics.match_boundaries([np.zeros((200, 300), bool)], [vertical_line(50)])
    assert found.precision[0] == 1 and found.recall[0] == 0 and found.f_score[0] == 0


@pytest.mark.parametrize("turned", [False, True])
def test_thinning_leaves_the_ridge(turned) -> None:
    x = np.arange(120)
    strength = np.broadcast_to(np.exp(-(((x - 60) / 4) ** 2)), (80, 120)).astype(np.float32)
    strength = strength.T.copy() if turned else strength.copy()
    kept = metrics.thin_edges(strength) > 0.05
    kept = kept.T if turned else kept
    assert (np.flatnonzero(kept[40]) == [60]).all()


def test_thinning_a_slanted_ridge_leaves_an_unbroken_line() -> None:
    y, x = np.mgrid[:100, :100]
    strength = np.exp(-(((x - 0.5 * y - 20) / 3) ** 2)).astype(np.float32)
    kept = metrics.thin_edges(strength) > 0.5
    per_row = kept[10:90].sum(axis=1)
    assert per_row.min() >= 1 and per_row.max() <= 2


def test_the_matching_is_as_large_as_possible_where_greed_would_lose_a_pair() -> None:
    """Found b reaches both people's pixels, a only the first: all four can be paired."""
    found, person = np.zeros((200, 300), bool), np.zeros((200, 300), bool)
    person[100, 100] = person[100, 104] = True
    found[100, 98] = found[100, 102] = True  # 2.7 pixels are near: 98 reaches 100; 102 reaches both
    agreed = metrics.match_boundaries([found], [person])
    assert agreed.precision[0] == agreed.recall[0] == 1
