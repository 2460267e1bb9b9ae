from __future__ import annotations

import json
import random
import unicodedata

import pytest

from core.normalisation import MAX_MARKS, clean_text, normalise_text

ASTRONAUT, HEART, KEYCAP = "\U0001f469\u200d\U0001f680", "\u2764\ufe0f", "1\ufe0f\u20e3"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def decompose(text):
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (decompose("고양이와 강아지"), "고양이와 강아지"),
        (decompose("crème brûlée"), "crème brûlée"),
        ("ｃａｔ　ｄｏｇ", "cat dog"),
        ("｛｝，（１２）", "{},(12)"),
        ("ﾈｺ ｶﾞ", "ネコ ガ"),
        ("ﾡﾡ", "ㄱㄱ"),
        ("ﬁsh, eﬀect", "fish, effect"),
        ("𝓬𝓪𝓽 ⓓⓞⓖ", "cat dog"),
        ("5 ㎏, m², ½", "5 kg, m2, 1/2"),
        ("a\u00a0big\u2009cat", "a big cat"),
        ("c\u00ada\u200bt\ufeff\u2060", "cat"),
        ("\u202ecat\u202c \u200fdog", "cat dog"),
        ("it’s “a” dog´s life…", "it's \"a\" dog's life..."),
        ("고양이、개。", "고양이,개."),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("\ud83d cat \udc00", "cat"),
        ("\u3164\u115f\u2800", ""),
        ("\u0301\u0301", ""),
        ("", ""),
    ],
)
def test_what_looks_alike_is_the_same(text, read):
    assert normalise_text(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "ㅋㅋㅋ ㅎㅎ",
        "™",
        "㊗",
        "🈁 🈚",
        "น้ำ",
        "ຳ",
        ASTRONAUT,
        HEART,
        KEYCAP,
        ENGLAND,
        "👍🏽",
        "🇰🇷",
        "\u203c\ufe0f",
        "3-1  cats",
    ],
)
def test_what_the_form_would_spoil_stays(text):
    assert normalise_text(text) == text


@pytest.mark.parametrize("newer", ["\U0001fae8", "\U0001faef", "\U0001fadf"])
def test_an_emoji_newer_than_python_stays(newer):
    assert normalise_text(f"a {newer}") == f"a {newer}"


@pytest.mark.parametrize(
    ("text", "read"),
    [("a\u200db", "ab"), ("cat\u200d", "cat"), ("cat\ufe0f", "cat"), ("\u2600\ufe0e", "\u2600"), ("a\U000e0067", "a")],
)
def test_what_joins_nothing_goes(text, read):
    assert normalise_text(text) == read


def test_a_letter_has_a_limited_number_of_marks():
    assert len(clean_text("e" + "\u0301\u0323" * 1000)) == 1 + MAX_MARKS
    assert normalise_text("e\u0301" + "x") == "éx"
    assert normalise_text("\u0301\u0323" * 50_000 + "cat") == "cat"


def test_a_text_that_is_shown_keeps_its_spelling():
    for text in (decompose("고양이"), "ｃａｔ", "it’s", ASTRONAUT):
        assert clean_text(f" {text}\u200b ") == text


def test_twice_is_once_and_every_text_can_be_sent():
    dice = random.Random(0)
    pools = [
        range(32, 0x3000),
        range(0x3000, 0xFFFF),
        range(0x1F000, 0x1FAFF),
        (0x200D, 0xFE0F, 0x301, 0x1161, 0xE0067),
    ]
    for _ in range(20_000):
        text = "".join(chr(dice.choice(dice.choice(pools))) for _ in range(dice.randint(1, 6)))
        once = normalise_text(text)
        assert normalise_text(once) == once, ascii(text)
        assert clean_text(clean_text(text)) == clean_text(text), ascii(text)
        json.dumps(once, ensure_ascii=False).encode()
        clean_text(text).encode()
