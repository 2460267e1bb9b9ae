"""The Text to image tab: words in, pictures out, every step on show, and what the models need before they can draw."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core import models
from core.engine import Engine
from demos import ui
from demos.page import Page
from demos.text_to_image import compare, gallery, inside, knobs, needs, restore, results, start, teach
from demos.text_to_image.job import Job
from demos.text_to_image.knobs import ID
from demos.ui import t

__all__ = ["ID", "MODELS", "build"]

MODELS = ("text_to_image", "edges_to_image")


def build(engine: Engine, page: Page) -> None:
    """Layout, then the wiring of its parts."""

    def missing(name: str) -> dict[str, Any]:
        said = needs.panel([s for s in engine.run(models.status) if s.row.task == ID], name)
        return gr.update(value=said, visible=bool(said))

    def arrive() -> tuple[Any, ...]:
        row = engine.run(models.row, ID)
        # a late answer must not take back what a quick visitor has chosen meanwhile
        changed = row.name != models.rows(ID)[0].name
        return (*((row.name, *knobs.options(row)) if changed else [gr.skip()] * 4), missing(row.name))

    @ui.answers
    def choose(name: str) -> tuple[Any, ...]:
        return (*knobs.options(models.row(ID, name)), missing(name))

    job = gr.State(Job())
    panel = gr.HTML(visible=False, elem_id=f"{ID}-needs")
    # on a phone the result comes before the knobs (page.css)
    with gr.Row(elem_id=f"{ID}-top"):
        with gr.Column(min_width=320, elem_id=f"{ID}-asked"):
            begin = start.layout()
            with gr.Column(elem_id=f"{ID}-knobs"):
                chosen = knobs.layout()
                restored = restore.build(begin, chosen)
        with gr.Column(min_width=320):
            shown = results.layout()
    with gr.Tabs(elem_id=f"{ID}-further", overflow_behavior="wrap") as further:
        with gr.Tab(t("text_to_image.gallery"), elem_id=f"{ID}-gallery-tab"):
            gallery.build(engine, begin.prompt, chosen.model)
        with gr.Tab(t("text_to_image.inside"), elem_id=f"{ID}-inside"):
            inside.build(engine, begin, chosen.model, shown)
        with gr.Tab(t("text_to_image.compare"), id="compare", elem_id=f"{ID}-compare"):
            compare.build(engine, begin, chosen)
        with gr.Tab(t("text_to_image.lora"), elem_id=f"{ID}-lora"):
            teach.build(engine, chosen)
    ui.note(ID)
    page.sends(ID, shown.picture)

    gr.on(None, arrive, None, [chosen.model, *chosen.of_model, panel], **ui.QUIET)
    chosen.model.input(choose, chosen.model, [*chosen.of_model, panel], **ui.QUIET)
    results.wire(shown)
    # its pictures appear there
    begin.strip.click(None, None, further, js=start.OPEN.format("compare"), api_visibility="private")
    for ended in (restored, *start.wire(engine, begin, chosen, shown, job, page)):
        ended.then(missing, chosen.model, panel, **ui.QUIET)
