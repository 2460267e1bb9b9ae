from __future__ import annotations

import json

import pytest

from core import english
from core.english import drop_accents, find_foreign_words
from core.normalisation import normalise_text
from core.texts import ASSETS


@pytest.mark.parametrize(
    "text",
    [
        "café",
        "CAFÉ",
        "cafés and piñatas",
        "naïve",
        "crème brûlée",
        "brulée",
        "jalapeño",
        "Pokémon",
        "São Paulo",
        "flambéed bananas",
        "Beyoncé’s résumé",
        "coup d’état",
        "bánh mì and phở",
        "smørrebrød on a Škoda",
        "a portrait of Gabriel Fauré",
        "Antonín Dvořák",
        "the statue of Lech Wałęsa",
        "20°C, 5 μm, a β-carotene, π",
        "10 × 10 cm, 5€",
        "5 → 7",
        "axolotl",
        "a caat",
        "gato",
        "chat Hund perro",
        "3-1",
        "$",
        "",
    ],
)
def test_what_is_english_or_could_be_passes(text):
    assert find_foreign_words(normalise_text(text)) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("猫", ("猫",)),
        ("ネコ", ("ネコ",)),
        ("ﾈｺ", ("ネコ",)),
        ("кошка и собака", ("кошка", "и", "собака")),
        ("γάτα", ("γάτα",)),
        ("قطة", ("قطة",)),
        ("חתול", ("חתול",)),
        ("แมว", ("แมว",)),
        ("बिल्ली", ("बिल्ली",)),
        ("კატა", ("კატა",)),
        ("con mèo", ("mèo",)),
        ("Con Mèo", ("Mèo",)),
        ("con chó", ("chó",)),
        ("con ngựa", ("ngựa",)),
        ("kočka", ("kočka",)),
        ("świnia", ("świnia",)),
        ("ördek", ("ördek",)),
        ("pisică", ("pisică",)),
        ("a (猫), and a café", ("猫",)),
        ("cat猫", ("cat猫",)),
        ("٣ cats", ("٣",)),
        ("a 🇽🇽", ("🇽🇽",)),
    ],
)
def test_what_cannot_be_english_is_named(text, words):
    assert find_foreign_words(normalise_text(text)) == words


@pytest.mark.parametrize("text", ["???", ":)", "...", "「」", "—"])
def test_punctuation_alone_says_nothing(text):
    assert find_foreign_words(text) == (text,)


def test_a_text_without_accents_is_not_looked_up(monkeypatch):
    monkeypatch.setattr(english, "_whole_tokens", lambda: pytest.fail("it was looked up"))
    assert find_foreign_words("a cat, 猫") == ("猫",)


def test_the_list_has_lower_case_words_with_accents_in_order():
    words = json.loads((ASSETS / "dictionary" / "accented.json").read_text(encoding="utf-8"))
    assert words == sorted(set(words)) and len(words) > 500
    for word in words:
        assert word == word.lower()
        assert not word.isascii() and normalise_text(word) == word and find_foreign_words(word) == ()
        assert drop_accents(word).isascii()
