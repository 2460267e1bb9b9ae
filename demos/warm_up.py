"""Models that are loaded before somebody waits for them: first those of the tab that was opened, then the rest.

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
GRACE, LOOK = 1.0, 0.5
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
        self._begun = False

    def opened(self, tab: str) -> None:
        """What this tab needs is next; the first call begins the work, all return at once."""
        with self._lock:
            for task in reversed(self._tasks[tab]):
                if task in self._waiting:
                    self._waiting.remove(task)
                    self._waiting.appendleft(task)
            begun, self._begun = self._begun, True
        if not begun:
            threading.Thread(target=self._work, name="warm-up", daemon=True).start()

    def _work(self) -> None:
        time.sleep(GRACE)
        while (task := self._next()) is not None:
            try:
                self._engine.run(models.preload, task)
                while self._engine.run(models.busy):
                    time.sleep(LOOK)
            # whoever uses it is told; the rest is loaded nevertheless
            except Exception:
                log.exception("%s could not be loaded in advance", task)

    def _next(self) -> str | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None
