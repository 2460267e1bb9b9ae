from __future__ import annotations

import inspect
import queue
import threading
import time

import pytest

from core import models
from core.engine import Local
from demos import page
from demos.page import warm_up
from demos.page.links import ServerAddresses
from demos.page.warm_up import WarmUp
from tests.conftest import release_all

TASKS = {"first": ["a"], "second": ["b", "c"], "third": ["c", "d"], "fourth": ()}


class StepwiseEngine:
    """An engine that loads a task only when the test says so."""

    def __init__(self, fails=()):
        self.begun, self.go, self.fails, self.users = queue.Queue(), threading.Semaphore(0), fails, 0

    def run(self, fn, *args):
        if fn is models.is_busy:
            return self.users > 0
        assert fn is models.preload
        self.begun.put(args[0])
        assert self.go.acquire(timeout=60)
        if args[0] in self.fails:
            raise RuntimeError("damaged")
        return None

    def all(self, count):
        """The next tasks in the order in which they are loaded; no other one follows."""
        found = []
        for _ in range(count):
            found.append(self.begun.get(timeout=60))
            self.go.release()
        with pytest.raises(queue.Empty):
            self.begun.get(timeout=0.3)
        return found


@pytest.fixture(autouse=True)
def skip_grace(monkeypatch):
    monkeypatch.setattr(warm_up, "START_DELAY", 0)
    monkeypatch.setattr(warm_up, "POLL_INTERVAL", 0.01)


def test_what_the_open_tab_needs_is_loaded_first():
    loader = StepwiseEngine()
    WarmUp(loader, TASKS).prioritise_tab("third")
    assert loader.all(4) == ["c", "d", "a", "b"]


@pytest.mark.parametrize("visitors", [1, 200])
def test_a_tab_that_is_opened_later_is_next_and_loaded_once(visitors):
    loader = StepwiseEngine()
    warm = WarmUp(loader, TASKS)
    warm.prioritise_tab("fourth")
    first = loader.begun.get(timeout=60)
    for _ in range(visitors):
        warm.prioritise_tab("third")
    loader.go.release()
    assert [first, *loader.all(3)] == ["a", "c", "d", "b"]


def test_nothing_is_loaded_before_a_page_is_open():
    loader = StepwiseEngine()
    warm = WarmUp(loader, TASKS)
    assert loader.all(0) == []
    warm.prioritise_tab("first")
    assert sorted(loader.all(4)) == ["a", "b", "c", "d"]


def test_a_tab_that_is_opened_again_asks_again_for_what_it_needs_and_no_more():
    loader = StepwiseEngine()
    warm = WarmUp(loader, TASKS)
    warm.prioritise_tab("first")
    assert len(loader.all(4)) == 4
    warm.prioritise_tab("second")
    assert loader.all(2) == ["b", "c"]
    warm.prioritise_tab("fourth")
    assert loader.all(0) == []


def test_without_a_visitor_it_begins_after_a_while():
    loader = StepwiseEngine()
    warm = WarmUp(loader, TASKS)
    warm.start_after(0.05)
    assert loader.begun.get(timeout=60) == "a"
    loader.go.release()
    assert loader.all(3) == ["b", "c", "d"]


def test_what_was_pushed_out_is_loaded_again_when_its_tab_is_opened_again(nothing_loaded):
    warm = WarmUp(Local(), {"autoencoder": ["autoencoder"]})
    for _ in range(2):
        warm.prioritise_tab("autoencoder")
        for _ in range(600):
            if models.loaded_models().loaded:
                break
            time.sleep(0.05)
        assert [status.row.name for status in models.loaded_models().loaded] == ["pocket-vae"]
        release_all()
        assert not models.loaded_models().loaded


def test_a_model_that_fails_does_not_keep_the_rest_away(caplog):
    loader = StepwiseEngine(fails=["a"])
    WarmUp(loader, TASKS).prioritise_tab("first")
    assert loader.all(4) == ["a", "b", "c", "d"]
    assert "a could not be loaded in advance" in caplog.text


def test_it_waits_while_somebody_works():
    loader = StepwiseEngine()
    loader.users = 1
    WarmUp(loader, TASKS).prioritise_tab("first")
    assert loader.all(1) == ["a"]
    loader.users = 0
    assert loader.all(3) == ["b", "c", "d"]


def test_opening_a_tab_of_the_page_loads_its_model(nothing_loaded):
    import app

    engine = Local()
    tabs = {tab.id: tab.models for tab in app.TABS}
    assert {task for needed in tabs.values() for task in needed} <= {row.task for row in models.rows()}
    demo = page.build_page(
        engine, app.TABS, ServerAddresses(), WarmUp(engine, {**dict.fromkeys(tabs, ()), "cnn": tabs["cnn"]})
    )
    handlers = [event.fn for event in demo.fns.values() if event.fn]
    (opened,) = [fn for fn in handlers if getattr(inspect.unwrap(fn), "args", None) == ("cnn",)]
    opened()
    for _ in range(600):
        if any(s.row.name == "efficientnet-lite2" and s.state == "loaded" for s in models.status()):
            break
        time.sleep(0.1)
    else:
        pytest.fail("the classifier was not loaded")
