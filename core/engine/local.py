"""Where a call runs. One verb, `run`, and its streaming twin; another engine needs these two and nothing else."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, ParamSpec, Protocol, TypeVar

from core.engine.threads import WorkerPool
from core.errors import Cancelled

P = ParamSpec("P")
T = TypeVar("T")


class Engine(Protocol):
    """Runs a function of `core` somewhere."""

    def run(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `fn(*args, **kwargs)` returns or raises."""

    def stream(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """What `fn` passes to its `on_step`, as it comes; last, what it returns. Closing the iterator stops it."""


class Local:
    """In this process, on this machine."""

    def __init__(self) -> None:
        self._workers = WorkerPool()

    def run(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `fn(*args, **kwargs)` returns or raises."""
        found: Future[T] = Future()

        def run_job() -> None:
            try:
                found.set_result(fn(*args, **kwargs))
            # handed over to the caller's thread, which raises it
            except BaseException as error:
                found.set_exception(error)

        self._workers.submit(run_job)
        return found.result()

    def stream(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """What `fn` passes to its `on_step`, as it comes; last, what it returns. Closing the iterator stops it.

        The whole job stays in one thread: a generator driven by a web server hops threads between its steps, and
        would leave a torch context after the first one.
        """
        steps: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=2)
        stopped = threading.Event()

        def on_step(step: Any) -> None:
            if stopped.is_set():
                raise Cancelled
            steps.put(("step", step))

        def run_job() -> None:
            try:
                steps.put(("result", fn(*args, on_step=on_step, **kwargs)))
            # handed over to the caller's thread, which raises it
            except BaseException as error:
                steps.put(("error", error))

        ended = self._workers.submit(run_job)
        try:
            yield from _yield_steps(steps)
        finally:
            stopped.set()
            while not ended.is_set():
                with contextlib.suppress(queue.Empty):
                    steps.get(timeout=0.05)


def _yield_steps(steps: queue.Queue[tuple[str, Any]]) -> Iterator[Any]:
    kind = "step"
    while kind == "step":
        kind, value = steps.get()
        if kind == "error":
            raise value
        yield value
