"""Korean and emoji into English, for models that read English only; what was made of a text is always shown.

The words are those of `assets/dictionary`: `ko_en.json` has everyday ones, `ko_emoji.json` the names and keywords of
emoji. The emoji themselves are spelled by `core.emoji`; which words cannot be English, `core.english` says.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, NamedTuple

from core.assets import read_json
from core.checks import short_repr
from core.emoji import spell_emoji
from core.english import find_foreign_words, is_foreign
from core.errors import InputError
from core.normalisation import normalise_text
from core.texts import ASSETS

HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
# phrases end here; "3.5" and "U.S." do not
PUNCTUATION = re.compile(r"\s*(?!(?<=[A-Za-z0-9])[,.;:!?()][A-Za-z0-9])([,.;:!?)]+|\(+)\s*")
MAX_NAME_WORDS = 7  # words of one name: "미소 짓는 눈으로 활짝 웃는 고양이 얼굴"
# what may stand behind a name; tried after the name itself, as "사과" is an apple and not "사" with an "and"
AND_ENDINGS = ("하고", "이랑", "와", "과", "랑")
PARTICLES = ("은", "는", "이", "가", "을", "를", "의", "와", "과", "도", "에", "들")
PLACES = {"위에": "above", "아래에": "below", "왼쪽에": "left of", "오른쪽에": "right of", "옆에": "next to"}
FILLER = "있는"  # "which is", between a place and a thing
# whose words go first: "큰 새" is a "big bird" in everyday ones, and has the keyword of "dodo"
Vocabulary = Literal["everyday", "emoji"]


@dataclass(frozen=True)
class Translation:
    """A text in English, and how much of what came is in it.

    Attributes:
        text: the English; a word that was not understood stands in it as it came.
        read: the Korean words that were understood, in the order of the text and with their endings.
        unread: those that were not, and words that are neither Korean nor English, or a text of punctuation alone.
    """

    text: str
    read: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class _Piece(NamedTuple):
    """One name of a phrase.

    Attributes:
        words: its words as they came.
        english: None where they are not understood, "" where English does without.
        joined: "and" stands between it and the next.
    """

    words: list[str]
    english: str | None
    joined: bool = False


def to_english(text: str, *, vocabulary: Vocabulary = "everyday") -> Translation:
    """The text with its emoji and its Korean in English, always the longest known name; other text is normalised.

    Args:
        text: Korean, English or both, with emoji or without.
        vocabulary: "everyday" takes a name of an emoji only where everyday words do not read it word by word; "emoji"
            takes it wherever there is one, as a model wants that was trained on these very names.

    >>> to_english("피자 왼쪽에 있는 고양이, 파란 배경").text
    'cat left of pizza, blue background'
    >>> to_english("강아지와 꿱꿱이 🍕")
    Translation(text='puppy and 꿱꿱이 pizza', read=('강아지와',), unread=('꿱꿱이',))
    """
    text = spell_emoji(normalise_text(text))
    if not HANGUL.search(text):
        return Translation(text, unread=find_foreign_words(text))
    parts = PUNCTUATION.split(text)  # phrases and punctuation take turns
    phrases = [_read_phrase(part.split(), vocabulary) for part in parts[::2]]
    marks = [f" {mark}" if mark.startswith("(") else f"{mark} " for mark in parts[1::2]]
    english = "".join(_arrange(phrase) + mark for phrase, mark in zip(phrases, [*marks, ""], strict=True))
    pieces = [piece for phrase in phrases for piece in phrase]
    return Translation(
        text=" ".join(english.split()),
        read=tuple(w for piece in pieces if piece.english is not None for w in piece.words if HANGUL.search(w)),
        unread=tuple(w for piece in pieces if piece.english is None for w in piece.words),
    )


def translate_or_refuse(text: str, *, unknown: str, vocabulary: Vocabulary = "everyday") -> str:
    """The text in English, for a model that would make nothing of a word of another language.

    Args:
        text: as in `to_english`.
        unknown: key of the sentence that refuses a word; it is given `got` and `words`, the size of the dictionary.
        vocabulary: as in `to_english`.

    Raises:
        InputError: a word is not understood, or nothing is left in English.
    """
    found = to_english(text, vocabulary=vocabulary)
    refused = found.unread or (() if found.text else found.read)
    if refused:
        raise InputError(unknown, got=short_repr(refused[0]), words=len(korean_dictionary()))
    return found.text


@functools.lru_cache(maxsize=1)
def korean_dictionary() -> dict[str, str]:
    """Korean names and their English: everyday words, of homonyms the more picturable, before the names of emoji."""
    return _load_dictionary("ko_emoji") | _load_dictionary("ko_en")


@functools.lru_cache(maxsize=4)
def everyday_nouns(count: int) -> tuple[str, ...]:
    """So many English words of the everyday dictionary, evenly over the alphabet: they stand for "anything else"."""
    words = sorted(set(_load_dictionary("ko_en").values()))
    return tuple(words[round(i * (len(words) - 1) / (count - 1))] for i in range(count))


@functools.lru_cache(maxsize=2)
def _load_dictionary(name: str) -> dict[str, str]:
    words: dict[str, str] = read_json(ASSETS / "dictionary" / f"{name}.json", dict)
    return words


def _read_phrase(words: list[str], vocabulary: Vocabulary) -> list[_Piece]:
    """The names in the words between two punctuation marks, in the order of the text."""
    pieces: list[_Piece] = []
    while words:
        if pieces and pieces[-1].english and words[0] in (*AND_ENDINGS, *PARTICLES):
            # behind an emoji that was spelled, or a space too many
            said = pieces[-1]
            pieces[-1] = _Piece([*said.words, words[0]], said.english, joined=words[0] in AND_ENDINGS)
            words = words[1:]
            continue
        pieces.append(_read_longest_name(words[:MAX_NAME_WORDS], vocabulary))
        words = words[len(pieces[-1].words) :]
    at = _find_place(pieces)
    if at is not None:
        pieces[at] = pieces[at]._replace(english=PLACES[pieces[at].words[0]])
    return pieces


def _read_longest_name(words: list[str], vocabulary: Vocabulary) -> _Piece:
    """The longest name that the words begin with; their first word where it is none."""
    everyday = [_read_name([word], _load_dictionary("ko_en")) for word in words]
    literal = len(list(takewhile(bool, everyday))) if vocabulary == "everyday" else 0
    names = (_read_name(words[:count], korean_dictionary()) for count in range(len(words), literal, -1))
    alone = everyday[0] or _Piece(words[:1], "" if words[0] == FILLER else None)
    return next((name for name in names if name), alone)


def _read_name(words: list[str], known: Mapping[str, str]) -> _Piece | None:
    """The words as one name, with or without an ending; None where the dictionary lacks it, and it is not English."""
    name = " ".join(words)
    stems = [(name, False)]
    stems += [(name.removesuffix(end), True) for end in AND_ENDINGS if name.endswith(end)]
    stems += [(name[:-1], False)] if name.endswith(PARTICLES) else []
    found = ((_find_english(stem, known), joined) for stem, joined in stems)
    return next((_Piece(words, english, joined) for english, joined in found if english is not None), None)


def _find_english(name: str, known: Mapping[str, str]) -> str | None:
    """A name without an ending in English; a single word that is no Korean is so already."""
    if HANGUL.search(name):
        return known.get(name)
    return name if name and " " not in name and not is_foreign(name) else None


def _find_place(pieces: list[_Piece]) -> int | None:
    """Where a phrase names a place with something before and behind it: the first such piece."""
    said = [i for i, piece in enumerate(pieces) if piece.english != ""]
    return next((i for i in said[1:-1] if " ".join(pieces[i].words) in PLACES), None)


def _arrange(pieces: list[_Piece]) -> str:
    """The English of a phrase; "피자 왼쪽에 고양이" names the place first, English the thing that is there."""
    at = _find_place(pieces)
    if at is None:
        return _join(pieces)
    return f"{_join(pieces[at + 1 :])} {pieces[at].english} {_join(pieces[:at])}"


def _join(pieces: list[_Piece]) -> str:
    """The pieces with spaces or "and" between them; an "and" that joins nothing goes."""
    said = [piece for piece in pieces if piece.english != ""]
    joints = [*(" and " if piece.joined else " " for piece in said[:-1]), ""]
    return "".join((p.english or " ".join(p.words)) + joint for p, joint in zip(said, joints, strict=False))
