"""A small Korean-English dictionary for models that read English only; what it made of a text is always shown."""

from __future__ import annotations

import functools
import json
import re

from core.checks import short_repr
from core.errors import InputError
from core.texts import ASSETS

HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
# with and without: a word that ends like a particle must not lose its end before it was looked up
PARTICLES = ("은", "는", "이", "가", "을", "를", "의", "와", "과", "도", "에", "들")


@functools.lru_cache(maxsize=1)
def korean_dictionary() -> dict[str, str]:
    """Everyday Korean words and their English ones; of homonyms the more picturable."""
    words: dict[str, str] = json.loads((ASSETS / "dictionary" / "ko_en.json").read_text(encoding="utf-8"))
    return words


@functools.lru_cache(maxsize=4)
def everyday_nouns(count: int) -> tuple[str, ...]:
    """So many English words of the dictionary, evenly over the alphabet: they stand for "anything else"."""
    words = sorted(set(korean_dictionary().values()))
    return tuple(words[round(i * (len(words) - 1) / (count - 1))] for i in range(count))


def to_english(text: str, *, unknown: str = "zeroshot.unknown_word") -> str:
    """`text` with its Korean words in English, word by word; a text without Hangul stays as it is.

    `unknown` is the sentence that refuses a word.

    >>> to_english("빨간 사과")
    'red apple'

    Raises:
        InputError: a Korean word is not in the dictionary.
    """
    if not HANGUL.search(text):
        return text
    whole = _look_up(text.strip())
    return whole if whole is not None else " ".join(_translate_word(word, unknown) for word in text.split())


def _translate_word(word: str, unknown: str) -> str:
    if not HANGUL.search(word):
        return word
    found = _look_up(word)
    if found is None:
        raise InputError(unknown, got=short_repr(word), words=len(korean_dictionary()))
    return found


def _look_up(word: str) -> str | None:
    words = korean_dictionary()
    if word in words:
        return words[word]
    return words.get(word[:-1]) if word.endswith(PARTICLES) else None
