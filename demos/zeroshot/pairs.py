"""Zero-shot tab, parts two and three: every picture against every caption, as numbers and as a map."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
import numpy as np

from core import zeroshot
from core.engine import Engine
from demos import ui
from demos.ui import t
from demos.zeroshot import drawing
from demos.zeroshot.shared import (
    SAMPLES,
    SharedWidgets,
    begin_in_language,
    first_text,
    hint_line,
    picture_gallery,
    read_captions,
    zeroshot_badge,
)


@dataclass(frozen=True)
class MatrixParts:
    """The components of part two.

    Attributes:
        pictures: each is compared with each caption.
        captions: one a line.
        compare: starts that.
        result: the table of cosines.
    """

    pictures: gr.Gallery
    captions: gr.Textbox
    compare: gr.Button
    result: gr.HTML


@dataclass(frozen=True)
class MapParts:
    """The components of part three, which shows the pictures and captions of part two.

    Attributes:
        centre: whether pictures and captions are each centred on their own.
        result: the map.
    """

    centre: gr.Checkbox
    result: gr.HTML


@dataclass(frozen=True)
class PairHandlers:
    """What happens when pictures are compared with captions."""

    engine: Engine

    @ui.report_errors
    def show_matrix(self, sent: list[ui.SentPicture], captions: str, model: str) -> tuple[str, str, str]:
        """The cosine of every picture with every caption."""
        (pictures, left_out), lines = ui.read_sent(sent), read_captions(captions)
        if not pictures or not lines:
            return hint_line("zeroshot.add_captions"), "", ""
        call = ui.Call.of(zeroshot.similarity, pictures, lines, **ui.model_keyword(model))
        found = call.run(self.engine)
        code = call.code("found.matrix  # float32 (pictures, captions): image_vectors @ text_vectors.T")
        return left_out + drawing.matrix_table(found, lines, pictures), zeroshot_badge(found), code

    @ui.report_errors
    def show_map(self, sent: list[ui.SentPicture], captions: str, centre: bool, model: str) -> tuple[str, str, str]:
        """All vectors on the plane on which they differ most."""
        (shown, left_out), lines = ui.read_sent(sent), read_captions(captions)
        if not shown or not lines:
            return hint_line("zeroshot.add_captions"), "", ""
        call = ui.Call.of(zeroshot.similarity, shown, lines, **ui.model_keyword(model))
        found = call.run(self.engine)
        groups = [0] * len(shown) + [1] * len(lines) if centre else None
        vectors = np.concatenate([found.image_vectors, found.text_vectors])
        plane = self.engine.run(zeroshot.project, vectors, groups=groups)
        code = call.code(
            "vectors = np.concatenate([found.image_vectors, found.text_vectors])\n"
            f"zeroshot.project(vectors, groups={groups}).points  # float32 (vectors, 2)"
        )
        return left_out + drawing.plane_chart(plane, lines, found.encoded, shown), zeroshot_badge(found), code


def layout_matrix() -> MatrixParts:
    """Pictures and captions on the left, the table on the right."""
    with ui.bench():
        with ui.bench_input():
            pictures = picture_gallery("pictures", "zeroshot.pictures", SAMPLES)
            captions = gr.Textbox(
                first_text("captions"),
                lines=5,
                max_lines=6,
                label=t("zeroshot.captions"),
                info=t("zeroshot.captions_info"),
                elem_id="zeroshot-captions",
            )
            compare = gr.Button(t("zeroshot.compare"), variant="primary", elem_id="zeroshot-compare")
        with ui.bench_result():
            result = gr.HTML(elem_id="zeroshot-matrix", min_height=200)
    return MatrixParts(pictures, captions, compare, result)


def wire_matrix(parts: MatrixParts, engine: Engine, shared: SharedWidgets, tab: gr.Tab) -> None:
    """The table is made when the button is pressed or the pictures change; `tab` is the one that this is in."""
    begin_in_language(tab, parts.captions, "captions")
    ui.enable_when_filled(parts.compare, "ui.need_captions", parts.pictures, parts.captions)
    compared = gr.on(
        [parts.compare.click, parts.pictures.change],
        PairHandlers(engine).show_matrix,
        [parts.pictures, parts.captions, shared.model],
        [parts.result, shared.badge, shared.code],
        api_name="zeroshot_matrix",
        show_progress_on=parts.result,
        **ui.MODEL_QUEUE,
    )
    ui.clear_on_failure(compared, [parts.result])


def layout_map() -> MapParts:
    """The map, and one box to tick."""
    gr.Markdown(t("zeroshot.map_of"))
    plane = gr.HTML(elem_id="zeroshot-map", min_height=200)
    centre = gr.Checkbox(True, label=t("zeroshot.centre"), info=t("zeroshot.centre_info"), elem_id="zeroshot-centre")
    return MapParts(centre, plane)


def wire_map(parts: MapParts, pairs: MatrixParts, engine: Engine, shared: SharedWidgets, tab: gr.Tab) -> None:
    """The map of the pictures and captions of `pairs` is drawn when `tab` is opened."""
    gr.on(
        [tab.select, parts.centre.change],
        PairHandlers(engine).show_map,
        [pairs.pictures, pairs.captions, parts.centre, shared.model],
        [parts.result, shared.badge, shared.code],
        api_name="zeroshot_map",
        show_progress_on=parts.result,
        **ui.MODEL_QUEUE,
    )
