"""The Segment tab: point at a thing, get its mask, make something of it; or find everything; or say what to find."""

from __future__ import annotations

import gradio as gr

from core.engine import Engine
from demos import ui
from demos.page import Page, Tab
from demos.segment import background, by_words, everything, layout, objects, point, saving
from demos.segment.layout import ID
from demos.ui import t

__all__ = ["TAB", "build"]


def build(engine: Engine, page: Page) -> None:
    """Layout, then the wiring of its parts."""
    with ui.parts_bench():
        with ui.shared_input("segment-top"):
            picture, start = layout.layout_picture()
        with ui.parts(), gr.Tabs(elem_id="segment-parts", overflow_behavior="wrap"):
            with gr.Tab(t("segment.part_result"), elem_id="segment-part-result"):
                prompt, settings, result, things, saved = _layout_result(picture, start)
            with gr.Tab(t("segment.part_everything"), elem_id="segment-part-everything"):
                grid = everything.layout_everything()
            with gr.Tab(t("segment.part_words"), elem_id="segment-part-words"):
                words = by_words.layout_words(prompt.picture)
    ui.add_note(ID)
    page.add_send_buttons(ID, result.cutout)
    page.receive_pictures(ID, prompt.picture)
    parts = layout.SegmentParts(prompt, settings, result, layout.create_memory())
    everything.wire_everything(grid, engine, prompt.picture, settings.model)
    point.wire_pointing(parts, engine)
    background.wire_background(engine, parts)
    objects.wire_things(things, parts, page)
    saving.wire_saving(saved, engine, parts)
    by_words.wire_words(words, engine, parts, things.legend)


def _layout_result(
    picture: ui.Picture, start: gr.JSON
) -> tuple[layout.PromptWidgets, layout.MaskSettings, layout.CutoutWidgets, objects.ThingWidgets, saving.SaveWidgets]:
    """The canvas, beside it what comes of it and the settings; below them what is kept, the files and the code."""
    with ui.bench():
        with ui.bench_result():
            prompt = layout.layout_prompt(picture, start)
        with ui.bench_knobs():
            cutout, mask = layout.layout_cutout()
            settings = layout.layout_mask_settings()
    things, saved = objects.layout_things(), saving.layout_saving()
    return prompt, settings, layout.CutoutWidgets(cutout, mask, ui.code_slot(ID)), things, saved


TAB = Tab(id=ID, models=("segment",), probe=ID, build=build)
