"""The Autoencoder tab: a picture through a bottleneck, between two codes, and a network that learns to denoise."""

from __future__ import annotations

import gradio as gr

from core.engine import Engine
from demos import ui
from demos.autoencoder import between, denoising, round_trip
from demos.autoencoder.figures import ID
from demos.page import Page, Tab
from demos.ui import t

__all__ = ["TAB", "build"]


def build(engine: Engine, page: Page) -> None:
    """Layout, handlers, wiring."""
    with gr.Tabs(elem_id="autoencoder-parts", overflow_behavior="wrap"):
        with gr.Tab(t("autoencoder.part_round_trip"), elem_id="autoencoder-part-round-trip"):
            picture, again = round_trip.build(engine)
        with gr.Tab(t("autoencoder.part_between"), elem_id="autoencoder-part-between") as tab:
            between.build(engine, tab)
        with gr.Tab(t("autoencoder.part_denoising"), elem_id="autoencoder-part-denoising"):
            denoising.build(engine)
    ui.add_note(ID)
    page.add_send_buttons(ID, again)
    page.receive_pictures(ID, picture)


TAB = Tab(id=ID, models=("autoencoder",), probe=ID, build=build)
