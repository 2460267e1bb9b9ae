"""Where things stand: what one gives, what comes of it, and what can be turned, on a projector and on a phone."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.ui.language import t

# a result that is whole in the first screen of a laptop, and large at a projector
TALL = "clamp(300px, 50vh, 680px)"


def bench(elem_id: str | None = None, *, stacked: bool = False, **settings: Any) -> gr.Row:
    """A place to work: put `bench_input`, `bench_result` and `bench_knobs` into it, in this order; each may be missing.

    The result stands beside the other two, from the top on. Where a page is as narrow as a phone it comes between
    them: nobody has to pass the knobs to see what was made. `stacked` ones stand so on every page: for results that
    are wide and knobs that are few.
    """
    return gr.Row(elem_id=elem_id, elem_classes=["bench", "stacked"] if stacked else "bench", **settings)


def bench_input() -> gr.Column:
    """What the visitor gives: picture, examples, prompt, and the button that starts."""
    return gr.Column(elem_classes="bench-input", min_width=0)


def bench_result() -> gr.Column:
    """What comes of it, and its badge."""
    return gr.Column(elem_classes="bench-result", min_width=0)


def bench_knobs() -> gr.Column:
    """At most four things to turn; what else there is goes into `more_settings`."""
    return gr.Column(elem_classes="bench-knobs", min_width=0)


def more_settings(elem_id: str) -> gr.Accordion:
    """What most visitors never touch, closed."""
    return gr.Accordion(t("ui.more"), open=False, elem_id=elem_id)


def parts_bench() -> gr.Row:
    """A tab whose parts look at one picture: put `shared_input` into it, then `parts`.

    A `bench` in one of the parts has its result beside that picture, and then what can be turned.
    """
    return gr.Row(elem_classes="parts-bench")


def shared_input(elem_id: str) -> gr.Column:
    """What all parts of the tab look at: beside them, and above them on a phone."""
    return gr.Column(elem_classes="shared-input", min_width=0, elem_id=elem_id)


def parts() -> gr.Column:
    """Where the strip of the parts goes."""
    return gr.Column(elem_classes="parts", min_width=0)
