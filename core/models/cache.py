"""The only cache of weights: loads once per model, keeps what fits, drops what was idle longest."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from core.models.catalog import Row


@dataclass
class _Entry:
    lock: threading.RLock = field(default_factory=threading.RLock)
    model: Any = None
    loaded: bool = False
    bytes: int = 0
    users: int = 0
    last_used: int = 0


class ModelCache:
    """Models by row.

    Args:
        load: makes the model of a row.
        budget: how many bytes of models may stay; asked only while there are some.
    """

    def __init__(self, load: Callable[[Row], Any], budget: Callable[[], int]) -> None:
        self._load = load
        self._budget = budget
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        self._clock = itertools.count(1)

    @contextmanager
    def borrow(self, row: Row) -> Iterator[Any]:
        """The row's model, loaded once, this caller's alone until the block ends; it cannot be evicted meanwhile."""
        with self._lock:
            entry = self._entries.setdefault(row.name, _Entry())
            entry.users += 1
        try:
            with entry.lock:
                if not entry.loaded:
                    self._fill(entry, row)
                yield entry.model
        finally:
            with self._lock:
                entry.users -= 1
                entry.last_used = next(self._clock)
                if not (entry.loaded or entry.users):
                    del self._entries[row.name]
                self._evict(keep=1)

    def release(self) -> None:
        """Drops every model that is not in use."""
        with self._lock:
            for name in self._idle():
                del self._entries[name]

    def loaded(self) -> dict[str, int]:
        """Bytes of each loaded model, by row name."""
        with self._lock:
            return {name: entry.bytes for name, entry in self._entries.items() if entry.loaded}

    def busy(self) -> bool:
        """Whether a model is in use or being loaded."""
        with self._lock:
            return any(entry.users for entry in self._entries.values())

    def has_room(self, row: Row) -> bool:
        """Whether the row's model is loaded, or would be without another one's going."""
        with self._lock:
            here = sum(entry.bytes for entry in self._entries.values())
            return row.name in self._entries or here + row.memory <= self._budget()

    def _fill(self, entry: _Entry, row: Row) -> None:
        with self._lock:
            self._evict(room=row.memory)
        entry.model = self._load(row)
        entry.bytes = bytes_of(entry.model)
        entry.loaded = True

    def _idle(self) -> list[str]:
        """Names of the models that nobody uses, the one idle longest first."""
        return sorted((n for n, e in self._entries.items() if not e.users), key=lambda n: self._entries[n].last_used)

    def _evict(self, *, room: int = 0, keep: int = 0) -> None:
        """Drops idle models until the rest and `room` more bytes fit; the `keep` newest stay, they were just used."""
        idle = self._idle()
        total = room + sum(e.bytes for e in self._entries.values())
        for name in idle[: len(idle) - keep]:
            if total <= self._budget():
                return
            total -= self._entries.pop(name).bytes


def bytes_of(model: Any, depth: int = 3) -> int:
    """Bytes of all tensors in a model, a pipeline or an object that holds some."""
    if hasattr(model, "parameters") and hasattr(model, "buffers"):
        return sum(t.nbytes for t in itertools.chain(model.parameters(), model.buffers()))
    parts = getattr(model, "components", None) or getattr(model, "__dict__", None)
    if depth == 0 or not isinstance(parts, dict):
        return 0
    return sum(bytes_of(part, depth - 1) for part in parts.values())
