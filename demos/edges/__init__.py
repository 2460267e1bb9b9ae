"""Edges tab: detectors, kernels by hand, Canny's stages, people's outlines, live webcam."""

from __future__ import annotations

import gradio as gr

from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.edges import detect, kernel, live, people, stages
from demos.page import Page, Tab
from demos.ui import t

ID = "edges"
EXAMPLES = ("cat", "astronaut", "coffee", "temple", "motorcycle", "brick")
__all__ = ["TAB", "build"]


def build(engine: Engine, page: Page) -> None:
    """One picture on the left, what is done with it on the right."""
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            picture = ui.picture_input(ID)
            ui.add_examples(ID, picture, *EXAMPLES)
            with gr.Accordion(t("edges.more"), open=False, elem_id="edges-more"):
                full = gr.Checkbox(
                    False, label=t("edges.full_size"), info=t("edges.full_size_info"), elem_id="edges-full"
                )
        # a bad picture is refused here, once, and everything else waits for a good one
        arrived = picture.change(accept_picture, picture, api_visibility="private", **ui.LIVE)
        with gr.Column(scale=5, min_width=320), gr.Tabs(elem_id="edges-tabs"):
            with gr.Tab(t("edges.tab_detect"), id="edges-detect", elem_id="edges-tab-detect"):
                detect.build(engine, page, picture, arrived, full)
            with gr.Tab(t("edges.tab_kernel"), id="edges-kernel", elem_id="edges-tab-kernel"):
                grid = kernel.build(engine, page, picture, arrived, full)
            with gr.Tab(t("edges.tab_stages"), id="edges-stages", elem_id="edges-tab-stages"):
                stages.build(engine, picture, arrived)
            with gr.Tab(t("edges.tab_people"), id="edges-people", elem_id="edges-tab-people") as opened:
                people.build(engine, picture, arrived, opened)
            with gr.Tab(t("edges.tab_live"), id="edges-live", elem_id="edges-tab-live"):
                live.build(engine, grid)
    ui.add_note(ID)
    page.receive_pictures(ID, picture)


def accept_picture(_: RGB | None) -> None:
    """Nothing: what follows it waits for a picture that can be read."""


TAB = Tab(id=ID, probe=ID, build=build)
