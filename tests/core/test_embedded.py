from __future__ import annotations

import numpy as np
import pytest

from core.segment.cached_predictor import RememberingPredictor
from tests import tiny_sam

PICTURE = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
OTHER = PICTURE[:, ::-1].copy()
POINTS, LABELS = np.array([[10, 10], [40, 30], [70, 50]], np.float32), np.array([1, 0, 1])


@pytest.fixture
def plain():
    return tiny_sam.predictor()


@pytest.fixture
def remembering():
    return RememberingPredictor(tiny_sam.predictor())


def test_a_picture_is_embedded_once(remembering) -> None:
    assert remembering.set_image(PICTURE)
    assert remembering.set_image(OTHER)
    assert not remembering.set_image(PICTURE.copy())
    assert not remembering.set_image(OTHER)


def test_a_remembered_picture_answers_as_a_new_one(remembering, plain) -> None:
    remembering.set_image(PICTURE)
    remembering.set_image(OTHER)
    remembering.set_image(PICTURE)
    plain.set_image(PICTURE)
    for found, wanted in zip(
        remembering.predict(POINTS[:1], LABELS[:1]), plain.predict(POINTS[:1], LABELS[:1]), strict=True
    ):
        assert np.array_equal(found, wanted)


def test_a_second_click_builds_on_the_first_answer(remembering, plain) -> None:
    for predictor in (remembering, plain):
        predictor.set_image(PICTURE)
    _, scores, logits = plain.predict(POINTS[:1], LABELS[:1], multimask_output=True)
    second = plain.predict(POINTS[:2], LABELS[:2], mask_input=logits[scores.argmax()][None], multimask_output=False)
    found = remembering.predict(POINTS[:2], LABELS[:2], multimask_output=False)
    assert np.array_equal(found[2], second[2])
    third = plain.predict(POINTS, LABELS, mask_input=second[2], multimask_output=False)
    assert np.array_equal(remembering.predict(POINTS, LABELS, multimask_output=False)[2], third[2])


def test_a_click_in_a_box_builds_on_the_boxs_answer(remembering, plain) -> None:
    box = np.array([5, 5, 60, 50], np.float32)
    for predictor in (remembering, plain):
        predictor.set_image(PICTURE)
    logits = plain.predict(box=box, multimask_output=False)[2]
    wanted = plain.predict(POINTS[1:2], LABELS[1:2], box=box, mask_input=logits, multimask_output=False)
    assert np.array_equal(remembering.predict(POINTS[1:2], LABELS[1:2], box, None, False)[2], wanted[2])


def test_another_pictures_answers_are_not_built_upon(remembering) -> None:
    fresh = RememberingPredictor(tiny_sam.predictor())
    remembering.set_image(OTHER)
    remembering.predict(POINTS, LABELS, multimask_output=False)
    for predictor in (remembering, fresh):
        predictor.set_image(PICTURE)
    found, wanted = (p.predict(POINTS, LABELS, multimask_output=False)[2] for p in (remembering, fresh))
    assert np.array_equal(found, wanted)


def test_a_click_that_keeps_comes_first(remembering) -> None:
    remembering.set_image(PICTURE)
    points, labels = POINTS[:2].copy(), LABELS[:2].copy()
    found = remembering.predict(points[::-1], labels[::-1], multimask_output=False)[2]
    assert np.array_equal(found, remembering.predict(points, labels, multimask_output=False)[2])


def test_old_pictures_are_forgotten_when_there_are_too_many() -> None:
    predictor = RememberingPredictor(tiny_sam.predictor(), budget=3 * 32 * 8 * 8 * 4)
    pictures = [np.full((20, 20, 3), value, np.uint8) for value in (0, 50, 100, 150)]
    for picture in pictures:
        predictor.set_image(picture)
    assert not predictor.set_image(pictures[1])
    assert predictor.set_image(pictures[0])
