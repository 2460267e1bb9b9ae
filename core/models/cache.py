"""The only cache of weights: loads once per model, keeps what fits, drops what was idle longest."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from core.models.catalog import Row
from core.models.memory.footprint import Footprint, bytes_by_device, measure_footprint


@dataclass
class _CacheEntry:
    lock: threading.RLock = field(default_factory=threading.RLock)
    model: Any = None
    loaded: bool = False
    tensors: Footprint = field(default_factory=dict)
    users: int = 0
    last_used: int = 0


class ModelCache:
    """Models by row.

    Args:
        load: makes the model of a row.
        budget: how many bytes of models may stay on a device, given which one and how many are there; asked only
            while a model could go.
        needs: bytes that a row will take, by device.
    """

    def __init__(
        self,
        load: Callable[[Row], Any],
        budget: Callable[[str, int], int],
        needs: Callable[[Row], Mapping[str, int]] = lambda row: {"cpu": row.memory},
    ) -> None:
        self._load = load
        self._budget = budget
        self._needs = needs
        # bytes by device, what several models share once; counted anew when a model comes or goes
        self._used_bytes: Counter[str] = Counter()
        self._entries: dict[str, _CacheEntry] = {}
        self._lock = threading.Lock()
        self._clock = itertools.count(1)

    @contextmanager
    def borrow(self, row: Row) -> Iterator[Any]:
        """The row's model, loaded once, this caller's alone until the block ends; it cannot be evicted meanwhile."""
        with self._lock:
            entry = self._entries.setdefault(row.name, _CacheEntry())
            entry.users += 1
        try:
            with entry.lock:
                if not entry.loaded:
                    self._load_entry(entry, row)
                yield entry.model
        finally:
            with self._lock:
                entry.users -= 1
                entry.last_used = next(self._clock)
                if not (entry.loaded or entry.users):
                    del self._entries[row.name]
                self._evict_idle(keep=1)

    def release(self) -> None:
        """Drops every model that is not in use."""
        with self._lock:
            for name in self._idle_names():
                del self._entries[name]
            self._count_bytes()

    def loaded_sizes(self) -> dict[str, int]:
        """Bytes of each loaded model, by row name."""
        with self._lock:
            return {name: bytes_by_device([e.tensors]).total() for name, e in self._entries.items() if e.loaded}

    def peek_models(self) -> dict[str, Any]:
        """The loaded models themselves, by row name; to look at only."""
        with self._lock:
            return {name: entry.model for name, entry in self._entries.items() if entry.loaded}

    def is_busy(self) -> bool:
        """Whether a model is in use or being loaded."""
        with self._lock:
            return any(entry.users for entry in self._entries.values())

    def has_room(self, row: Row) -> bool:
        """Whether the row's model is loaded, or would be without another one's going."""
        with self._lock:
            if row.name in self._entries:
                return True
            return all(
                self._used_bytes[device] + size <= self.device_budget(device)
                for device, size in self._needs(row).items()
            )

    def _load_entry(self, entry: _CacheEntry, row: Row) -> None:
        with self._lock:
            self._evict_idle(row)
        entry.model = self._load(row)
        entry.tensors = measure_footprint(entry.model)
        entry.loaded = True
        with self._lock:
            self._count_bytes()

    def _count_bytes(self) -> None:
        self._used_bytes = bytes_by_device(entry.tensors for entry in self._entries.values())

    def device_budget(self, device: str) -> int:
        """How many bytes of models may be on the device."""
        return self._budget(device, self._used_bytes[device])

    def _idle_names(self) -> list[str]:
        """Names of the models that nobody uses, the one idle longest first."""
        return sorted((n for n, e in self._entries.items() if not e.users), key=lambda n: self._entries[n].last_used)

    def _evict_idle(self, coming: Row | None = None, *, keep: int = 0) -> None:
        """Drops idle models until the rest and the `coming` one fit; the `keep` newest stay, they were just used."""
        if len(self._idle_names()) <= keep:
            return
        more = self._needs(coming) if coming else {}
        for device in {*self._used_bytes, *more}:
            # asked once: what is dropped may take a while to be free
            room = self.device_budget(device) - more.get(device, 0)
            idle = self._idle_names()
            for name in idle[: len(idle) - keep]:
                if self._used_bytes[device] <= room:
                    break
                if any(place == device for place, _ in self._entries[name].tensors.values()):
                    del self._entries[name]
                    self._count_bytes()
