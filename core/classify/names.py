"""The names of ImageNet's 1000 classes in Korean: what a page shows for a label, and what may be typed for one.

Results have the English labels of the networks. `assets/dictionary/ko_classes.json` gives each of them a Korean name,
and others that people use for it; `class_kinds.json` names what many of them are a kind of, such as the breeds of dogs.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence

from core.assets import read_json
from core.texts import ASSETS

# what tells two classes of one English name apart, which in Korean have two: "crane (bird)"
_REMARK = re.compile(r" \([^)]*\)$")
_LOOSE = re.compile(r"[\s'’-]+")
_HANGUL = re.compile("[가-힣]")
_WORDS = re.compile(r"[^\s(),-]+")


@functools.lru_cache(maxsize=1)
def korean_class_names() -> dict[str, list[str]]:
    """Korean names of each class by its English label, the one that is shown first; in the order of ImageNet."""
    names: dict[str, list[str]] = read_json(ASSETS / "dictionary" / "ko_classes.json", dict)
    return names


def shown_class_name(label: str, language: str) -> str:
    """A class as a page in this language, "en" or "ko", shows it; a label that is none of the 1000 stays as it is.

    >>> shown_class_name("tiger cat", "ko"), shown_class_name("tiger cat", "en"), shown_class_name("crane (bird)", "ko")
    ('호랑이고양이 (tiger cat)', 'tiger cat', '두루미 (crane)')
    """
    korean = korean_class_names().get(label) if language == "ko" else None
    return f"{korean[0]} ({_REMARK.sub('', label)})" if korean else label


def find_label(text: str) -> str:
    """The label of a class that is written as a page shows it; other text as it is.

    >>> find_label("호랑이고양이 (tiger cat)"), find_label("호랑이")
    ('tiger cat', '호랑이')
    """
    return _labels_by_shown_name().get(text, text)


def find_classes(text: str, names: Sequence[Sequence[str]]) -> list[int]:
    """The numbers of the classes that a text may mean, of those whose names it fits best.

    A label or a Korean name fits best, then another whole name, a word of one or the end of a Korean one ("레트리버"),
    then the beginning of a word, then any part of more than three letters. Case, spaces and hyphens matter only for
    labels that differ in nothing else: "cardigan" is no "Cardigan".

    Args:
        text: a name of a class in either language, one as `shown_class_name` writes it, or a part of one.
        names: all names of each class, its label first.

    >>> find_classes("고양이", [["tiger cat", "호랑이고양이"], ["lion", "사자"], ["Persian cat", "페르시아고양이"]])
    [0, 2]
    """
    text = find_label(text)
    for fits in (_is_label, _is_first_name, _is_word, _begins_word, _is_part):
        found = [i for i, known in enumerate(names) if fits(text, known)]
        if found:
            return found
    return []


def collect_names(label: str, synonyms: Sequence[str]) -> tuple[str, ...]:
    """All names of a class: its label, its others in English, its Korean ones, and what it is a kind of."""
    return tuple(dict.fromkeys([label, *synonyms, *korean_class_names().get(label, ()), *_kinds().get(label, ())]))


@functools.lru_cache(maxsize=1)
def _kinds() -> dict[str, list[str]]:
    """What each class is a kind of in Korean, by its label; the file has the first and the last label of each row."""
    order, kinds = list(korean_class_names()), dict[str, list[str]]()
    rows: dict[str, list[list[str]]] = read_json(ASSETS / "dictionary" / "class_kinds.json", dict)
    for names, spans in rows.items():
        for first, last in spans:
            for label in order[order.index(first) : order.index(last) + 1]:
                kinds.setdefault(label, []).extend(names.split(", "))
    return kinds


@functools.lru_cache(maxsize=1)
def _labels_by_shown_name() -> dict[str, str]:
    return {shown_class_name(label, "ko"): label for label in korean_class_names()}


def _is_label(text: str, names: Sequence[str]) -> bool:
    return text == names[0]


def _is_first_name(text: str, names: Sequence[str]) -> bool:
    """Whether a text is the label, or a Korean name."""
    return any(_join(text) == _join(name) for name in names if name == names[0] or _HANGUL.search(name))


def _is_word(text: str, names: Sequence[str]) -> bool:
    """Whether a text is a name, a word of one, or the end of a Korean one, which is what it is a kind of."""
    if _HANGUL.search(text):
        return any(_join(name).endswith(_join(text)) for name in names)
    return any(_join(text) == _join(name) or _has_words(text, name, str.__eq__) for name in names)


def _begins_word(text: str, names: Sequence[str]) -> bool:
    if _HANGUL.search(text):
        return any(_join(name).startswith(_join(text)) for name in names)
    return any(_has_words(text, name, str.startswith) for name in names)


def _is_part(text: str, names: Sequence[str]) -> bool:
    """Whether a text is anywhere in a name; a short one of Latin letters is in too many."""
    part = _join(text)
    return (len(part) > 3 or bool(_HANGUL.search(part))) and any(part in _join(name) for name in names)


def _join(text: str) -> str:
    return _LOOSE.sub("", text).casefold()


def _has_words(text: str, name: str, fits: Callable[[str, str], bool]) -> bool:
    """Whether the words of a text follow each other in a name; the last of them only has to fit."""
    wanted, words = text.casefold().split(), _WORDS.findall(name.casefold())
    rows = (words[i : i + len(wanted)] for i in range(len(words) - len(wanted) + 1))
    return bool(wanted) and any(row[:-1] == wanted[:-1] and fits(row[-1], wanted[-1]) for row in rows)
