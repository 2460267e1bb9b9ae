"""Edges tab."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core import edges, images
from core.engine import Engine
from demos import ui
from demos.page import Page
from demos.ui import t

ID = "edges"


def build(engine: Engine, page: Page) -> None:
    """Layout, handlers, wiring."""

    @ui.answers
    def show(picture: images.RGB | None, low: float, high: float) -> tuple[Any, ...]:
        if picture is None:
            return (*ui.waiting(1), "")
        call = ui.Call.of(edges.detect, picture, method="canny", low=low, high=high)
        found = call.run(engine)
        code = call.code("found.edges  # float32 (H, W) in [0, 1]")
        return images.grey_picture(found.edges), ui.badge("edges", found), code

    with gr.Row():
        with gr.Column():
            picture = ui.picture(ID)
            ui.examples(ID, picture, "cat", "astronaut", "coffee", "temple")
            low = gr.Slider(0, 255, 100, step=1, label=t("edges.low"), elem_id="edges-low")
            high = gr.Slider(0, 255, 200, step=1, label=t("edges.high"), elem_id="edges-high")
        with gr.Column():
            result = ui.shown(ID, "result", "edges.result")
            badge = ui.badge_slot(ID)
    ui.note(ID)
    code = ui.code_slot(ID)
    page.sends(ID, result)
    page.receives(ID, picture)

    gr.on(
        [picture.change, low.change, high.change],
        show,
        [picture, low, high],
        [result, badge, code],
        api_name="edges",
        **ui.LIVE,
    )
