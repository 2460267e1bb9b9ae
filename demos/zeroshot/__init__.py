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
    shared = _layout_shared()
    with gr.Tabs(elem_id="zeroshot-parts"):
        with gr.Tab(t("zeroshot.part_classify"), elem_id="zeroshot-part-classify"):
            one = classify.layout_classify()
            classify.wire_classify(one, engine, shared)
        with gr.Tab(t("zeroshot.part_matrix"), elem_id="zeroshot-part-matrix") as opened:
            matrix = pairs.layout_matrix()
            pairs.wire_matrix(matrix, engine, shared, opened)
        with gr.Tab(t("zeroshot.part_map"), elem_id="zeroshot-part-map") as tab:
            pairs.wire_map(pairs.layout_map(), matrix, engine, shared, tab)
        with gr.Tab(t("zeroshot.part_search"), elem_id="zeroshot-part-search") as opened:
            search.wire_search(search.layout_search(), engine, shared, opened)
    with ui.more_settings("zeroshot-more"):
        ui.render_here(shared.model)
    ui.add_note(ID)
    with gr.Accordion(t("ui.code"), open=False, elem_id="zeroshot-show-code"):
        ui.render_here(shared.code)
    page.add_send_buttons(ID, one.picture)
    page.receive_pictures(ID, one.picture)


def _layout_shared() -> SharedWidgets:
    """The badge; the model and the code are rendered later, below the parts."""
    badge = ui.badge_slot(ID)
    model = ui.model_picker("zeroshot-model", ID, info=t("zeroshot.model_info"), render=False)
    code = gr.Code(language="python", elem_id="zeroshot-code", interactive=False, show_label=False, render=False)
    return SharedWidgets(model, badge, code)


TAB = Tab(id=ID, models=("zeroshot",), probe=ID, build=build)
