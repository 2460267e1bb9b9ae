from __future__ import annotations

import contextvars
import threading
import time

import pytest

from core.engine import Local
from core.errors import Cancelled, InputError

VISITOR: contextvars.ContextVar[str] = contextvars.ContextVar("visitor", default="nobody")


def count_steps(n, on_step=None, threads=None):
    for i in range(n):
        if threads is not None:
            threads.add(threading.get_ident())
        on_step(i)
    return "done"


def test_run_returns_and_raises():
    assert Local().run(max, 1, 2) == 2
    with pytest.raises(ZeroDivisionError):
        Local().run(lambda: 1 // 0)


def test_stream_yields_every_step_then_the_result():
    assert list(Local().stream(count_steps, 5)) == [0, 1, 2, 3, 4, "done"]


def test_the_whole_job_runs_in_one_other_thread_with_the_callers_context():
    VISITOR.set("me")
    threads, seen = set(), []

    def job(on_step):
        seen.append(VISITOR.get())
        return count_steps(3, on_step, threads)

    list(Local().stream(job))
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert seen == ["me"]


def test_an_error_reaches_the_caller():
    def job(on_step):
        on_step(1)
        raise InputError("errors.picture_missing")

    steps = Local().stream(job)
    assert next(steps) == 1
    with pytest.raises(InputError):
        next(steps)


def test_closing_stops_the_job_and_waits_for_it():
    ended = []

    def endless(on_step):
        try:
            while True:
                on_step(0)
                time.sleep(0.01)
        except Cancelled:
            ended.append(True)
            raise

    steps = Local().stream(endless)
    next(steps)
    steps.close()
    assert ended == [True]
