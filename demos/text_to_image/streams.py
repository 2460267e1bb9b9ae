"""A long call as it goes on: a first word, everything that it tells, and why it ended; and the button that ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from core.engine import Engine
from core.errors import PlaygroundError
from demos import ui
from demos.text_to_image import job
from demos.text_to_image.knobs import Outputs


def stream_call(engine: Engine, call: ui.Call, show: Callable[[Any], Outputs], badge: gr.HTML) -> Iterator[Outputs]:
    """What `show` makes of everything the call tells; where it fails, the badge's place says why."""
    yield {badge: job.starting_line(call.kwargs.get("model"))}
    try:
        for told in call.stream(engine):
            yield show(told)
    except PlaygroundError as error:
        yield {badge: ui.status_line(error.message_in(ui.visitor_language()))}
        raise


def cancel_on_click(button: gr.Button, badge: gr.HTML, events: list[Any]) -> None:
    """The button ends these events of the visitor; the badge of what is done stays."""
    button.click(report_cancel, badge, badge, cancels=events, **ui.QUIET)


def report_cancel(shown: object) -> Any:
    """The badge's place after the button."""
    if isinstance(shown, str) and "class='badge'" in shown:
        return gr.skip()
    return ui.status_line(ui.localise("errors.cancelled"))
