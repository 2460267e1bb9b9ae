"""The Text to image tab: words in, pictures out, every step on show, and what the models need before they can draw."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core import models
from core.engine import Engine
from demos import ui
from demos.page import Page, Tab
from demos.text_to_image import compare, gallery, inside, knobs, needs, restore, results, start, teach
from demos.text_to_image.job import DrawingJob
from demos.text_to_image.knobs import ID
from demos.ui import t

__all__ = ["TAB", "build"]


def build(engine: Engine, page: Page) -> None:
    """Layout, then the wiring of its parts."""

    def show_needs(name: str) -> dict[str, Any]:
        said = needs.needs_panel([s for s in engine.run(models.status) if s.row.task == ID], name)
        return gr.update(value=said, visible=bool(said))

    def choose_default_model() -> tuple[Any, ...]:
        row = engine.run(models.row, ID)
        # a late answer must not take back what a quick visitor has chosen meanwhile
        changed = row.name != models.rows(ID)[0].name
        return (*((row.name, *knobs.model_options(row)) if changed else [gr.skip()] * 4), show_needs(row.name))

    @ui.report_errors
    def choose_model(name: str) -> tuple[Any, ...]:
        return (*knobs.model_options(models.row(ID, name)), show_needs(name))

    job = gr.State(DrawingJob())
    panel = gr.HTML(visible=False, elem_id=f"{ID}-needs")
    # on a phone the result comes before the knobs (page.css)
    with gr.Row(elem_id=f"{ID}-top"):
        with gr.Column(min_width=320, elem_id=f"{ID}-asked"):
            begin = start.layout_start()
            with gr.Column(elem_id=f"{ID}-knobs"):
                chosen = knobs.layout_drawing_controls()
                restored = restore.build(begin, chosen)
        with gr.Column(min_width=320):
            shown = results.layout_drawing_results()
    with gr.Tabs(elem_id=f"{ID}-further", overflow_behavior="wrap") as further:
        with gr.Tab(t("text_to_image.gallery"), elem_id=f"{ID}-gallery-tab"):
            gallery.build(engine, begin.prompt, chosen.model)
        with gr.Tab(t("text_to_image.inside"), elem_id=f"{ID}-inside"):
            inside.build(engine, begin, chosen.model, shown)
        with gr.Tab(t("text_to_image.compare"), id="compare", elem_id=f"{ID}-compare"):
            compare.build(engine, begin, chosen)
        with gr.Tab(t("text_to_image.lora"), elem_id=f"{ID}-lora"):
            teach.build(engine, chosen)
    ui.add_note(ID)
    page.add_send_buttons(ID, shown.picture)

    gr.on(None, choose_default_model, None, [chosen.model, *chosen.model_widgets, panel], **ui.QUIET)
    chosen.model.input(choose_model, chosen.model, [*chosen.model_widgets, panel], **ui.QUIET)
    results.wire_drawing_results(shown)
    # its pictures appear there
    begin.strip.click(None, None, further, js=start.OPEN.format("compare"), api_visibility="private")
    for ended in (restored, *start.wire_start(engine, begin, chosen, shown, job, page)):
        ended.then(show_needs, chosen.model, panel, **ui.QUIET)


TAB = Tab(id=ID, models=("text_to_image", "edges_to_image"), probe=ID, build=build)
