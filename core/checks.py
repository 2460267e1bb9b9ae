"""Checks of numbers and words that come from outside; each refuses with one `InputError`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np

from core.errors import InputError
from core.normalisation import clean_text, normalise_text

MAX_TEXT = 2000
MAX_SPELLING = 4  # characters that come for one that is counted: a Mac writes a Korean syllable as three
MAX_SEED = 2**32 - 1
# what joins an emoji's parts, and emoji that are newer than Python, which knows none of them as printable
_ESCAPED_EMOJI = re.compile(r"(?<!\\)\\[uU]((?:0001f[0-9a-f]{3})|200d)")
_NUMBERS = (int, float, np.integer, np.floating)


def number(name: str, value: object, low: float, high: float) -> float:
    """`value` as a float in [low, high], which are finite.

    Raises:
        InputError: it is not a number, NaN, or out of range.
    """
    if isinstance(value, _NUMBERS) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    raise InputError("errors.number", name=name, low=f"{low:g}", high=f"{high:g}", got=short_repr(value))


def integer(name: str, value: object, low: int, high: int) -> int:
    """`value` as an int in [low, high]; 3.0 is 3.

    Raises:
        InputError: it is not a whole number, or out of range.
    """
    if isinstance(value, _NUMBERS) and not isinstance(value, bool) and low <= value <= high and value == int(value):
        return int(value)
    raise InputError("errors.integer", name=name, low=low, high=high, got=short_repr(value))


def seed_number(value: object) -> int:
    """`value` as a seed, 0 to 2**32 - 1.

    Raises:
        InputError: it is not a whole number, or out of range.
    """
    return integer("seed", value, 0, MAX_SEED)


def choice(name: str, value: object, choices: Collection[str]) -> str:
    """`value`, when it is one of `choices`.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, str) and value in choices:
        return value
    raise InputError("errors.choice", name=name, choices=", ".join(choices), got=short_repr(value))


def plain_text(name: str, value: object, *, longest: int = MAX_TEXT, empty: bool = False) -> str:
    """`value` as every model and every comparison reads it: see `core.normalisation.normalise_text`.

    Raises:
        InputError: it is not text, longer than `longest` characters, or empty where `empty` is False.
    """
    return _check_length(name, normalise_text(_check_text(name, value, longest)), longest, empty)


def shown_text(name: str, value: object, *, longest: int = MAX_TEXT, empty: bool = False) -> str:
    """`value` as it came, to be shown beside what was made of it: without what cannot be seen, and stripped.

    Raises:
        InputError: as `plain_text`.
    """
    plain_text(name, value, longest=longest, empty=empty)
    return clean_text(str(value))


def _check_text(name: str, value: object, longest: int) -> str:
    """`value`, when it is text and not so long that to normalise it would take long."""
    if not isinstance(value, str):
        raise InputError("errors.text_type", name=name, got=short_repr(value))
    if len(value) > MAX_SPELLING * longest:
        raise InputError("errors.text_long", name=name, longest=longest, got=len(value))
    return value


def _check_length(name: str, text: str, longest: int, empty: bool) -> str:
    if len(text) > longest:
        raise InputError("errors.text_long", name=name, longest=longest, got=len(text))
    if not text and not empty:
        raise InputError("errors.text_empty", name=name)
    return text


def list_names(names: Sequence[str], most: int = 5) -> str:
    """The first few of many names, each once, for a sentence.

    >>> list_names(["a.txt", "b.txt", "b.txt", "c.txt"], most=2)
    'a.txt, b.txt, ...'
    """
    different = list(dict.fromkeys(names))
    return ", ".join(different[:most]) + (", ..." if len(different) > most else "")


def short_repr(value: object) -> str:
    """A short, safe picture of any value for an error sentence.

    >>> short_repr("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."
    """
    try:
        shown = repr(value)
    # JSON may be nested more deeply than Python can write it
    except RecursionError:
        shown = f"a nested {type(value).__name__}"
    if isinstance(value, str) and not value.isascii():
        shown = _ESCAPED_EMOJI.sub(lambda found: chr(int(found[1], 16)), shown)
    return shown if len(shown) <= 40 else shown[:36] + "..."


def boolean(name: str, value: object) -> bool:
    """`value`, when it is a bool.

    Raises:
        InputError: it is not, as the text "false", which Python takes for true.
    """
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise InputError("errors.boolean", name=name, got=short_repr(value))
