"""Models that are loaded before somebody waits for them: first those of the tab that was opened, then the rest.

What was pushed out of the memory since is loaded again, where it has room, when its tab is opened again.
Loading is mostly the import of libraries, which slows whatever else Python does: it waits while a model is at work.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence

from core import models
from core.engine import Engine

# seconds: until the address's own tab is open and the page stands still, and between two looks at who works
START_DELAY, POLL_INTERVAL = 1.0, 0.5
log = logging.getLogger(__name__)


class WarmUp:
    """Loads the default models one after the other in a thread of its own.

    Args:
        engine: where they are to be loaded.
        tasks: the catalogue's tasks that each tab begins with, by the tab's id.
    """

    def __init__(self, engine: Engine, tasks: Mapping[str, Sequence[str]]) -> None:
        self._engine = engine
        self._tasks = tasks
        self._waiting = deque(dict.fromkeys(task for needed in tasks.values() for task in needed))
        self._lock = threading.Lock()
        self._working = False

    def prioritise_tab(self, tab: str) -> None:
        """What this tab needs is next; the work begins with the first call, all return at once."""
        self._start_loading(self._tasks[tab])

    def start_after(self, seconds: float) -> None:
        """The work begins then, also without a visitor: whoever comes later finds the models loaded."""
        timer = threading.Timer(seconds, self._start_loading, [()])
        timer.daemon = True
        timer.start()

    def _start_loading(self, first: Sequence[str]) -> None:
        with self._lock:
            rest = [task for task in self._waiting if task not in first]
            self._waiting = deque(dict.fromkeys([*first, *rest]))
            begins = bool(self._waiting) and not self._working
            self._working = self._working or begins
        if begins:
            threading.Thread(target=self._load_models, name="warm-up", daemon=True).start()

    def _load_models(self) -> None:
        time.sleep(START_DELAY)
        while (task := self._next_task()) is not None:
            try:
                self._engine.run(models.preload, task)
                while self._engine.run(models.is_busy):
                    time.sleep(POLL_INTERVAL)
            # whoever uses it is told; the rest is loaded nevertheless
            except Exception:
                log.exception("%s could not be loaded in advance", task)

    def _next_task(self) -> str | None:
        with self._lock:
            self._working = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None
