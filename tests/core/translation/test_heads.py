from __future__ import annotations

import pytest

from core.translation import Translation, find_near_words, find_unread_words, to_english
from core.translation.heads import find_head

KNOWN = {"버스": "bus", "기사": "knight", "볼링": "bowling", "오징어": "squid", "스타": "star", "나는": "flying"}


@pytest.mark.parametrize(
    ("word", "english", "role"),
    [
        ("심야버스", "bus", ""),
        ("심야버스가", "bus", "subject"),
        ("볼링장에서", "bowling place", "place"),
        ("심야기사", "driver", ""),  # of a compound no knight
        ("갑오징어", "squid", ""),
    ],
)
def test_a_long_word_is_the_kind_of_thing_that_it_ends_in(word, english, role):
    assert find_head(word, KNOWN) == (english, role)


@pytest.mark.parametrize("word", ["바리스타", "캔버스", "달아나는", "버스", "꿱꿱이", "막장"])
def test_what_only_sounds_so_is_no_kind_of_thing(word):
    assert find_head(word, KNOWN) is None


def test_a_kind_of_thing_is_read_and_told():
    assert to_english("심야버스를 타는 개") == Translation(
        text="dog riding bus", read=("심야버스를", "타는", "개"), near=(("심야버스를", "bus"),)
    )
    assert to_english("버스를 타는 개").near == ()
    assert find_near_words("심야버스, 심야버스!", "서빙로봇과 고양이") == ("심야버스 → bus", "서빙로봇과 → robot")
    assert find_unread_words("심야버스와 꿱꿱이") == ("꿱꿱이",)


@pytest.mark.parametrize("vocabulary", ["everyday", "emoji"])
def test_what_is_known_is_not_told_as_a_kind_of_thing(vocabulary):
    found = to_english("승무원이 안내판 옆에 서 있는 관광버스", vocabulary=vocabulary)
    assert found.near == () and found.unread == ()
    assert {"flight", "attendant", "information", "board", "bus"} <= set(found.text.split())
