from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.segment import trimap

MASK = np.zeros((40, 60), bool)
MASK[10:30, 10:40] = True


def test_only_a_band_around_the_outline_is_undecided() -> None:
    found = trimap.mask_to_trimap(MASK, 3)
    assert found[20, 25] == cv2.GC_FGD and found[0, 0] == cv2.GC_BGD
    assert found[20, 11] == cv2.GC_PR_FGD and found[20, 8] == cv2.GC_PR_BGD
    assert (trimap.trimap_to_mask(found) == MASK).all()
    undecided = trimap.undecided_pixels(found)
    assert np.flatnonzero(undecided[20]).tolist() == [*range(7, 13), *range(37, 43)]


@pytest.mark.parametrize(
    ("clicks", "kept"), [([], [True, True]), ([(2, 2)], [True, False]), ([(25, 2), (2, 2)], [True, True])]
)
def test_components_without_a_click_go(clicks, kept) -> None:
    two = np.zeros((10, 40), bool)
    two[1:5, 1:5] = two[1:5, 20:30] = True
    found = trimap.keep_clicked_components(two, clicks)
    assert [bool(found[2, 2]), bool(found[2, 25])] == kept


def test_a_click_beside_every_component_keeps_nothing() -> None:
    assert not trimap.keep_clicked_components(MASK, [(0, 0)]).any()


def test_small_holes_are_filled_but_not_those_that_were_clicked() -> None:
    holed = MASK.copy()
    holed[12, 12] = holed[14, 20] = False
    holed[18:26, 20:36] = False
    found = trimap.fill_small_holes(holed, [(20, 14)])
    assert found[12, 12] and not found[14, 20] and not found[20, 30]
    assert (found | MASK == MASK).all()


def test_a_cut_is_cleaned_of_both() -> None:
    cut = np.where(MASK, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    cut[2, 2] = cv2.GC_PR_FGD
    cut[15, 15] = cv2.GC_PR_BGD
    assert (trimap.clean_cut(cut, [(20, 20)], []) == MASK).all()


@pytest.mark.parametrize("shape", [(80, 120), (20, 30), (40, 60)])
def test_a_mask_at_another_size_covers_the_same_part(shape) -> None:
    found = trimap.rescale_mask(MASK, shape)
    assert found.shape == shape and found.mean() == pytest.approx(MASK.mean(), abs=0.01)


def test_a_thin_mask_does_not_vanish() -> None:
    thin = np.zeros((40, 40), bool)
    thin[:, 20] = True
    assert trimap.rescale_mask(thin, (10, 10)).any()
