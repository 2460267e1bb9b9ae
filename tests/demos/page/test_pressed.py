"""The pressed button is marked until the last thing that one waits for has ended, and freed by what stops that."""

import gradio as gr
import pytest

from demos import ui
from demos.page import pressed


def work():
    pass


@pytest.fixture
def page():
    with gr.Blocks() as demo:
        go, stop, idle = (gr.Button(name, elem_id=name) for name in ("go", "stop", "idle"))
        words = gr.Textbox(elem_id="words")
        read = gr.on([words.submit, go.click], None, words, words, js="(words) => words + '!'", **ui.QUIET)
        worked = read.then(work, None, words)
        worked.failure(work, None, None)
        worked.then(work, None, None, **ui.QUIET)
        stop.click(None, None, None, cancels=[worked])
        idle.click(work, None, None, **ui.QUIET)
        pressed.show_pressed_buttons(demo)
    return demo


def scripts(demo, busy):
    """Of the events that turn the mark of `go` on or off: what each follows, and its script."""
    mark = f"""document.getElementById("go")?.setAttribute('aria-busy', '{busy}')"""
    return [event for event in demo.fns.values() if isinstance(event.js, str) and mark in event.js]


def test_the_button_is_marked_as_its_event_begins_and_the_values_pass_through(page):
    (begins,) = scripts(page, "true")
    assert {name for _, name in begins.targets} == {"submit", "click"}
    assert "return ((words) => words + '!')(...values)" in begins.js


def test_the_mark_goes_after_the_last_thing_that_one_waits_for(page):
    ends, stops = sorted(scripts(page, "false"), key=lambda event: bool(event.cancels))
    awaited = page.fns[ends.trigger_after]
    assert awaited.fn.__name__ == "work" and awaited.queue
    assert not ends.trigger_only_on_success
    assert stops.cancels


def test_what_the_page_does_for_itself_marks_nothing(page):
    assert not any("idle" in (event.js or "") for event in page.fns.values())
