"""The CNN tab: what the network sees, where it looks, what is inside, what pooling does, how steady it is."""

from __future__ import annotations

import gradio as gr

from core.engine import Engine
from demos import ui
from demos.cnn import filters, invariance, look, maps, pooling, transfer
from demos.cnn import top as above
from demos.page import Page, Tab
from demos.ui import t

ID = above.ID


def build(engine: Engine, page: Page) -> None:
    """Layout, handlers, wiring."""
    with ui.parts_bench():
        with ui.shared_input("cnn-top"):
            top = above.build(engine)
        with ui.parts(), gr.Tabs(elem_id="cnn-parts", overflow_behavior="wrap"):
            with _part_tab("look") as tab:
                look.build(engine, top, tab)
            with _part_tab("filters") as tab:
                filters.build(engine, top, tab)
            with _part_tab("maps") as tab:
                maps.build(engine, top, tab)
            with _part_tab("pooling") as tab:
                pooling.build(engine, top, tab)
            with _part_tab("invariance") as tab:
                invariance.build(engine, top, tab)
            with _part_tab("transfer"):
                transfer.build(engine)
    ui.add_note(ID)
    page.add_send_buttons(ID, top.picture)
    page.receive_pictures(ID, top.picture)


def _part_tab(name: str) -> gr.Tab:
    """A part of the tab; transfer learning brings its own pictures and note, so the shared ones step aside there."""
    tab = gr.Tab(t(f"cnn.part_{name}"), elem_id=f"cnn-part-{name}")
    display = "none" if name == "transfer" else ""
    hide = f"() => document.querySelectorAll('#cnn-top, #cnn-note').forEach(e => {{ e.style.display = '{display}'; }})"
    tab.select(None, None, None, js=hide, **ui.QUIET)
    return tab


TAB = Tab(id=ID, models=("classify",), probe=ID, build=build)
