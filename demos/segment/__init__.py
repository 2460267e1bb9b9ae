"""The Segment tab: point at a thing, get its mask, make something of it; or find everything; or say what to find."""

from __future__ import annotations

import gradio as gr
from PIL import Image

from core import samples
from core.engine import Engine
from demos import ui
from demos.page import Page, Tab
from demos.segment import by_words, everything, objects, point
from demos.segment.point import ID
from demos.ui import canvas, t

__all__ = ["TAB", "build"]


EXAMPLES = {
    "cat": (152, 120),
    "collage": (250, 270),
    "astronaut": (230, 330),
    "coffee": (300, 190),
    "flower": (300, 200),
    "rocket": (320, 200),
}


def build(engine: Engine, page: Page) -> None:
    """Layout, then the wiring of its parts."""
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            picture = ui.picture_input(ID)
            start = gr.JSON(visible=False)
            _add_examples(picture, start)
        with gr.Column(scale=3, min_width=320):
            pointed = canvas.build_canvas(ID)
            badge = ui.badge_slot(ID)
            candidates = ui.Radio([], label=t("segment.candidates"), visible=False, elem_id="segment-candidates")
    with gr.Tabs(elem_id="segment-parts", overflow_behavior="wrap"):
        with gr.Tab(t("segment.part_result"), elem_id="segment-part-result"):
            with gr.Row():
                with gr.Column(min_width=280):
                    model, opacity, snap, finish = point.layout_settings()
                result = ui.result_picture(
                    ID,
                    "cutout",
                    "segment.result",
                    image_mode="RGBA",
                    elem_classes="checkerboard",
                    min_width=280,
                )
                mask = ui.result_picture(ID, "mask", "segment.mask", min_width=280)
            slots = objects.layout_things()
            code = ui.code_slot(ID)
        with gr.Tab(t("segment.part_everything"), elem_id="segment-part-everything"):
            everything.build(engine, picture, model)
        with gr.Tab(t("segment.part_words"), elem_id="segment-part-words"):
            words = by_words.layout_words(picture)
    ui.add_note(ID)
    page.add_send_buttons(ID, result)
    page.receive_pictures(ID, picture)
    parts = point.SegmentWidgets(
        pointed=pointed,
        badge=badge,
        candidates=candidates,
        model=model,
        opacity=opacity,
        snap=snap,
        finish=finish,
        result=result,
        mask=mask,
        code=code,
        answer=gr.State(time_to_live=3600),
        things=gr.State((), time_to_live=3600),
        truth=gr.State(None, time_to_live=3600),
    )
    point.wire_pointing(engine, picture, start, parts)
    objects.wire_things(engine, picture, parts, slots, page)
    by_words.wire_words(engine, picture, parts, words, slots.shown)


def _add_examples(picture: gr.Image, start: gr.JSON) -> None:
    """Pictures with a first click, so that one press shows a result."""
    rows = []
    for name, (x, y) in EXAMPLES.items():
        file = str(samples.sample_path(name))
        first = {"points": [[x, y, 1]], "size": list(Image.open(file).size)}
        rows.append([file, first | ({"truth": name} if name in samples.TRUTHS else {})])
    gr.Examples(
        rows,
        inputs=[picture, start],
        visible_columns=[0],
        label=t("ui.examples"),
        elem_id=f"{ID}-examples",
        api_visibility="private",
    )


TAB = Tab(id=ID, models=("segment",), probe=ID, build=build)
