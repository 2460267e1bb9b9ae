"""A text into English, phrase by phrase, with what was read and what was not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.checks import short_repr
from core.emoji import spell_emoji
from core.english import SHORTEST_TOKEN, find_foreign_words, strip_marks
from core.errors import InputError
from core.normalisation import normalise_text
from core.translation.arrangement import arrange, find_place
from core.translation.dictionary import korean_dictionary
from core.translation.pieces import HANGUL, Piece, Vocabulary, read_phrase

# phrases end here; "3.5" and "U.S." do not
PUNCTUATION = re.compile(r"\s*(?!(?<=[A-Za-z0-9])[,.;:!?()][A-Za-z0-9])([,.;:!?)]+|\(+)\s*")
LOOSE_MARKS = re.compile(r"^[\s,.;:!?)]+|[\s,;:(]+$")
# they say nothing alone
ARTICLES = frozenset(["a", "an", "the", "of", "and", "in", "with"])


@dataclass(frozen=True)
class Translation:
    """A text in English, and how much of what came is in it.

    Attributes:
        text: the English; a word that was not understood stands in it as it came.
        read: the Korean words that were understood, in the order of the text and with their endings.
        unread: those that were not, and words that are neither Korean nor English, or a text of punctuation alone.
        near: of those that were read, the ones of which only the kind of thing is known, each with its English.
        understood: the English without what is unread; "" where nothing is left but articles.
    """

    text: str
    read: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    understood: str = field(default="", compare=False, repr=False)


def to_english(text: str, *, vocabulary: Vocabulary = "everyday") -> Translation:
    """The text with its emoji and its Korean in English, always the longest known name; other text is normalised.

    Args:
        text: Korean, English or both, with emoji or without.
        vocabulary: "everyday" takes a name of an emoji only where everyday words do not read it word by word; "emoji"
            takes it wherever there is one, as a model wants that was trained on these very names.

    >>> to_english("피자 왼쪽에 있는 고양이, 파란 배경").text
    'cat left of pizza, blue background'
    >>> to_english("강아지와 꿱꿱이 🍕")  # doctest: +ELLIPSIS
    Translation(text='puppy and 꿱꿱이 pizza', read=('강아지와',), unread=('꿱꿱이',)...)
    """
    text = spell_emoji(normalise_text(text))
    if not HANGUL.search(text):
        foreign = find_foreign_words(text)
        return Translation(text, unread=foreign, understood=_keep_words(text, foreign))
    parts = PUNCTUATION.split(text)  # phrases and punctuation take turns
    phrases = [_settle_places(read_phrase(part.split(), vocabulary)) for part in parts[::2]]
    marks = [f" {mark}" if mark.startswith("(") else f"{mark} " for mark in parts[1::2]]
    pieces = [piece for phrase in phrases for piece in phrase]
    return Translation(
        text=_write(phrases, marks),
        read=tuple(w for piece in pieces if piece.english is not None for w in piece.words if HANGUL.search(w)),
        unread=tuple(w for piece in pieces if piece.english is None for w in piece.words),
        near=tuple((" ".join(piece.words), piece.english or "") for piece in pieces if piece.near),
        understood=_drop_articles(_write([_keep_read(phrase) for phrase in phrases], marks)),
    )


def translate_or_refuse(text: str, *, unknown: str, vocabulary: Vocabulary = "everyday") -> str:
    """What is understood of a text, in English, for a model that would make nothing of a word of another language.

    Args:
        text: as in `to_english`, which also says what is left out.
        unknown: key of the sentence that refuses a word; it is given `got` and `words`, the size of the dictionary.
        vocabulary: as in `to_english`.

    Raises:
        InputError: nothing of it is understood.
    """
    found = to_english(text, vocabulary=vocabulary)
    refused = found.unread or found.read
    if refused and not found.understood:
        raise InputError(unknown, got=short_repr(refused[0]), words=len(korean_dictionary()))
    return found.understood if found.unread else found.text


def find_unread_words(*texts: str, vocabulary: Vocabulary = "everyday") -> tuple[str, ...]:
    """The words of the texts that are not understood, each once and without its punctuation, in their order.

    >>> find_unread_words("꿱꿱이와 고양이", "꿱꿱이와, 猫")
    ('꿱꿱이와', '猫')
    """
    unread = (word for text in texts for word in to_english(text, vocabulary=vocabulary).unread)
    return tuple(dict.fromkeys(map(strip_marks, unread)))


def find_near_words(*texts: str, vocabulary: Vocabulary = "everyday") -> tuple[str, ...]:
    """The words of the texts that are read as the kind of thing they are, each once and with what it is read as.

    >>> find_near_words("심야버스를 타는 개", "고양이")
    ('심야버스를 → bus',)
    """
    found = (pair for text in texts for pair in to_english(text, vocabulary=vocabulary).near)
    return tuple(dict.fromkeys(f"{strip_marks(word)} → {english}" for word, english in found))


def _settle_places(phrase: list[Piece]) -> list[Piece]:
    """With the words for places unread where there is nothing before or behind them."""
    return [
        piece if piece.kind != "place" or find_place(phrase, i) else piece._replace(english=None, kind="name")
        for i, piece in enumerate(phrase)
    ]


def _keep_read(phrase: list[Piece]) -> list[Piece]:
    """The pieces that are understood; a place that has lost what was there goes with it."""
    known = [piece for piece in phrase if piece.english is not None]
    return [piece for i, piece in enumerate(known) if piece.kind != "place" or find_place(known, i)]


def _write(phrases: Sequence[list[Piece]], marks: Sequence[str]) -> str:
    """The phrases in English, with the punctuation between them."""
    english = "".join(arrange(phrase) + mark for phrase, mark in zip(phrases, [*marks, ""], strict=True))
    return " ".join(english.split())


def _keep_words(text: str, foreign: Sequence[str]) -> str:
    """An English text without its foreign words."""
    if not foreign:
        return text
    words = [word for word in text.split() if strip_marks(word) not in foreign]
    # beside "mèo" a short word is hardly English: "con mèo"
    if any(sign.isalpha() and sign < "\u0250" for word in foreign for sign in word):
        words = [word for word in words if len(strip_marks(word)) >= SHORTEST_TOKEN]
    return _drop_articles(" ".join(words))


def _drop_articles(text: str) -> str:
    """The text without punctuation that has lost its words; "" where it says nothing."""
    text = LOOSE_MARKS.sub("", re.sub(r"\(\s*\)", "", text))
    words = {strip_marks(word).casefold() for word in text.split()}
    return text if any(any(sign.isalnum() for sign in word) for word in words - ARTICLES) else ""
