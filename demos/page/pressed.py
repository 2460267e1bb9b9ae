"""The button that was pressed turns until what it began has ended, so that the eye need not look for a sign of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.events import Dependency

from demos.ui import QUIET

_SET = "document.getElementById({id})?.setAttribute('aria-busy', '{busy}');"


def show_pressed_buttons(demo: gr.Blocks) -> None:
    """Marks each button, from the press until the last thing that one waits for; `demo` is being built."""
    roots = {event: _find_buttons(demo, event) for event in demo.fns.values()}
    marked: dict[int, list[str]] = {}
    for root, buttons in roots.items():
        waited = [event for event in _follow_chain(demo, root) if event.fn is not None and event.queue]
        if buttons and waited:
            _run_before(root, _set_busy(buttons, True))
            marked |= {event._id: buttons for event in (root, *waited)}
            last = waited[-1]
            told = Dependency(None, last.get_config(), last._id, last.fn)  # type: ignore[no-untyped-call]
            told.then(None, None, None, js=f"() => {{ {_set_busy(buttons, False)} }}", **QUIET)
    for stop in roots:
        stopped = [button for number in stop.cancels for button in marked.get(number, ())]
        if stopped:
            _run_before(stop, _set_busy(stopped, False))


def _find_buttons(demo: gr.Blocks, event: BlockFunction) -> list[str]:
    """Element ids of the buttons whose press sets the event off."""
    pressed = [demo.blocks.get(number) for number, name in event.targets if name == "click" and number is not None]
    return [str(block.elem_id) for block in pressed if type(block) is gr.Button and block.elem_id]


def _follow_chain(demo: gr.Blocks, event: BlockFunction) -> Iterator[BlockFunction]:
    """The event and what follows it, however it ends or where it succeeds, in this order."""
    yield event
    for later in list(demo.fns.values()):
        if later.trigger_after == event._id and not later.trigger_only_on_failure:
            yield from _follow_chain(demo, later)


def _set_busy(buttons: list[str], busy: bool) -> str:
    return " ".join(_SET.format(id=json.dumps(button), busy=str(busy).lower()) for button in buttons)


def _run_before(event: BlockFunction, script: str) -> None:
    """What the browser runs as the event begins, before the event's own script, which goes on getting the values."""
    own = event.js if isinstance(event.js, str) else "(...values) => values"
    event.js = f"(...values) => {{ {script} return ({own})(...values); }}"
