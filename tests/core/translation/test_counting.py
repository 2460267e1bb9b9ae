from __future__ import annotations

import pytest

from core.translation import counting, to_english


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("고양이 두 마리", "two cats"),
        ("고양이 두마리", "two cats"),
        ("하얀 토끼 세 마리", "three white rabbits"),
        ("사과 2개와 배 1개", "2 apples and 1 pear"),
        ("세 명의 친구", "three friends"),
        ("분홍색 코끼리 다섯 마리", "five pink elephants"),
        ("커피 한 잔", "a cup of coffee"),
        ("따뜻한 차 두 잔", "two cups of warm tea"),
        ("운동화 한 켤레", "a pair of sneakers"),
        ("포도 한 송이", "a bunch of grapes"),
        ("꽃 열 송이", "ten flowers"),
        ("늑대 네 마리가 달린다", "four wolves running"),
        ("생일 케이크 한 개", "a birthday cake"),
        ("사과 두 개", "two apples"),
        ("오렌지 한 개", "an orange"),
        ("유니콘 한 마리", "a unicorn"),
        ("세 사람이 춤춘다", "three people dancing"),
        ("머리가 두 개인 용", "two heads dragon"),
    ],
)
def test_what_is_counted_stands_behind_its_number(korean, english):
    found = to_english(korean)
    assert found.text == english and found.unread == ()


def test_counting_comes_before_the_name_of_an_emoji():
    assert to_english("의자 두 개", vocabulary="emoji").text == "two chairs"
    assert to_english("두 시", vocabulary="emoji").text == "two o’clock"


@pytest.mark.parametrize("word", ["두부", "한복", "세탁기", "네모", "열쇠", "여섯살난"])
def test_words_that_begin_like_a_number_are_none(word):
    assert counting.read_count([word]) is None


@pytest.mark.parametrize(
    ("one", "many"), [("fox", "foxes"), ("child", "children"), ("sheep", "sheep"), ("toy", "toys")]
)
def test_plurals(one, many):
    assert counting.make_plural(f"big {one}") == f"big {many}"
