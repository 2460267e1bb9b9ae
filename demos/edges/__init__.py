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
    with ui.parts_bench():
        with ui.shared_input("edges-top"):
            picture = ui.picture_input(ID, height=None, elem_classes="small")
            ui.add_examples(ID, picture, *EXAMPLES)
            with ui.more_settings("edges-more"):
                full = gr.Checkbox(
                    False, label=t("edges.full_size"), info=t("edges.full_size_info"), elem_id="edges-full"
                )
        # a bad picture is refused here, once, and everything else waits for a good one
        arrived = picture.change(accept_picture, picture, api_visibility="private", **ui.LIVE)
        with ui.parts(), gr.Tabs(elem_id="edges-tabs", overflow_behavior="wrap"):
            with _part_tab("detect") as part:
                detect.build(engine, page, picture, arrived, ui.part_turn(part, arrived.success), full)
            with _part_tab("kernel") as part:
                grid = kernel.build(engine, page, picture, ui.part_turn(part, arrived.success), full)
            with _part_tab("stages") as part:
                stages.build(engine, picture, ui.part_turn(part, arrived.success))
            with _part_tab("people") as part:
                people.build(engine, picture, ui.part_turn(part, arrived.success, at_first=True), part)
            with _part_tab("live"):
                live.build(engine, grid)
    ui.add_note(ID)
    page.receive_pictures(ID, picture)


def _part_tab(name: str) -> gr.Tab:
    """A part of the tab; the webcam brings its own pictures, so the shared one steps aside there."""
    tab = gr.Tab(t(f"edges.tab_{name}"), id=f"edges-{name}", elem_id=f"edges-tab-{name}")
    display = "none" if name == "live" else ""
    hide = f"() => document.querySelectorAll('#edges-top').forEach(e => {{ e.style.display = '{display}'; }})"
    tab.select(None, None, None, js=hide, **ui.QUIET)
    return tab


def accept_picture(_: RGB | None) -> None:
    """Nothing: what follows it waits for a picture that can be read."""


TAB = Tab(id=ID, probe=ID, build=build)
