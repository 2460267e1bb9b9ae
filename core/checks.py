"""Checks of numbers and words that come from outside; each refuses with one `InputError`."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from core.errors import InputError

MAX_TEXT = 2000
MAX_SEED = 2**32 - 1
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
    """`value` stripped of outer white space and of control characters.

    Raises:
        InputError: it is not text, longer than `longest` characters, or empty where `empty` is False.
    """
    if not isinstance(value, str):
        raise InputError("errors.text_type", name=name, got=short_repr(value))
    if len(value) > longest:
        raise InputError("errors.text_long", name=name, longest=longest, got=len(value))
    clean = "".join(c for c in value if c.isprintable() or c in "\n\t").strip()
    if not clean and not empty:
        raise InputError("errors.text_empty", name=name)
    return clean


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
    return shown if len(shown) <= 40 else shown[:36] + "..."


def boolean(name: str, value: object) -> bool:
    """`value`, when it is a bool.

    Raises:
        InputError: it is not, as the text "false", which Python takes for true.
    """
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise InputError("errors.boolean", name=name, got=short_repr(value))
