from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import weakref

import pytest

from core.engine import Local, threads
from tests import ROOT


def thread_id(*_, on_step=None):
    return threading.get_ident()


def wait_until_idle(pool, count):
    """Waits until so many threads are idle: each says so a moment after its job has ended."""
    for _ in range(1000):
        if len(pool._idle) == count:
            return
        time.sleep(0.01)
    pytest.fail(f"{len(pool._idle)} idle threads instead of {count}")


def test_one_job_after_the_other_takes_the_same_thread():
    engine, found = Local(), []
    for ask in (lambda: [engine.run(thread_id)], lambda: engine.stream(thread_id)) * 2:
        found += ask()
        wait_until_idle(engine._workers, 1)
    assert len(set(found)) == 1 and threading.get_ident() not in found


def test_jobs_at_once_take_a_thread_each_and_the_last_to_end_is_next():
    pool, go = threads.WorkerPool(), {name: threading.Event() for name in "ab"}
    seen = {}

    def job(name):
        seen[name] = threading.get_ident()
        assert go[name].wait(10)

    ended = {name: pool.submit(lambda name=name: job(name)) for name in "ab"}
    for name in "ab":
        go[name].set()
        assert ended[name].wait(10)
        wait_until_idle(pool, 1 + "ab".index(name))
    assert seen["a"] != seen["b"]
    next_one = []
    assert pool.submit(lambda: next_one.append(threading.get_ident())).wait(10)
    assert next_one == [seen["b"]]


def test_a_thread_without_jobs_ends(monkeypatch):
    monkeypatch.setattr(threads, "IDLE", 0.02)
    engine = Local()
    first = engine.run(threading.current_thread)
    first.join(timeout=10)
    assert not first.is_alive() and engine._workers._idle == []
    assert engine.run(thread_id) > 0


def test_nothing_of_a_job_stays_behind():
    class Picture:
        pass

    engine, picture = Local(), Picture()
    known = weakref.ref(picture)
    engine.run(id, picture)
    with pytest.raises(TypeError):
        engine.run(len, picture)
    del picture
    for _ in range(100):
        gc.collect()
        if known() is None:
            return
        time.sleep(0.01)
    pytest.fail("the picture is still in memory")


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "1000"), ({"GOMP_SPINCOUNT": "5"}, "5"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "None")],
)
def test_helpers_of_openmp_soon_sleep_where_nothing_else_is_said(given, expected):
    code = "import os, sys; from core.engine import threads; threads.limit_openmp_spin(); "
    code += "print(os.environ.get('GOMP_SPINCOUNT'), 'torch' in sys.modules)"
    known = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    done = subprocess.run([sys.executable, "-c", code], env=known | given, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    assert done.stdout.decode().split() == [expected, "False"]
