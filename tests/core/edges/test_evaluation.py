"""Detectors against outlines that are known to the pixel."""

from __future__ import annotations

import numpy as np
import pytest

from core import edges, models
from core.edges import evaluation
from core.errors import InputError

SQUARE = np.zeros((200, 300, 3), np.uint8)
SQUARE[60:140, 100:200] = 200
OUTLINE = evaluation.region_boundaries((SQUARE[..., 0] > 0).astype(np.int32))


@pytest.mark.parametrize("method", [name for name in edges.METHODS if models.describe("edges", name).tier == "pocket"])
def test_every_method_finds_the_outline_of_a_square(method) -> None:
    threshold = {"learned": 0.5, "laplacian": 0.01}.get(method, 0.1)
    found = evaluation.compare_edges(SQUARE, OUTLINE, method=method, threshold=threshold)
    assert found.model == method and found.recall > 0.9 and (found.precision > 0.8 or method == "laplacian")
    green = (found.picture == evaluation.BOTH).all(axis=2).sum()
    assert green > 0.8 * OUTLINE.sum()


def test_an_outline_that_nobody_drew_is_orange_and_one_that_was_missed_is_blue() -> None:
    elsewhere = np.zeros(OUTLINE.shape, bool)
    elsewhere[:, 20] = True
    found = evaluation.compare_edges(SQUARE, elsewhere, method="sobel", threshold=0.1)
    assert found.precision == found.recall == found.f_score == 0
    colours = {tuple(c) for c in np.unique(found.picture.reshape(-1, 3), axis=0)}
    assert colours == {(255, 255, 255), evaluation.ONLY_EDGES, evaluation.ONLY_PEOPLE}


def test_a_thick_pen_counts_like_a_thin_one() -> None:
    thick = np.zeros(OUTLINE.shape, bool)
    thick[58:62, 98:202] = thick[138:142, 98:202] = thick[58:142, 98:102] = thick[58:142, 198:202] = True
    assert evaluation.compare_edges(SQUARE, thick, threshold=0.1).f_score > 0.95


def test_the_learned_edges_see_things_and_canny_sees_texture(picture) -> None:
    """On the example with known outlines, each at its best of four thresholds."""

    def best(method: str, levels: tuple[float, ...]) -> float:
        truth = evaluation.example_boundaries("collage")
        return max(
            evaluation.compare_edges(picture("collage"), truth, method=method, threshold=x).f_score for x in levels
        )

    assert best("learned", (0.3, 0.5, 0.7, 0.9)) > best("canny", (0.05, 0.1, 0.2, 0.3)) + 0.1


def test_a_higher_threshold_leaves_fewer_lines(picture) -> None:
    for method in ("canny", "log", "learned"):
        few, many = (lines.sum() for lines in evaluation.edge_lines(picture("coffee"), method, [0.5, 0.05]))
        assert few < many


def test_lines_are_one_pixel_wide(picture) -> None:
    (found,) = evaluation.edge_lines(picture("coffee"), "learned", [0.5])
    squares = found[:-1, :-1] & found[1:, :-1] & found[:-1, 1:] & found[1:, 1:]
    assert found.any() and squares.sum() < 0.01 * found.sum()


def test_maps_that_cannot_be_compared() -> None:
    with pytest.raises(InputError, match="300 × 200"):
        evaluation.compare_edges(SQUARE, np.ones((20, 30), bool))
    with pytest.raises(InputError, match="all black"):
        evaluation.compare_edges(SQUARE, np.zeros(OUTLINE.shape, bool))
    with pytest.raises(InputError, match="threshold"):
        evaluation.compare_edges(SQUARE, OUTLINE, threshold=0)
    with pytest.raises(InputError, match="canny, learned"):
        evaluation.compare_edges(SQUARE, OUTLINE, method="dexined")


def test_an_example_has_outlines_and_an_unknown_one_is_refused(picture) -> None:
    assert evaluation.example_boundaries("collage").shape == picture("collage").shape[:2]
    with pytest.raises(InputError, match="collage"):
        evaluation.example_boundaries("cat")
