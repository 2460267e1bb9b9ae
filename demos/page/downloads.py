"""How far the download is that somebody's click has begun, told to that visitor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core import models
from demos import ui

if TYPE_CHECKING:
    from core.models.files.hub_files import DownloadProgress

PAUSE = 5.0  # seconds from one toast to the next


class DownloadReporter:
    """A listener of `models.watch_downloads`; the event that waits is the one whose thread calls it."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def __call__(self, row: models.Row, now: DownloadProgress) -> None:
        """A toast at the beginning, at the end, and every few seconds between."""
        due = time.monotonic() >= self._last.get(row.name, 0) + PAUSE
        if not (due or now.done == now.total):
            return
        self._last[row.name] = time.monotonic()
        facts = {"name": row.title, "done": f"{now.done / 1e6:,.0f}", "total": f"{now.total / 1e6:,.0f}"}
        ui.show_toast("ui.fetching", seconds=PAUSE + 1, **facts)
