from __future__ import annotations

import threading

import pytest

from core.errors import ModelUnavailable
from core.models.cache import ModelCache
from tests.stand_ins.small_rows import FakeModel, borrow_each, build_row


@pytest.fixture
def loads():
    return []


@pytest.fixture
def cache(loads):
    """Room for 100 bytes; a model is as large as its row says."""

    def load(wanted):
        loads.append(wanted.name)
        return FakeModel(wanted.memory)

    return ModelCache(load, lambda device, held: 100)


def test_two_threads_cause_one_load_and_never_share(loads):
    inside, seen, entered = [], [], threading.Barrier(2)

    def load(wanted):
        loads.append(wanted.name)
        threading.Event().wait(0.1)
        return FakeModel(10)

    cache = ModelCache(load, lambda device, held: 100)

    def work():
        entered.wait()
        with cache.borrow(build_row("a")) as model:
            inside.append(model)
            seen.append(len(inside))
            threading.Event().wait(0.05)
            inside.remove(model)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["a"]
    assert seen == [1, 1], "one borrower at a time"


def test_different_models_are_borrowed_side_by_side(cache):
    with cache.borrow(build_row("a")), cache.borrow(build_row("b")), cache.borrow(build_row("a")):
        assert set(cache.loaded_sizes()) == {"a", "b"}


def test_what_was_idle_longest_goes_first(cache, loads):
    a, b, c = build_row("a", 40), build_row("b", 40), build_row("c", 40)
    borrow_each(cache, a, b, a, c)
    assert cache.loaded_sizes() == {"a": 40, "c": 40}
    borrow_each(cache, a, b)
    assert loads == ["a", "b", "c", "b"]
    assert cache.loaded_sizes() == {"a": 40, "b": 40}


def test_room_is_made_before_a_load(loads):
    seen = []
    cache = ModelCache(
        lambda wanted: seen.append(sorted(cache.loaded_sizes())) or FakeModel(wanted.memory), lambda device, held: 100
    )
    borrow_each(cache, build_row("a", 40), build_row("b", 40), build_row("c", 90))
    assert seen == [[], ["a"], []]


def test_a_model_in_use_is_never_dropped(cache, loads):
    with cache.borrow(build_row("a", 80)) as held:
        borrow_each(cache, build_row("b", 80))
        cache.release()
        assert cache.loaded_sizes() == {"a": 80}
        with cache.borrow(build_row("a", 80)) as same:
            assert same is held
    assert loads == ["a", "b"]


def test_one_model_over_the_budget_stays_until_the_next(cache):
    borrow_each(cache, build_row("a", 500))
    assert cache.loaded_sizes() == {"a": 500}
    borrow_each(cache, build_row("b", 10))
    assert cache.loaded_sizes() == {"b": 10}


def test_a_model_has_room_while_nothing_must_go_for_it(cache):
    borrow_each(cache, build_row("a", 60))
    assert cache.has_room(build_row("a", 60)) and cache.has_room(build_row("b", 40))
    assert not cache.has_room(build_row("b", 41))


def test_a_cache_is_busy_while_somebody_has_a_model(cache):
    assert not cache.is_busy()
    with cache.borrow(build_row("a")):
        assert cache.is_busy()
    assert not cache.is_busy()


def test_a_failed_load_leaves_nothing_and_is_tried_again(loads):
    def load(wanted):
        loads.append(wanted.name)
        if len(loads) == 1:
            raise ModelUnavailable("errors.cancelled")
        return FakeModel(10)

    cache = ModelCache(load, lambda device, held: 100)
    with pytest.raises(ModelUnavailable):
        borrow_each(cache, build_row("a"))
    assert cache.loaded_sizes() == {} and cache._entries == {}
    borrow_each(cache, build_row("a"))
    assert loads == ["a", "a"]


def test_an_error_in_the_block_frees_the_model(cache):
    with pytest.raises(RuntimeError, match="oops"), cache.borrow(build_row("a", 10)):
        raise RuntimeError("oops")
    cache.release()
    assert cache.loaded_sizes() == {}
