"""The Text to image tab: words in, pictures out, every step on show, and what the models need before they can draw."""

from __future__ import annotations

import gradio as gr

from core.engine import Engine
from demos import ui
from demos.page import Page, Tab
from demos.text_to_image import compare, gallery, inside, knobs, restore, results, start, teach
from demos.text_to_image.job import DrawingJob
from demos.text_to_image.knobs import ID
from demos.text_to_image.model_choice import ModelChoice, wire_model_choice
from demos.ui import t

__all__ = ["TAB", "build"]


def build(engine: Engine, page: Page) -> None:
    """Layout, then the wiring of its parts."""
    job = gr.State(DrawingJob())
    panel = gr.HTML(visible=False, elem_id=f"{ID}-needs")
    with ui.bench(f"{ID}-top"):
        with ui.bench_input():
            begin = start.layout_start()
        with ui.bench_result():
            shown = results.layout_drawing_results()
        with ui.bench_knobs():
            controls, more = knobs.layout_drawing_controls()
            with more:
                ui.render_here(begin.negative)
                restored = restore.wire_restore(restore.layout_restore(), begin, controls)
    further = _build_further(engine, begin, controls, shown)
    ui.add_note(ID)
    page.add_send_buttons(ID, shown.picture)

    choice = ModelChoice(engine, controls, panel)
    wire_model_choice(choice)
    results.wire_drawing_results(shown)
    # its pictures appear there
    begin.strip.click(None, None, further, js=start.OPEN.format("compare"), api_visibility="private")
    for ended in (restored, *start.wire_start(engine, begin, controls, shown, job, page)):
        ended.then(choice.show_needs, controls.model, panel, **ui.QUIET)


def _build_further(
    engine: Engine, begin: start.StartWidgets, controls: knobs.DrawingControls, shown: results.DrawingResults
) -> gr.Tabs:
    """What there is beside drawing, one tab each."""
    further = gr.Tabs(elem_id=f"{ID}-further", overflow_behavior="wrap")
    with further:
        with gr.Tab(t("text_to_image.gallery"), elem_id=f"{ID}-gallery-tab"):
            gallery.wire_gallery(gallery.layout_gallery(), engine, begin.prompt, controls.model)
        with gr.Tab(t("text_to_image.inside"), elem_id=f"{ID}-inside"):
            inside.wire_inside(inside.layout_inside(), engine, begin.prompt, controls.model, shown.made)
        with gr.Tab(t("text_to_image.compare"), id="compare", elem_id=f"{ID}-compare"):
            compare.wire_compare(compare.layout_compare(), engine, begin, controls)
        with gr.Tab(t("text_to_image.lora"), elem_id=f"{ID}-lora"):
            teach.wire_teach(teach.layout_teach(), engine, controls)
    return further


TAB = Tab(id=ID, models=("text_to_image", "edges_to_image"), probe=ID, build=build)
