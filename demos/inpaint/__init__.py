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
    with gr.Row():
        with gr.Column(min_width=320):
            picture = ui.picture_input(ID, height=240)
            _add_examples(picture, ready)
            with gr.Tabs(elem_id="inpaint-task"):
                with gr.Tab(t("inpaint.hole"), elem_id="inpaint-hole"):
                    painting = hole.layout_hole()
                with gr.Tab(t("inpaint.borders"), elem_id="inpaint-borders"):
                    growing = borders.layout_borders()
            chosen = knobs.layout_fill_controls()
        with gr.Column(min_width=320):
            shown = results.layout_fill_results()
    ui.add_note(ID)
    page.add_send_buttons(ID, shown.picture)
    page.receive_pictures(ID, picture)

    hole.wire_hole(painting, engine, picture, ready, chosen, shown, page)
    borders.wire_borders(growing, engine, picture, chosen, shown)
    results.wire_fill_results(shown, engine, picture, chosen)


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
