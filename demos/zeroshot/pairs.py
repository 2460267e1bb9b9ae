"""Zero-shot tab, parts two and three: every picture against every caption, as numbers and as a map."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from core import zeroshot
from core.engine import Engine
from demos import ui
from demos.ui import t
from demos.zeroshot import drawing
from demos.zeroshot.shared import (
    CAPTIONS,
    MOST,
    SAMPLES,
    SharedWidgets,
    hint_line,
    picture_gallery,
    read_captions,
    read_pictures,
    zeroshot_badge,
)


def build_matrix(engine: Engine, shared: SharedWidgets) -> tuple[gr.Gallery, gr.Textbox]:
    """Lays part two out; returns the pictures and the captions."""

    @ui.report_errors
    def show_matrix(files: list[Any] | None, captions: str, model: str) -> tuple[Any, ...]:
        pictures, lines = read_pictures(files), read_captions(captions)
        if not pictures or not lines:
            return hint_line("zeroshot.add_captions"), "", ""
        call = ui.Call.of(zeroshot.similarity, pictures, lines, **ui.model_keyword(model))
        found = call.run(engine)
        code = call.code("found.matrix  # float32 (pictures, captions): image_vectors @ text_vectors.T")
        return drawing.matrix_table(found, lines, pictures), zeroshot_badge(found), code

    with gr.Row():
        with gr.Column(scale=2):
            pictures = picture_gallery("pictures", "zeroshot.pictures", SAMPLES)
            captions = gr.Textbox(
                "\n".join(CAPTIONS),
                lines=8,
                max_lines=MOST,
                label=t("zeroshot.captions"),
                info=t("zeroshot.captions_info"),
                elem_id="zeroshot-captions",
            )
            compare = gr.Button(t("zeroshot.compare"), variant="primary", elem_id="zeroshot-compare")
        with gr.Column(scale=3):
            result = gr.HTML(elem_id="zeroshot-matrix", min_height=200)
    gr.on(
        [compare.click, pictures.change],
        show_matrix,
        [pictures, captions, shared.model],
        [result, shared.badge, shared.code],
        api_name="zeroshot_matrix",
        show_progress_on=result,
        **ui.MODEL_QUEUE,
    )
    return pictures, captions


def build_map(engine: Engine, shared: SharedWidgets, tab: gr.Tab, pictures: gr.Gallery, captions: gr.Textbox) -> None:
    """Lays part three out: the same pictures and captions on a plane."""

    @ui.report_errors
    def show_map(files: list[Any] | None, captions: str, centre: bool, model: str) -> tuple[Any, ...]:
        shown, lines = read_pictures(files), read_captions(captions)
        if not shown or not lines:
            return hint_line("zeroshot.add_captions"), "", ""
        call = ui.Call.of(zeroshot.similarity, shown, lines, **ui.model_keyword(model))
        found = call.run(engine)
        groups = [0] * len(shown) + [1] * len(lines) if centre else None
        vectors = np.concatenate([found.image_vectors, found.text_vectors])
        plane = engine.run(zeroshot.project, vectors, groups=groups)
        code = call.code(
            "vectors = np.concatenate([found.image_vectors, found.text_vectors])\n"
            f"zeroshot.project(vectors, groups={groups}).points  # float32 (vectors, 2)"
        )
        return drawing.plane_chart(plane, lines, found.encoded, shown), zeroshot_badge(found), code

    gr.Markdown(t("zeroshot.map_of"))
    centre = gr.Checkbox(True, label=t("zeroshot.centre"), info=t("zeroshot.centre_info"), elem_id="zeroshot-centre")
    result = gr.HTML(elem_id="zeroshot-map", min_height=200)
    gr.on(
        [tab.select, centre.change],
        show_map,
        [pictures, captions, centre, shared.model],
        [result, shared.badge, shared.code],
        api_name="zeroshot_map",
        show_progress_on=result,
        **ui.MODEL_QUEUE,
    )
