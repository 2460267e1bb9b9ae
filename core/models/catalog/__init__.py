"""Every model the playground knows, in the order of the tabs; a task's pocket models come before its full ones."""

from __future__ import annotations

from core.models.catalog.detection import DETECTORS
from core.models.catalog.pocket import POCKET
from core.models.catalog.row import Row
from core.models.catalog.vision import FULL

__all__ = ["ROWS", "Row"]

_ALL = (*POCKET, *FULL, *DETECTORS)
_TASKS = list(dict.fromkeys(row.task for row in _ALL))
ROWS: tuple[Row, ...] = tuple(sorted(_ALL, key=lambda row: _TASKS.index(row.task)))
