"""The Inpaint tab: paint over something and it goes, or let the picture grow beyond its borders."""

from __future__ import annotations

import gradio as gr

from core import samples
from core.engine import Engine
from demos import ui
from demos.inpaint import borders, hole, knobs, results
from demos.page import Page, Tab
from demos.ui import t

ID = "inpaint"
# each with a mask of its own
EXAMPLES = ("rocket", "cheetah", "astronaut")


def build(engine: Engine, page: Page) -> None:
    """Layout, then the wiring of its two halves."""
    ready = gr.Textbox(visible=False)
    with ui.bench():
        with ui.bench_input():
            picture = _layout_picture(ready)
            with gr.Tabs(elem_id="inpaint-task"):
                with gr.Tab(t("inpaint.hole"), elem_id="inpaint-hole"):
                    painting = hole.layout_hole()
                with gr.Tab(t("inpaint.borders"), elem_id="inpaint-borders"):
                    growing = borders.layout_borders()
        with ui.bench_result():
            shown = results.layout_fill_results()
        with ui.bench_knobs():
            chosen = knobs.layout_fill_controls()
    ui.add_note(ID)
    page.add_send_buttons(ID, shown.picture)
    page.receive_pictures(ID, picture)

    hole.wire_hole(painting, engine, picture, ready, chosen, shown, page)
    borders.wire_borders(growing, engine, picture, chosen, shown)
    results.wire_fill_results(shown, engine, picture, chosen)


def _layout_picture(ready: gr.components.Component) -> ui.Picture:
    """The picture beside the examples: it is seen large in the editor."""
    with gr.Row():
        with gr.Column(scale=2, min_width=150):
            picture = ui.picture_input(ID, height=150)
        with gr.Column(scale=3, min_width=180):
            _add_examples(picture, ready)
    return picture


def _add_examples(picture: gr.components.Component, ready: gr.components.Component) -> None:
    """Pictures with a mask each, so that one press removes something."""
    gr.Examples(
        [[str(samples.sample_path(name)), name] for name in EXAMPLES],
        inputs=[picture, ready],
        visible_columns=[0],
        label=t("ui.examples"),
        elem_id="inpaint-examples",
        api_visibility="private",
    )


TAB = Tab(id=ID, probe=ID, build=build)
