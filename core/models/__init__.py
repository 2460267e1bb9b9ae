"""Models by task and name: one catalogue, a loader beside each network, one cache."""

from core.models.catalog import METHODS, ROWS, Method, Row
from core.models.files.offline import stay_offline
from core.models.hints import prefetch_command
from core.models.manager import (
    LoadedModels,
    Status,
    borrow,
    is_busy,
    load,
    loaded_models,
    preload,
    release,
    status,
    watch_downloads,
)
from core.models.memory.devices import device, synchronize_device
from core.models.registry import TIERS, describe, find_rows, is_ready, prefer, required_rows, row, rows

__all__ = [
    "METHODS",
    "ROWS",
    "TIERS",
    "LoadedModels",
    "Method",
    "Row",
    "Status",
    "borrow",
    "describe",
    "device",
    "find_rows",
    "is_busy",
    "is_ready",
    "load",
    "loaded_models",
    "prefer",
    "prefetch_command",
    "preload",
    "release",
    "required_rows",
    "row",
    "rows",
    "status",
    "stay_offline",
    "synchronize_device",
    "watch_downloads",
]
