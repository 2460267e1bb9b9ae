"""Stand-ins: an engine that runs nothing, and the way to a handler of the page."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block, convert_component_dict_to_list

from demos import page
from demos.page.links import ServerAddresses


@dataclass(frozen=True)
class EngineCall:
    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class FakeEngine:
    """Returns `answers` in turn (the last one for ever) and remembers what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.calls: list[EngineCall] = []

    def _next(self) -> Any:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        self.calls.append(EngineCall(fn, args, kwargs))
        return self._next()

    def stream(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Iterator[Any]:
        self.calls.append(EngineCall(fn, args, kwargs))
        yield self._next()


class StepEngine(FakeEngine):
    """Streams its answers one after the other."""

    def stream(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Iterator[Any]:
        self.calls.append(EngineCall(fn, args, kwargs))
        for answer in self._answers:
            if isinstance(answer, BaseException):
                raise answer
            yield answer


class _Relay:
    """An engine that hands on to the one of the test that runs: a page is laid out once for all tests of its tab."""

    engine: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


@functools.cache
def _lay_out(tab: Any) -> tuple[gr.Blocks, _Relay]:
    relay = _Relay()
    return page.build_page(relay, [tab.TAB], ServerAddresses()), relay


def build_tab_page(engine: Any, tab: Any) -> gr.Blocks:
    """The page with the one tab of that module; from now on its handlers ask this engine, until the next call."""
    demo, relay = _lay_out(tab)
    relay.engine = engine
    return demo


def find_handler(demo: gr.Blocks, name: str) -> Callable[..., Any]:
    """The function of an event that has no api_name, called as `find_api_handler` says."""
    found = [fn for fn in demo.fns.values() if getattr(getattr(fn.fn, "func", fn.fn), "__name__", "") == name]
    assert found and found[0].fn is not None, f"no event calls {name}"
    return _call_by_position(found[0])


def find_api_handler(demo: gr.Blocks, api_name: str) -> Callable[..., Any]:
    """The function behind `api_name`; takes what components hand over, returns what they are given, in their order."""
    found = [fn for fn in demo.fns.values() if fn.api_name == api_name]
    assert len(found) == 1, f"{len(found)} events are called {api_name}"
    assert found[0].fn is not None
    return _call_by_position(found[0])


def _call_by_position(event: Any) -> Callable[..., Any]:
    """The handler as the API knows it: inputs by name are taken, outputs by component given, in the event's order."""
    names = event.input_keyword_names or []
    places = len(event.inputs) - len(names)

    def order(values: Any) -> Any:
        if not isinstance(values, dict) or not values or not all(isinstance(key, Block) for key in values):
            return values
        ordered: Any = convert_component_dict_to_list(event.outputs, values)
        return tuple(ordered) if len(event.outputs) > 1 else ordered

    def call(*values: Any) -> Any:
        given = values[:places] if names else values
        told = event.fn(*given, **dict(zip(names, values[places:], strict=False)))
        return map(order, told) if inspect.isgeneratorfunction(event.fn) else order(told)

    return call
