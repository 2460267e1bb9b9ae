from __future__ import annotations

import pytest

from core.segment.people_words import find_kind
from core.translation import to_english


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            "people",
            "person, People, a man, walking woman, woman walking, girl dancing, man riding a horse, an astronaut",
        ),
        ("people", "man with a red hat, two children, old lady, somebody"),
        ("faces", "face, faces, a smiling face, woman's face, face of a girl, human face"),
        ("", "cat, clock face, cat face, snowman, man's bag, statue of a man, car with a man, dog, , horse"),
    ],
)
def test_the_kind_of_a_name(kind, names) -> None:
    assert [find_kind(name) for name in names.split(", ")] == [kind] * len(names.split(", "))


@pytest.mark.parametrize(
    ("korean", "kind"),
    [("사람", "people"), ("여자", "people"), ("남자", "people"), ("아이", "people"), ("걷는 여자", "people"),
     ("우산을 쓴 사람", "people"), ("👩🏽\u200d🚀", "people"), ("얼굴", "faces"), ("여자 얼굴", "faces"),
     ("고양이", ""), ("🐱", "")],
)  # fmt: skip
def test_korean_is_read_before(korean, kind) -> None:
    assert find_kind(to_english(korean).text) == kind
