"""The CLIP zero-shot tab: labels for one picture, pictures against captions, their map, and search."""

from __future__ import annotations

import gradio as gr

from core.engine import Engine
from demos import ui
from demos.page import Page, Tab
from demos.ui import t
from demos.zeroshot import classify, pairs, search
from demos.zeroshot.shared import ID, SharedWidgets

__all__ = ["TAB", "build"]


def build(engine: Engine, page: Page) -> None:
    """Layout, handlers, wiring."""
    with gr.Row():
        with gr.Column(min_width=300):
            model = ui.model_picker("zeroshot-model", ID, info=t("zeroshot.model_info"))
        with gr.Column(min_width=300):
            badge = ui.badge_slot(ID)
    with gr.Tabs(elem_id="zeroshot-parts"):
        code = gr.Code(language="python", elem_id="zeroshot-code", interactive=False, show_label=False, render=False)
        shared = SharedWidgets(model, badge, code)
        with gr.Tab(t("zeroshot.part_classify"), elem_id="zeroshot-part-classify"):
            picture = classify.build(engine, shared)
        with gr.Tab(t("zeroshot.part_matrix"), elem_id="zeroshot-part-matrix"):
            pictures, captions = pairs.build_matrix(engine, shared)
        with gr.Tab(t("zeroshot.part_map"), elem_id="zeroshot-part-map") as tab:
            pairs.build_map(engine, shared, tab, pictures, captions)
        with gr.Tab(t("zeroshot.part_search"), elem_id="zeroshot-part-search"):
            search.build(engine, shared)
    ui.add_note(ID)
    with gr.Accordion(t("ui.code"), open=False, elem_id="zeroshot-show-code"):
        code.render()  # type: ignore[no-untyped-call]
    page.add_send_buttons(ID, picture)
    page.receive_pictures(ID, picture)


TAB = Tab(id=ID, models=("zeroshot",), probe=ID, build=build)
