"""The filters of the network's first layer, beside Sobel's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from core import classify, images
from core.classify import activations
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.cnn.galleries import result_gallery
from demos.cnn.top import LATEST_MODEL, TopPanel
from demos.ui import t

PART = "cnn-filters"
COLUMNS = 8
WORKING_SIZE = 320


@dataclass(frozen=True)
class FilterWidgets:
    """The components of this part."""

    sheet: gr.Image
    badge: gr.HTML
    beside: gr.Gallery
    sentence: gr.Markdown
    code: gr.Code


def build(engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """The part and its events."""
    wire_filters(layout_filters(), engine, top, tab)


def layout_filters() -> FilterWidgets:
    """All filters on the left, those most like Sobel's on the right."""
    gr.Markdown(t("cnn.filters_heading"))
    with gr.Row():
        with gr.Column(scale=1, min_width=260):
            sheet = ui.result_picture(PART, "first", "cnn.filters_first", height=None, show_label=False)
            badge = ui.badge_slot(PART)
        with gr.Column(scale=2, min_width=320):
            beside = result_gallery(
                f"{PART}-sobel",
                "cnn.filters_beside",
                columns=4,
                show_label=False,
                elem_classes="whole",
                format="png",
                buttons=["download", "fullscreen"],
            )
            sentence = gr.Markdown(elem_id=f"{PART}-sentence")
    return FilterWidgets(sheet, badge, beside, sentence, ui.code_slot(PART))


def wire_filters(filters: FilterWidgets, engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """The filters are shown when the part opens, and again for every new picture or model."""
    handlers = FilterHandlers(engine, filters)
    inputs = [top.picture, top.model]
    outputs = [filters.sheet, filters.beside, filters.sentence, filters.badge, filters.code]
    turn = ui.part_turn(tab, top.on_prediction, at_first=True)
    turn.change(handlers.show_first_filters, inputs, outputs, api_name="first_filters", **LATEST_MODEL)


@dataclass(frozen=True)
class FilterHandlers:
    """What this part does."""

    engine: Engine
    filters: FilterWidgets

    @ui.report_errors
    def show_first_filters(self, picture: RGB | None, model: str) -> dict[gr.Component, Any]:
        """All filters, and beside Sobel's the ones most like them, with what each answers to the picture."""
        call = ui.Call.of(classify.first_filters, **ui.model_keyword(model))
        found = call.run(self.engine)
        filters, use = self.filters, "found.filters, found.similarity"
        return {
            filters.sheet: found.make_grid(columns=COLUMNS),
            filters.beside: self._compare_to_sobel(found, picture),
            filters.sentence: _similarity_sentence(found),
            filters.badge: ui.model_badge("classify", found),
            filters.code: call.code(f"{use}  # float32 (n, 3, k, k), cosine with Sobel x and y (n, 2)"),
        }

    def _compare_to_sobel(self, found: activations.FirstFilters, picture: RGB | None) -> list[tuple[RGB, str]]:
        """Sobel's and the nearest learned kernels, and what each answers to the picture."""
        shown = []
        for axis, direction in enumerate("xy"):
            learned = found.closest_to_sobel[axis]
            name = ui.localise("cnn.filter_number", number=learned)
            sobel = ui.localise("cnn.sobel", axis=direction)
            pairs = [(found.sobel[axis], sobel), (found.filters[learned], name)]
            shown += [(activations.filter_picture(kernel, side=240), name) for kernel, name in pairs]
            if picture is not None:
                small = images.fit(picture, WORKING_SIZE)
                shown += [self._answer_picture(small, kernel, name) for kernel, name in pairs]
        return shown

    def _answer_picture(self, picture: RGB, kernel: activations.Kernels, name: str) -> tuple[RGB, str]:
        answer = self.engine.run(activations.filter_response, picture, kernel)
        return images.grey_picture(centre_on_grey(answer)), ui.localise("cnn.answer_of", name=name)


def _similarity_sentence(found: activations.FirstFilters) -> str:
    """Which filters are most like Sobel x, like Sobel y, and like a Sobel of any direction."""
    (x, y), steered = found.closest_to_sobel, np.hypot(*found.similarity.T)
    facts = {"cosine_x": f"{found.similarity[x, 0]:+.2f}", "cosine_y": f"{found.similarity[y, 1]:+.2f}"}
    facts |= {"any": str(steered.argmax()), "cosine_any": f"{steered.max():.2f}"}
    return ui.localise("cnn.filters_sentence", x=x, y=y, **facts)


def centre_on_grey(values: images.Grey) -> images.Grey:
    """Signed values (H, W) as values in [0, 1], with zero at middle grey."""
    return np.asarray(0.5 + values / max(2 * float(np.abs(values).max()), 1e-12), np.float32)
