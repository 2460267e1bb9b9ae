from __future__ import annotations

import numpy as np
import pytest

from core.segment.cached_predictor import CachedPredictor
from tests.stand_ins import tiny_sam

PICTURE = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
OTHER = PICTURE[:, ::-1].copy()
POINTS, LABELS = np.array([[10, 10], [40, 30], [70, 50]], np.float32), np.array([1, 0, 1])


@pytest.fixture
def plain_predictor():
    return tiny_sam.build_predictor()


@pytest.fixture
def cached_predictor():
    return CachedPredictor(tiny_sam.build_predictor())


def test_a_picture_is_embedded_once(cached_predictor) -> None:
    assert cached_predictor.set_image(PICTURE)
    assert cached_predictor.set_image(OTHER)
    assert not cached_predictor.set_image(PICTURE.copy())
    assert not cached_predictor.set_image(OTHER)


def test_a_remembered_picture_answers_as_a_new_one(cached_predictor, plain_predictor) -> None:
    cached_predictor.set_image(PICTURE)
    cached_predictor.set_image(OTHER)
    cached_predictor.set_image(PICTURE)
    plain_predictor.set_image(PICTURE)
    for found, wanted in zip(
        cached_predictor.predict(POINTS[:1], LABELS[:1]), plain_predictor.predict(POINTS[:1], LABELS[:1]), strict=True
    ):
        assert np.array_equal(found, wanted)


def test_a_second_click_builds_on_the_first_answer(cached_predictor, plain_predictor) -> None:
    for predictor in (cached_predictor, plain_predictor):
        predictor.set_image(PICTURE)
    _, scores, logits = plain_predictor.predict(POINTS[:1], LABELS[:1], multimask_output=True)
    second = plain_predictor.predict(
        POINTS[:2], LABELS[:2], mask_input=logits[scores.argmax()][None], multimask_output=False
    )
    found = cached_predictor.predict(POINTS[:2], LABELS[:2], multimask_output=False)
    assert np.array_equal(found[2], second[2])
    third = plain_predictor.predict(POINTS, LABELS, mask_input=second[2], multimask_output=False)
    assert np.array_equal(cached_predictor.predict(POINTS, LABELS, multimask_output=False)[2], third[2])


def test_a_click_in_a_box_builds_on_the_boxs_answer(cached_predictor, plain_predictor) -> None:
    box = np.array([5, 5, 60, 50], np.float32)
    for predictor in (cached_predictor, plain_predictor):
        predictor.set_image(PICTURE)
    logits = plain_predictor.predict(box=box, multimask_output=False)[2]
    wanted = plain_predictor.predict(POINTS[1:2], LABELS[1:2], box=box, mask_input=logits, multimask_output=False)
    assert np.array_equal(cached_predictor.predict(POINTS[1:2], LABELS[1:2], box, None, False)[2], wanted[2])


def test_another_pictures_answers_are_not_built_upon(cached_predictor) -> None:
    fresh = CachedPredictor(tiny_sam.build_predictor())
    cached_predictor.set_image(OTHER)
    cached_predictor.predict(POINTS, LABELS, multimask_output=False)
    for predictor in (cached_predictor, fresh):
        predictor.set_image(PICTURE)
    found, wanted = (p.predict(POINTS, LABELS, multimask_output=False)[2] for p in (cached_predictor, fresh))
    assert np.array_equal(found, wanted)


def test_a_click_that_keeps_comes_first(cached_predictor) -> None:
    cached_predictor.set_image(PICTURE)
    points, labels = POINTS[:2].copy(), LABELS[:2].copy()
    found = cached_predictor.predict(points[::-1], labels[::-1], multimask_output=False)[2]
    assert np.array_equal(found, cached_predictor.predict(points, labels, multimask_output=False)[2])


def test_old_pictures_are_forgotten_when_there_are_too_many() -> None:
    predictor = CachedPredictor(tiny_sam.build_predictor(), budget=3 * 32 * 8 * 8 * 4)
    pictures = [np.full((20, 20, 3), value, np.uint8) for value in (0, 50, 100, 150)]
    for picture in pictures:
        predictor.set_image(picture)
    assert not predictor.set_image(pictures[1])
    assert predictor.set_image(pictures[0])
