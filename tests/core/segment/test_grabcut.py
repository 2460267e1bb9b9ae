from __future__ import annotations

import numpy as np
import pytest

from core.masks import iou
from core.segment.grabcut import LOGIT, GrabCut


def scene(height=120, width=160, low=(40, 30), high=(100, 90), colour=(200, 40, 30)):
    """A noisy green picture with one rectangle in another colour; and where that is."""
    truth = np.zeros((height, width), bool)
    truth[low[1] : high[1], low[0] : high[0]] = True
    picture = np.where(truth[..., None], colour, (60, 140, 70)) + np.random.default_rng(0).normal(
        0, 6, (height, width, 3)
    )
    return picture.clip(0, 255).astype(np.uint8), truth


def predict_masks(picture, points=None, labels=None, box=None, **more):
    model = GrabCut()
    model.set_image(picture)
    coords = None if points is None else np.array(points, np.float32)
    signs = None if points is None else np.array(labels or [1] * len(points))
    return model.predict(coords, signs, None if box is None else np.array(box, np.float32), **more)


def test_one_click_finds_the_object_of_one_colour() -> None:
    picture, truth = scene()
    masks, ratings, logits = predict_masks(picture, [(70, 60)])
    assert iou(masks[0], truth) > 0.97
    assert masks.dtype == bool and masks.shape[1:] == truth.shape
    assert ratings.dtype == np.float32 and len(ratings) == len(masks) <= 3
    assert logits.shape == (len(masks), 256, 256) and logits.dtype == np.float32


def test_a_box_finds_it_too_and_nothing_outside_is_kept() -> None:
    picture, truth = scene()
    masks, _, _ = predict_masks(picture, box=(32, 22, 108, 98))
    assert iou(masks[0], truth) > 0.97
    outside = np.ones_like(truth)
    outside[20:100, 30:110] = False
    assert not (masks & outside).any()


def test_one_of_two_equal_things_is_kept() -> None:
    picture, left = scene(low=(15, 30), high=(65, 90))
    right = left[:, ::-1]
    picture[right] = picture[left]
    masks, _, _ = predict_masks(picture, [(40, 60)])
    assert iou(masks[0], left) > 0.95
    assert not (masks[0] & right).any()


def test_a_click_that_removes_takes_away() -> None:
    picture, _ = scene(low=(20, 30), high=(140, 90))
    half = np.zeros(picture.shape[:2], bool)
    half[30:90, 80:140] = True
    picture[half] = (205, 75, 60)  # nearly the same red: one click takes both halves, or cannot tell
    masks, _, _ = predict_masks(picture, [(50, 60), (110, 60)], [1, 0], multimask_output=False)
    assert masks[0][60, 50] and not masks[0][60, 110]
    assert (masks[0] & half).sum() < 0.1 * half.sum()


def test_a_speck_inside_is_filled_unless_a_click_removes_it() -> None:
    picture, truth = scene()
    picture[55:61, 60:66] = (20, 30, 220)  # a highlight of 36 of 3600 pixels, in a colour of its own
    masks, _, _ = predict_masks(picture, [(80, 60)])
    assert iou(masks[0], truth) > 0.97 and masks[0][55:61, 60:66].all()
    masks, _, _ = predict_masks(picture, [(80, 60), (62, 57)], [1, 0])
    assert not masks[0][56:60, 61:65].any()


def test_clicks_are_kept_to_whatever_the_colours_say() -> None:
    picture, _ = scene()
    masks, _, _ = predict_masks(picture, [(70, 60), (10, 10), (71, 60)], [1, 1, 0])
    for mask in masks:
        assert mask[60, 70] and mask[10, 10] and not mask[60, 71]


def test_best_first_and_ratings_in_range(picture) -> None:
    masks, ratings, _ = predict_masks(picture("coffee"), [(300, 150)])
    assert (np.diff(ratings) <= 0).all() and ((ratings >= 0) & (ratings <= 1)).all()
    for i, mask in enumerate(masks):
        assert all(iou(mask, other) < 0.95 for other in masks[i + 1 :]), "two candidates are nearly the same"


def test_one_mask_when_one_is_asked_for(picture) -> None:
    several, _, _ = predict_masks(picture("coffee"), [(300, 150)])
    one, _, _ = predict_masks(picture("coffee"), [(300, 150)], multimask_output=False)
    assert len(one) == 1 and (one[0] == several[0]).all()


def test_the_same_click_twice_gives_the_same_mask(picture) -> None:
    first, again = (predict_masks(picture("cat"), [(200, 150)])[0] for _ in range(2))
    assert (first == again).all()


def test_logits_are_laid_out_as_segment_anything_lays_them_out() -> None:
    picture, _ = scene()  # 160 x 120: the longer side takes 256 cells, the shorter one 192
    _, _, logits = predict_masks(picture, [(70, 60)])
    assert set(np.unique(logits)) == {-LOGIT, LOGIT}
    assert (logits[:, 192:] == -LOGIT).all()
    ys, xs = np.nonzero(logits[0] > 0)
    assert abs(xs.min() - 40 * 1.6) <= 2 and abs(xs.max() - 100 * 1.6) <= 2
    assert abs(ys.min() - 30 * 1.6) <= 2 and abs(ys.max() - 90 * 1.6) <= 2


def test_a_former_answer_can_be_the_start() -> None:
    picture, truth = scene()
    start = np.full((1, 256, 256), -5, np.float32)
    start[0, 60:130, 75:150] = 5  # most of the rectangle
    masks, _, _ = predict_masks(picture, [(70, 60)], mask_input=start)
    assert len(masks) == 1 and iou(masks[0], truth) > 0.97


def test_a_large_picture_is_cut_at_its_own_size() -> None:
    picture, truth = scene(1200, 1600, (400, 300), (1000, 900))
    masks, _, _ = predict_masks(picture, [(700, 600)])
    assert masks.shape[1:] == (1200, 1600)
    assert iou(masks[0], truth) > 0.97


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 2), (3, 300), (9, 5)])
def test_tiny_and_thin_pictures(shape) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for more in ({"points": [(0, 0)]}, {"box": (0, 0, shape[1], shape[0])}):
        masks, ratings, _ = predict_masks(picture, **more)
        assert masks.shape[1:] == shape and np.isfinite(ratings).all()
        assert masks[0].any()


def test_a_picture_of_one_colour() -> None:
    masks, ratings, _ = predict_masks(np.full((50, 60, 3), 90, np.uint8), [(30, 25)])
    assert masks[0][25, 30] and np.isfinite(ratings).all()


def test_the_whole_picture_as_the_box(picture) -> None:
    image = picture("flower")
    masks, _, _ = predict_masks(image, box=(0, 0, image.shape[1], image.shape[0]))
    assert masks[0].any()
