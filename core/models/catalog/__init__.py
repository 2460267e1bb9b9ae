"""Every model the playground knows, a task's pocket models before its full ones, and every method without weights."""

from __future__ import annotations

from core.models.catalog.detection import DETECTORS
from core.models.catalog.methods import METHODS, Method
from core.models.catalog.pocket import POCKET
from core.models.catalog.row import Row
from core.models.catalog.vision import FULL

__all__ = ["METHODS", "ROWS", "Method", "Row"]

_ALL = (*POCKET, *FULL, *DETECTORS)
_TASKS = list(dict.fromkeys(row.task for row in _ALL))
ROWS: tuple[Row, ...] = tuple(sorted(_ALL, key=lambda row: _TASKS.index(row.task)))
