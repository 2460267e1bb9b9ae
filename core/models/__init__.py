"""Models by task and name: one catalogue, one loader each, one cache."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.checks import brief
from core.errors import InputError, ModelUnavailable, PlaygroundError
from core.models import sources
from core.models.cache import ModelCache
from core.models.catalog import ROWS, Row

__all__ = ["Row", "Status", "borrow", "device", "load", "prefer", "prefetch", "release", "row", "rows", "status"]

TIERS = ("auto", "pocket", "full")


@dataclass(frozen=True)
class Status:
    """A row and where it is: `state` is "loaded", "on disk" or "absent"; `bytes` counts what is loaded."""

    row: Row
    state: str
    bytes: int


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
        return _default(task)
    for candidate in candidates:
        if candidate.name == name:
            return candidate
    choices = ", ".join(r.name for r in candidates) or "-"
    raise InputError("errors.model_unknown", task=task, got=brief(name), choices=choices)


def prefer(tier: str) -> None:
    """What None means from now on: "pocket", "full", or "auto" (full where a GPU and the weights are, else pocket)."""
    _preference.tier = tier


@contextmanager
def borrow(task: str, name: str | None = None) -> Iterator[tuple[Row, Any]]:
    """The row and its model for the length of the block: nobody else uses it, and it is not evicted.

    Raises:
        InputError: the task has no model of that name.
        ModelUnavailable: its weights are not here and could not be fetched.
    """
    chosen = row(task, name)
    with _cache().borrow(chosen) as model:
        yield chosen, model


def load(task: str, name: str | None = None) -> Any:
    """The model itself, loaded and cached; prefer `borrow` where it is used."""
    with borrow(task, name) as (_, model):
        return model


def prefetch(name: str) -> None:
    """Downloads the weights of the row `name` if they are not on this machine."""
    for candidate in ROWS:
        if candidate.name == name:
            sources.fetch(candidate)
            return
    raise InputError("errors.model_unknown", task="-", got=brief(name), choices=", ".join(r.name for r in ROWS))


def release() -> None:
    """Frees every model that is not in use."""
    _cache().release()


def status() -> tuple[Status, ...]:
    """Every row and where it is; opens no socket and loads nothing."""
    loaded = _cache().loaded()
    return tuple(Status(r, _state(r, loaded), loaded.get(r.name, 0)) for r in ROWS)


@functools.lru_cache(maxsize=1)
def device() -> str:
    """ "cuda", "mps" or "cpu"."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


class _Preference:
    tier = "auto"


_preference = _Preference()


def _default(task: str) -> Row:
    candidates = rows(task)
    if not candidates:
        raise InputError("errors.model_unknown", task=task, got="None", choices="-")
    by_tier = {tier: [r for r in candidates if r.tier == tier] for tier in ("pocket", "full")}
    ready = (
        [r for r in by_tier["full"] if sources.locate(r)] if _preference.tier == "auto" and device() != "cpu" else []
    )
    order = {"pocket": by_tier["pocket"], "full": by_tier["full"], "auto": ready + by_tier["pocket"]}
    return (order[_preference.tier] + list(candidates))[0]


def _state(r: Row, loaded: dict[str, int]) -> str:
    if r.name in loaded:
        return "loaded"
    return "on disk" if sources.locate(r) else "absent"


@functools.lru_cache(maxsize=1)
def _cache() -> ModelCache:
    import psutil

    return ModelCache(_load, budget=psutil.virtual_memory().total // 2)


def _load(r: Row) -> Any:
    from core.models import loaders

    path = sources.fetch(r)
    try:
        return getattr(loaders, r.loader)(r, path, device())
    except PlaygroundError:
        raise
    # a damaged or foreign file can fail in any way its library likes
    except Exception as error:
        raise ModelUnavailable("errors.model_damaged", name=r.name, got=brief(str(error))) from error
