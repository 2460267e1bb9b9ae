"""Checks of numbers and words that come from outside; each refuses with one `InputError`."""

from __future__ import annotations

import math
from collections.abc import Collection

from core.errors import InputError

MAX_TEXT = 2000


def number(name: str, value: object, low: float, high: float) -> float:
    """`value` as a finite float in [low, high].

    Raises:
        InputError: it is not a number, not finite, or out of range.
    """
    if (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and low <= value <= high
    ):
        return float(value)
    raise InputError("errors.number", name=name, low=f"{low:g}", high=f"{high:g}", got=brief(value))


def integer(name: str, value: object, low: int, high: int) -> int:
    """`value` as an int in [low, high]; 3.0 is 3.

    Raises:
        InputError: it is not a whole number, or out of range.
    """
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and float(value).is_integer()
    if whole and low <= value <= high:  # type: ignore[operator]
        return int(value)  # type: ignore[call-overload, no-any-return]
    raise InputError("errors.integer", name=name, low=low, high=high, got=brief(value))


def choice(name: str, value: object, choices: Collection[str]) -> str:
    """`value`, when it is one of `choices`.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, str) and value in choices:
        return value
    raise InputError("errors.choice", name=name, choices=", ".join(choices), got=brief(value))


def text(name: str, value: object, *, longest: int = MAX_TEXT, empty: bool = False) -> str:
    """`value` stripped of outer white space and of control characters.

    Raises:
        InputError: it is not text, longer than `longest` characters, or empty where `empty` is False.
    """
    if not isinstance(value, str):
        raise InputError("errors.text_type", name=name, got=brief(value))
    if len(value) > longest:
        raise InputError("errors.text_long", name=name, longest=longest, got=len(value))
    clean = "".join(c for c in value if c.isprintable() or c in "\n\t").strip()
    if not clean and not empty:
        raise InputError("errors.text_empty", name=name)
    return clean


def brief(value: object) -> str:
    """A short, safe picture of any value for an error sentence.

    >>> brief("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."
    """
    shown = repr(value)
    return shown if len(shown) <= 40 else shown[:36] + "..."
