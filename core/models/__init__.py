"""Models by task and name: one catalogue, one loader each, one cache."""

from __future__ import annotations

import difflib
import functools
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.checks import brief
from core.errors import InputError, ModelUnavailable, PlaygroundError
from core.models import placement, shortage, sources
from core.models.cache import ModelCache
from core.models.catalog import ROWS, Row
from core.models.commands import command
from core.models.offline import stay_offline

if TYPE_CHECKING:
    from pathlib import Path

    from core.models.hub import Fetched

__all__ = [
    "Held",
    "Row",
    "Status",
    "borrow",
    "built_on",
    "busy",
    "command",
    "device",
    "finish",
    "held",
    "load",
    "named",
    "prefer",
    "preload",
    "release",
    "row",
    "rows",
    "status",
    "stay_offline",
    "watch",
]

TIERS = ("auto", "pocket", "full")


@dataclass(frozen=True)
class Status:
    """A row and where it is.

    Attributes:
        state: "loaded", "on disk" or "absent".
        bytes: of what is loaded.
        offload: "none", or which part of what is loaded waits on the CPU: "model" or "sequential", see `placement`.
    """

    row: Row
    state: str
    bytes: int
    offload: str = "none"


@dataclass(frozen=True)
class Held:
    """Models in memory; their device and the bytes that may stay, unknown before the first; whether one is in use."""

    loaded: tuple[Status, ...]
    device: str
    budget: int | None
    busy: bool


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


def watch(listener: Callable[[Row, Fetched], None] | None) -> None:
    """Who is told, in the thread that waits for it, how far the download is that a row's first use begins."""
    _preference.listener = listener


@contextmanager
def borrow(task: str, name: str | None = None) -> Iterator[tuple[Row, Any]]:
    """The row and its model for the length of the block: nobody else uses it, and it is not evicted.

    Raises:
        InputError: the task has no model of that name.
        ModelUnavailable: its weights are not here and could not be fetched, or do not fit into the memory.
        OutOfMemory: the block ran out of memory.
    """
    chosen = row(task, name)
    with _cache().borrow(chosen) as model, shortage.named(chosen.title):
        yield chosen, model


def load(task: str, name: str | None = None) -> Any:
    """The model itself, loaded and cached; prefer `borrow` where it is used."""
    with borrow(task, name) as (_, model):
        return model


def preload(task: str, name: str | None = None) -> None:
    """Loads a model (None: the task's default) if its weights are here and it fits beside those that are loaded."""
    chosen = row(task, name)
    if _ready(chosen) and _cache().has_room(chosen):
        load(task, chosen.name)


def named(word: str) -> tuple[Row, ...]:
    """The row of that name, the rows of that task, or with "all" everything that comes from the Hub.

    Raises:
        InputError: nothing is called so.
    """
    found = tuple(r for r in ROWS if word in (r.name, r.task) or (word == "all" and r.source.startswith("hub:")))
    if found:
        return found
    tasks = list(dict.fromkeys(r.task for r in ROWS))
    words, typed = ["all", *tasks, *(r.name for r in ROWS)], word.lower()
    # a letter or two are in nearly every name
    around = [each for each in words if typed in each] if len(typed) > 2 else []
    choices = ", ".join(dict.fromkeys(around + difflib.get_close_matches(typed, words)) or tasks)
    raise InputError("errors.model_or_task_unknown", got=brief(word), choices=choices)


def built_on(row: Row) -> Iterator[Row]:
    """The row, then those that its options name, and theirs: what must be here for it to work."""
    yield row
    for part in ROWS:
        if part.name in row.options.values():
            yield from built_on(part)


def busy() -> bool:
    """Whether somebody uses a model, or waits for one."""
    return _cache().busy()


def release() -> None:
    """Frees every model that is not in use."""
    _cache().release()
    if "torch" in sys.modules and device() != "cpu":
        import torch

        gc.collect()
        (torch.cuda if device() == "cuda" else torch.mps).empty_cache()


def finish() -> None:
    """Waits for what a GPU still computes: it takes orders and answers later."""
    if "torch" in sys.modules and device() != "cpu":
        import torch

        (torch.cuda if device() == "cuda" else torch.mps).synchronize()


def status() -> tuple[Status, ...]:
    """Every row and where it is; opens no socket and loads nothing."""
    loaded, kept = _cache().loaded(), _cache().kept()
    offloads = {name: placement.plan_of(model).offload for name, model in kept.items()}
    return tuple(Status(r, _state(r, loaded), loaded.get(r.name, 0), offloads.get(r.name, "none")) for r in ROWS)


def held() -> Held:
    """What is in memory, at once: looks at no disk, and never imports torch."""
    loaded = _cache().loaded()
    found = tuple(Status(r, "loaded", loaded[r.name]) for r in ROWS if r.name in loaded)
    # whoever loaded tensors has imported torch to its end; until then asking would wait for that
    asked = any(status.bytes for status in found)
    return Held(found, device() if asked else "", _cache().room(device()) if asked else None, busy())


@functools.lru_cache(maxsize=1)
def device() -> str:
    """ "cuda", "mps" or "cpu"."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


class _Preference:
    tier = "auto"
    listener: Callable[[Row, Fetched], None] | None = None


_preference = _Preference()


def _default(task: str) -> Row:
    candidates = rows(task)
    if not candidates:
        raise InputError("errors.model_unknown", task=task, got="None", choices="-")
    by_tier = {tier: [r for r in candidates if r.tier == tier] for tier in ("pocket", "full")}
    by_tier["auto"] = by_tier["pocket"]
    if _preference.tier == "auto":
        ready = [r for r in by_tier["full"] if _ready(r)]
        # in this order: asking for the device imports torch, which a page without full models need not wait for
        by_tier["auto"] = ready + by_tier["pocket"] if ready and device() != "cpu" else by_tier["pocket"]
    return (by_tier[_preference.tier] + list(candidates))[0]


def _ready(r: Row) -> bool:
    """Whether its weights are here, and those that it is built on."""
    return all(sources.locate(part) for part in built_on(r))


def _state(r: Row, loaded: dict[str, int]) -> str:
    if r.name in loaded:
        return "loaded"
    return "on disk" if sources.locate(r) else "absent"


@functools.lru_cache(maxsize=1)
def _cache() -> ModelCache:
    return ModelCache(_load, _budget, _needs)


def _needs(r: Row) -> dict[str, int]:
    # before torch there is nothing on another device, and it is not imported here, where others wait for the answer
    place = _place(r) if "torch" in sys.modules else "cpu"
    return {place: placement.needs(r, place)}


def _place(r: Row) -> str:
    """The device of a row; a method without weights does without torch."""
    return "cpu" if r.source.startswith("builtin:") else device()


def _budget(place: str, held: int) -> int:
    """Bytes of models that may be on a device where `held` are: with what is free now, but room to compute."""
    if place != "cpu":
        return placement.free_bytes(place) + held - placement.HEADROOM
    import psutil

    memory = psutil.virtual_memory()
    # half of it is for pictures, and for the rest of the machine
    return min(int(memory.total) // 2, int(memory.available) + held)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collection: it walks again and again over what a library's import makes, all of which stays."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _load(r: Row) -> Any:
    tell = _preference.listener
    path = sources.fetch(r, on_step=functools.partial(tell, r) if tell else None)
    try:
        return shortage.eased(lambda: _made(r, path))
    except PlaygroundError:
        raise
    # a damaged or foreign file can fail in any way its library likes
    except Exception as error:
        if shortage.is_one(error):
            shortage.forget(error)
            shortage.relieve()
            raise placement.too_large(r, _place(r)) from error
        if not r.source.startswith("hub:"):
            raise
        facts = {"name": r.name, "got": brief(str(error)), "command": command(r)}
        raise ModelUnavailable("errors.model_damaged", **facts) from error


def _made(r: Row, path: Path) -> Any:
    from core.models import loaders

    with _uncollected():
        return getattr(loaders, r.loader)(r, path, _place(r))
