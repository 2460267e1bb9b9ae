"""Models by task and name: one catalogue, a loader beside each network, one cache."""

from core.models.catalog import ROWS, Row
from core.models.files.offline import stay_offline
from core.models.hints import command
from core.models.manager import Held, Status, borrow, busy, held, load, preload, release, status, watch
from core.models.memory.devices import device, finish
from core.models.registry import TIERS, built_on, named, prefer, row, rows

__all__ = [
    "ROWS",
    "TIERS",
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
