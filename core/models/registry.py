"""The catalogue by task and name, and which of its rows this machine takes where nothing was chosen."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from core.checks import short_repr
from core.errors import InputError
from core.models.catalog import METHODS, ROWS, Method, Row
from core.models.files import sources
from core.models.memory import devices

__all__ = ["METHODS", "ROWS", "TIERS", "describe", "find_rows", "is_ready", "prefer", "required_rows", "row", "rows"]

TIERS = ("auto", "pocket", "full")


def rows(task: str | None = None) -> tuple[Row, ...]:
    """The catalogue, or one task's part of it."""
    return tuple(r for r in ROWS if task in (None, r.task))


def row(task: str, name: str | None = None) -> Row:
    """One row; None takes the default for this machine.

    Raises:
        InputError: the task has no model of that name.
    """
    candidates = rows(task)
    if name is None:
        return _default_row(task)
    for candidate in candidates:
        if candidate.name == name:
            return candidate
    choices = ", ".join(r.name for r in candidates) or "-"
    raise InputError("errors.model_unknown", task=task, got=short_repr(name), choices=choices)


def describe(task: str, name: str | None = None) -> Row | Method:
    """What is known of whatever made a result: a method without weights, or else the row.

    Args:
        task: such as "edges".
        name: the `model` of the result; None takes the default model for this machine.

    Raises:
        InputError: the task has neither of that name.
    """
    return next((m for m in METHODS if (m.task, m.name) == (task, name)), None) or row(task, name)


def prefer(tier: str) -> None:
    """What None means from now on: "pocket", "full", or "auto" (full where a GPU and the weights are, else pocket)."""
    _Preference.tier = tier


def find_rows(word: str) -> tuple[Row, ...]:
    """The row of that name, the rows of that task, or with "all" everything that comes from the Hub.

    Raises:
        InputError: nothing is called so.
    """
    found = tuple(r for r in ROWS if word in (r.name, r.task) or (word == "all" and r.is_from_hub))
    if found:
        return found
    tasks = list(dict.fromkeys(r.task for r in ROWS))
    words, typed = ["all", *tasks, *(r.name for r in ROWS)], word.lower()
    # a letter or two are in nearly every name
    around = [each for each in words if typed in each] if len(typed) > 2 else []
    choices = ", ".join(dict.fromkeys(around + difflib.get_close_matches(typed, words)) or tasks)
    raise InputError("errors.model_or_task_unknown", got=short_repr(word), choices=choices)


def required_rows(row: Row) -> Iterator[Row]:
    """The row, then those that it is built on, and theirs: what must be here for it to work."""
    yield row
    for part in ROWS:
        if part.name in row.parts.values():
            yield from required_rows(part)


def is_ready(r: Row) -> bool:
    """Whether its weights are here, and those that it is built on."""
    return all(sources.locate_weights(part) for part in required_rows(r))


class _Preference:
    tier = "auto"


def _default_row(task: str) -> Row:
    candidates = rows(task)
    if not candidates:
        raise InputError("errors.model_unknown", task=task, got="None", choices="-")
    by_tier = {tier: [r for r in candidates if r.tier == tier] for tier in ("pocket", "full")}
    by_tier["auto"] = by_tier["pocket"]
    if _Preference.tier == "auto":
        ready = [r for r in by_tier["full"] if is_ready(r)]
        # in this order: asking for the device imports torch, which a page without full models need not wait for
        by_tier["auto"] = ready + by_tier["pocket"] if ready and devices.device() != "cpu" else by_tier["pocket"]
    return (by_tier[_Preference.tier] + list(candidates))[0]
