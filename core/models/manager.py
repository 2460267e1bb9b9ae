"""The models in memory: lent to whoever works with one, loaded once, let go when others need the room."""

from __future__ import annotations

import functools
import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.checks import short_repr
from core.errors import ModelUnavailable, PlaygroundError
from core.models import registry, torchvision_shim
from core.models.cache import ModelCache
from core.models.catalog import Row
from core.models.files import checksums, sources
from core.models.hints import prefetch_command
from core.models.memory import devices, offload, out_of_memory

if TYPE_CHECKING:
    from pathlib import Path

    from core.models.files.hub_files import DownloadProgress


@dataclass(frozen=True)
class Status:
    """A row and where it is.

    Attributes:
        state: "loaded", "on disk" or "absent".
        bytes: of what is loaded.
        offload: "none", or which part of what is loaded waits on the CPU: "model" or "sequential", see
            `memory/offload.py`.
    """

    row: Row
    state: str
    bytes: int
    offload: str = "none"


@dataclass(frozen=True)
class LoadedModels:
    """Models in memory; their device and the bytes that may stay, unknown before the first; whether one is in use."""

    loaded: tuple[Status, ...]
    device: str
    budget: int | None
    busy: bool


def watch_downloads(listener: Callable[[Row, DownloadProgress], None] | None) -> None:
    """Has `listener(row, progress)` called while a row's first use downloads it, in the thread that waits for it."""
    _Listener.download = listener


@contextmanager
def borrow(task: str, name: str | None = None) -> Iterator[tuple[Row, Any]]:
    """The row and its model for the length of the block: nobody else uses it, and it is not evicted.

    Raises:
        InputError: the task has no model of that name.
        ModelUnavailable: its weights are not here and could not be fetched, or do not fit into the memory.
        OutOfMemory: the block ran out of memory.
    """
    chosen = registry.row(task, name)
    with _cache().borrow(chosen) as model, out_of_memory.report_oom(chosen.title):
        yield chosen, model


def load(task: str, name: str | None = None) -> Any:
    """The model itself, loaded and cached; prefer `borrow` where it is used."""
    with borrow(task, name) as (_, model):
        return model


def preload(task: str, name: str | None = None) -> None:
    """Loads a model (None: the task's default) if its weights are here and it fits beside those that are loaded."""
    chosen = registry.row(task, name)
    if registry.is_ready(chosen) and _cache().has_room(chosen):
        load(task, chosen.name)


def is_busy() -> bool:
    """Whether somebody uses a model, or waits for one."""
    return _cache().is_busy()


def release() -> None:
    """Frees every model that is not in use."""
    _cache().release()
    devices.empty_cache()


def status() -> tuple[Status, ...]:
    """Every row and where it is; opens no socket and loads nothing."""
    loaded, kept = _cache().loaded_sizes(), _cache().peek_models()
    offloads = {name: offload.offload_plan(model).offload for name, model in kept.items()}
    return tuple(
        Status(r, _row_state(r, loaded), loaded.get(r.name, 0), offloads.get(r.name, "none")) for r in registry.ROWS
    )


def loaded_models() -> LoadedModels:
    """What is in memory, at once: looks at no disk, and never imports torch."""
    loaded = _cache().loaded_sizes()
    found = tuple(Status(r, "loaded", loaded[r.name]) for r in registry.ROWS if r.name in loaded)
    # whoever loaded tensors has imported torch to its end; until then asking would wait for that
    asked = any(status.bytes for status in found)
    return LoadedModels(
        found, devices.device() if asked else "", _cache().device_budget(devices.device()) if asked else None, is_busy()
    )


class _Listener:
    download: Callable[[Row, DownloadProgress], None] | None = None


def _row_state(r: Row, loaded: dict[str, int]) -> str:
    if r.name in loaded:
        return "loaded"
    return "on disk" if sources.locate_weights(r) else "absent"


@functools.lru_cache(maxsize=1)
def _cache() -> ModelCache:
    """The one cache of this process, made at its first use."""
    out_of_memory.release_with(release)
    return ModelCache(_load_model, _memory_budget, _bytes_needed)


def _bytes_needed(r: Row) -> dict[str, int]:
    # before torch there is nothing on another device, and it is not imported here, where others wait for the answer
    place = _device_for(r) if "torch" in sys.modules else "cpu"
    return {place: offload.weight_bytes(r, place)}


def _device_for(r: Row) -> str:
    """The device of a row; a method without weights, and a network of OpenCV's, do without torch."""
    return "cpu" if r.source_kind == "builtin" or r.spec.opencv else devices.device()


def _memory_budget(place: str, held: int) -> int:
    """Bytes of models that may be on a device where `held` are: with what is free now, but room to compute."""
    if place != "cpu":
        return offload.free_bytes(place) + held - offload.HEADROOM
    import psutil

    memory = psutil.virtual_memory()
    # half of it is for pictures, and for the rest of the machine
    return min(int(memory.total) // 2, int(memory.available) + held)


@contextmanager
def _without_gc() -> Iterator[None]:
    """Without garbage collection: it walks again and again over what a library's import makes, all of which stays."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _load_model(r: Row) -> Any:
    """The row's model, its weights downloaded first if they must be; what goes wrong becomes a sentence."""
    tell = _Listener.download
    path = sources.fetch_weights(r, on_step=functools.partial(tell, r) if tell else None)
    checksums.refuse_damaged_assets(r)
    try:
        return out_of_memory.retry_smaller(lambda: _call_loader(r, path))
    except PlaygroundError:
        raise
    # a damaged or foreign file can fail in any way its library likes
    except Exception as error:
        if out_of_memory.is_oom(error):
            out_of_memory.release_frames(error)
            out_of_memory.free_memory()
            raise offload.too_large_error(r, _device_for(r)) from error
        if not r.is_from_hub:
            checksums.refuse_damaged_package(r, error)
            raise
        facts = {"name": r.name, "got": short_repr(str(error)), "command": prefetch_command(r)}
        raise ModelUnavailable("errors.model_damaged", **facts) from error


def find_loader(row: Row) -> Callable[[Row, Path, str], Any]:
    """`load(row, path of its weights, device)` of the module `core.<row.loader>`, which makes the row's model."""
    load: Callable[[Row, Path, str], Any] = importlib.import_module(f"core.{row.loader}").load
    return load


def _call_loader(r: Row, path: Path) -> Any:
    """What `core.<loader>.load` makes of the weights."""
    with _without_gc():
        if r.parameters and not r.spec.opencv:
            # once, before a library that sees imports it
            torchvision_shim.ensure_torchvision()
        return find_loader(r)(r, path, _device_for(r))
