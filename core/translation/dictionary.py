"""The words that are known, out of `assets/dictionary`.

`ko_en.json` has everyday nouns and what goes with them, `ko_more.json` more of them, `ko_verbs.json` the stems of verbs
and adjectives, `ko_homographs.json` words and verbs of several meanings with the neighbours that tell which is meant,
`ko_emoji.json` the names and keywords of emoji, and `ko_classes.json` the names of ImageNet's classes.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from core.assets import read_json
from core.texts import ASSETS

# a meaning without a neighbour that tells it, and those that only what comes next, or right before, tells
ANY, NEXT, PREVIOUS = "*", ">", "<"


@functools.lru_cache(maxsize=1)
def korean_dictionary() -> dict[str, str]:
    """Korean names and their English: everyday words, of homonyms the more picturable, before the names of emoji."""
    return load_words("ko_emoji") | everyday_words()


@functools.lru_cache(maxsize=1)
def everyday_words() -> dict[str, str]:
    """Korean words of every day and their English."""
    return load_words("ko_more") | load_words("ko_en")


@functools.lru_cache(maxsize=1)
def class_words() -> dict[str, str]:
    """Korean names of ImageNet's classes that are one word of more than one syllable, and their labels."""
    classes: dict[str, list[str]] = read_json(ASSETS / "dictionary" / "ko_classes.json", dict)
    named = ((name, label) for label, names in classes.items() for name in names)
    return {name: label.partition(" (")[0] for name, label in named if len(name) > 1 and " " not in name}


@functools.lru_cache(maxsize=4)
def everyday_nouns(count: int) -> tuple[str, ...]:
    """So many English words of the everyday dictionary, evenly over the alphabet: they stand for "anything else"."""
    words = sorted(set(load_words("ko_en").values()))
    return tuple(words[round(i * (len(words) - 1) / (count - 1))] for i in range(count))


@functools.lru_cache(maxsize=4)
def load_words(name: str) -> dict[str, str]:
    """One of the files that have a word and its English on each line."""
    words: dict[str, str] = read_json(ASSETS / "dictionary" / f"{name}.json", dict)
    return words


class Neighbours(NamedTuple):
    """The other words of a word's phrase, as they came."""

    before: list[str]
    behind: list[str]


def choose_meaning(word: str, neighbours: Neighbours) -> str | None:
    """What a word of several meanings says beside these; None where nothing tells, or it has one meaning.

    Args:
        word: without an ending.
        neighbours: the other words of its phrase.

    >>> choose_meaning("배", Neighbours([], ["먹는", "아이"])), choose_meaning("배", Neighbours(["바다", "위의"], []))
    ('pear', None)
    """
    meanings = load_homographs().get(word, {})
    return next((english for english, cues in meanings.items() if any(_is_told(cue, neighbours) for cue in cues)), None)


def _is_told(cue: str, neighbours: Neighbours) -> bool:
    """Whether a neighbour begins as the cue says: what comes next where that begins with ">", the last with "<"."""
    if cue.startswith(NEXT):
        return " ".join(neighbours.behind).startswith(cue[1:])
    if cue.startswith(PREVIOUS):
        return any(word.startswith(cue[1:]) for word in neighbours.before[-1:])
    return cue == ANY or any(word.startswith(cue) for word in (*neighbours.before, *neighbours.behind))


@functools.lru_cache(maxsize=1)
def load_homographs() -> dict[str, dict[str, list[str]]]:
    """Meanings of a word, or of a verb in all of its forms, and how their neighbours begin; the first that fits."""
    words: dict[str, dict[str, list[str]]] = read_json(ASSETS / "dictionary" / "ko_homographs.json", dict)
    return words
