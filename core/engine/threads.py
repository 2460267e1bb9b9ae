"""Threads that jobs share: whichever finished last takes the next one.

OpenMP keeps helpers for every thread that has ever computed with it; one thread for one job after the other keeps a
single set of them.
"""

from __future__ import annotations

import contextvars
import os
import queue
import threading
from collections.abc import Callable

IDLE = 10.0  # seconds without a job until a thread ends, and OpenMP's helpers with it

Job = Callable[[], object]


def limit_openmp_spin() -> None:
    """Before torch is imported: OpenMP's helpers soon sleep where they wait, unless the environment says otherwise.

    By default they wait awake for milliseconds. Where a browser, a server or another program needs a core too, that
    takes it from the very helper that all others wait for: `benchmarks/waiting.py` has the figures. GNU's OpenMP, which
    torch brings on Linux, takes the number of rounds that they wait awake.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


class WorkerPool:
    """As many threads as there are jobs at once."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()

    def submit(self, job: Job) -> threading.Event:
        """Runs the job in a thread, in the caller's context; the event is set when it has ended. It must not raise."""
        ended = threading.Event()
        context = contextvars.copy_context()

        def run_in_context() -> None:
            try:
                context.run(job)
            finally:
                ended.set()

        with self._lock:
            worker = self._idle.pop() if self._idle else _Worker(self)
        worker.jobs.put(run_in_context)
        return ended

    def mark_idle(self, worker: _Worker) -> None:
        """The worker is free."""
        with self._lock:
            self._idle.append(worker)

    def retire_worker(self, worker: _Worker) -> bool:
        """Whether the worker may end: nobody has given it a job meanwhile."""
        with self._lock:
            if worker in self._idle:
                self._idle.remove(worker)
                return True
        return False


class _Worker(threading.Thread):
    def __init__(self, owner: WorkerPool) -> None:
        super().__init__(name="worker", daemon=True)
        self.jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._owner = owner
        self.start()

    def run(self) -> None:
        while True:
            try:
                job = self.jobs.get(timeout=IDLE)
            except queue.Empty:
                if self._owner.retire_worker(self):
                    return
                continue
            job()
            # what it worked on must not wait here for the next job
            del job
            self._owner.mark_idle(self)
