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
            whole = round_trip.layout_round_trip()
            round_trip.wire_round_trip(whole, engine)
        with gr.Tab(t("autoencoder.part_between"), elem_id="autoencoder-part-between") as tab:
            between.wire_between(between.layout_between(), engine, tab)
        with gr.Tab(t("autoencoder.part_denoising"), elem_id="autoencoder-part-denoising"):
            denoising.wire_denoising(denoising.layout_denoising(), engine)
    ui.add_note(ID)
    page.add_send_buttons(ID, whole.again)
    page.receive_pictures(ID, whole.picture)


TAB = Tab(id=ID, models=("autoencoder",), probe=ID, build=build)
