from __future__ import annotations

import unicodedata

import pytest

from core.emoji import english_emoji_names, spell_emoji


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("🐱", "cat face"),
        ("❤️", "red heart"),
        ("❤", "red heart"),
        ("☀ ☀️", "sun sun"),
        ("🐱🍕, noto style", "cat face pizza, noto style"),
        ("a 🚀 on a blue background", "a rocket on a blue background"),
        ("웃는 🐶", "웃는 dog face"),
        ("고양이(🐱)", "고양이(cat face)"),
        ("5 cats #1", "5 cats #1"),
        ("a cat", "a cat"),
    ],
)
def test_emoji_are_spelled_out(text, english):
    assert spell_emoji(text) == english


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("🇰🇷", "flag of South Korea"),
        ("🇰🇷🇯🇵", "flag of South Korea flag of Japan"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "flag of England"),
        ("🏳️‍🌈", "rainbow flag"),
        ("1️⃣", "keycap: 1"),
        ("👍🏽 👍🏿", "thumbs up thumbs up"),
        ("👩‍🚀", "woman astronaut"),
        ("👩🏽‍🚀", "woman astronaut"),
        ("👨‍👩‍👧‍👦", "family: man, woman, girl, boy"),
        ("🧑🚀", "person rocket"),
        ("👩‍💜‍🚀", "woman purple heart rocket"),
        ("🙂‍↔️", "head shaking horizontally"),
        ("\U0001fae8\U0001faef", "shaking face fight cloud"),
    ],
)
def test_sequences_are_one_emoji_where_they_have_a_name_and_else_their_parts(text, english):
    assert spell_emoji(text) == english


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("★ ☆", "star star"),
        ("♞", "chess knight"),
        ("🂡", "playing card ace of spades"),
        ("a → b, 20°C • 5€", "a → b, 20°C • 5€"),
    ],
)
def test_signs_without_colour_have_unicodes_name_and_punctuation_has_none(text, english):
    assert spell_emoji(text) == english


@pytest.mark.parametrize(
    ("text", "english"),
    [("Lego™ brick", "Lego brick"), ("Sony® ©", "Sony copyright"), ("™️", "trade mark"), ("™", "trade mark")],
)
def test_a_legal_mark_behind_a_name_is_no_word(text, english):
    assert spell_emoji(text) == english


@pytest.mark.parametrize("unknown", ["🇽🇽", "\U0001fafe"])
def test_an_emoji_without_a_name_stays(unknown):
    assert spell_emoji(f"a {unknown}") == f"a {unknown}"


def test_every_emoji_of_the_list_is_spelled_and_nothing_of_it_is_left():
    names = english_emoji_names()
    assert len(names) > 1900 and sum(name.startswith("flag of ") for name in names.values()) > 250
    for sign, name in names.items():
        assert spell_emoji(sign) == name
        assert not any(unicodedata.category(letter) in ("So", "Cn") for letter in name)
