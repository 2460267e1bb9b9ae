"""Inside the network: first-layer filters beside Sobel's, and the feature maps of every layer."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from core import classify, images
from core.classify import activations
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.cnn.layers import layer_picker
from demos.cnn.top import PRIVATE_MODEL, TopPanel
from demos.ui import t

PART = "cnn-filters"
COLUMNS = 8
WORKING_SIZE = 320


def build(engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """Layout, handlers, wiring."""
    _build_filters(engine, top, tab)
    _build_maps(engine, top, tab)


def _build_filters(engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    @ui.report_errors
    def show_first_filters(picture: RGB | None, model: str) -> tuple[Any, ...]:
        call = ui.Call.of(classify.first_filters, **ui.model_keyword(model))
        found = call.run(engine)
        beside = _compare_to_sobel(engine, found, picture)
        steered = np.hypot(*found.similarity.T)
        facts = {
            "x": found.closest_to_sobel[0],
            "cosine_x": f"{found.similarity[found.closest_to_sobel[0], 0]:+.2f}",
            "y": found.closest_to_sobel[1],
            "cosine_y": f"{found.similarity[found.closest_to_sobel[1], 1]:+.2f}",
            "any": int(steered.argmax()),
            "cosine_any": f"{steered.max():.2f}",
        }
        sentence = ui.localise("cnn.filters_sentence", **facts)
        code = call.code("found.filters, found.similarity  # float32 (n, 3, k, k), cosine with Sobel x and y (n, 2)")
        return found.make_grid(columns=COLUMNS), beside, sentence, ui.model_badge("classify", found), code

    gr.Markdown(t("cnn.filters_heading"))
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            sheet = ui.result_picture(PART, "first", "cnn.filters_first", height=None, show_label=False)
            badge = ui.badge_slot(PART)
        with gr.Column(scale=2, min_width=320):
            beside = gr.Gallery(
                label=t("cnn.filters_beside"),
                elem_id=f"{PART}-sobel",
                columns=4,
                height="auto",
                show_label=False,
                elem_classes="whole",
                object_fit="contain",
                format="png",
                interactive=False,
                buttons=["download", "fullscreen"],
            )
            sentence = gr.Markdown(elem_id=f"{PART}-sentence")
    code = ui.code_slot(PART)
    inputs, outputs = [top.picture, top.model], [sheet, beside, sentence, badge, code]
    gr.on([tab.select], show_first_filters, inputs, outputs, api_name="first_filters", **ui.MODEL_QUEUE)
    top.run_when_open("filters", show_first_filters, inputs, outputs)


def _build_maps(engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    @ui.report_errors
    def show_feature_maps(picture: RGB | None, layer: str, count: float, scale: str, model: str) -> tuple[Any, ...]:
        if picture is None:
            return None, None, *ui.empty_outputs(0), ""
        call = _feature_maps_call(engine, picture, layer, count, model)
        found = call.run(engine)
        size = " × ".join(str(side) for side in found.maps.shape[1:])
        sentence = ui.localise(
            "cnn.maps_sentence", layer=found.layer, total=found.total, size=size, shown=len(found.maps)
        )
        code = call.code(f'found.sheet(columns={COLUMNS}, scale="{scale}")')
        return found.make_grid(columns=COLUMNS, scale=scale), sentence, ui.model_badge("classify", found), code

    @ui.report_errors
    def show_feature_map(picture: RGB | None, layer: str, rank: float, model: str) -> tuple[Any, ...]:
        if picture is None:
            return None, ""
        found = _feature_maps_call(engine, picture, layer, rank, model).run(engine)
        one = found.maps[-1]
        share = images.resize_map(one / max(float(np.abs(one).max()), 1e-12), picture.shape[:2])
        words = {"channel": int(found.channels[-1]), "layer": found.layer, "low": f"{one.min():.2f}"}
        return (picture, images.overlay_heatmap(picture, share, 0.8)), ui.localise(
            "cnn.map_sentence", high=f"{one.max():.2f}", **words
        )

    def pick_rank(picture: RGB | None, layer: str, count: float, model: str, click: gr.SelectData) -> Any:
        if picture is None:
            return gr.skip()
        found = _feature_maps_call(engine, picture, layer, count, model).run(engine)
        return found.rank_at(*click.index, columns=COLUMNS)

    gr.Markdown(t("cnn.maps_heading"))
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            layer = layer_picker(engine, top, f"{PART}-layer", "cnn.first_layer")
            count = ui.Slider(1, 128, 32, step=1, label=t("cnn.maps_count"), elem_id=f"{PART}-count")
            scale = ui.Radio(
                [(t(f"cnn.scale_{name}"), name) for name in activations.SCALES],
                value="each",
                label=t("cnn.maps_scale"),
                elem_id=f"{PART}-scale",
            )
            rank = ui.Number(1, precision=0, minimum=1, maximum=256, label=t("cnn.maps_rank"), elem_id=f"{PART}-rank")
            over = gr.ImageSlider(
                label=t("cnn.map_over"),  # type: ignore[arg-type]
                elem_id=f"{PART}-over",
                format="jpeg",
                interactive=False,
                max_height=320,
            )
            about = gr.Markdown(elem_id=f"{PART}-about")
        with gr.Column(scale=2, min_width=320):
            sheet = ui.result_picture(PART, "maps", "cnn.maps_result", height=None, show_label=False)
            sentence = gr.Markdown(elem_id=f"{PART}-maps-sentence")
            badge = ui.badge_slot(f"{PART}-maps")
    code = ui.code_slot(f"{PART}-maps")

    inputs, outputs = [top.picture, layer, count, scale, top.model], [sheet, sentence, badge, code]
    quick = {"trigger_mode": "always_last", "show_progress": "minimal", **ui.MODEL_QUEUE}
    triggers = [tab.select, layer.input, count.release, scale.input]
    gr.on(triggers, show_feature_maps, inputs, outputs, api_name="feature_maps", **quick)
    top.run_when_open("filters", show_feature_maps, inputs, outputs)
    sheet.select(pick_rank, [top.picture, layer, count, top.model], rank, **PRIVATE_MODEL)
    gr.on(
        [rank.change],
        show_feature_map,
        [top.picture, layer, rank, top.model],
        [over, about],
        api_name="feature_map",
        **quick,
    )


def _feature_maps_call(engine: Engine, picture: RGB, layer: str, count: float, model: str) -> ui.Call:
    chosen = layer or engine.run(classify.list_layers, **ui.model_keyword(model)).names[0]
    return ui.Call.of(classify.feature_maps, picture, chosen, count=count, **ui.model_keyword(model))


def _compare_to_sobel(engine: Engine, found: activations.FirstFilters, picture: RGB | None) -> list[tuple[RGB, str]]:
    """Sobel's and the nearest learned kernels, and what each answers to the picture."""
    shown = []
    for axis, direction in enumerate("xy"):
        learned = found.closest_to_sobel[axis]
        pairs = [
            (found.sobel[axis], f"Sobel {direction}"),
            (found.filters[learned], ui.localise("cnn.filter_number", number=learned)),
        ]
        shown += [(activations.filter_picture(kernel, side=240), name) for kernel, name in pairs]
        if picture is not None:
            small = images.fit(picture, WORKING_SIZE)
            answers = [engine.run(activations.filter_response, small, kernel) for kernel, _ in pairs]
            names = [ui.localise("cnn.answer_of", name=name) for _, name in pairs]
            shown += [
                (images.grey_picture(centre_on_grey(answer)), name) for answer, name in zip(answers, names, strict=True)
            ]
    return shown


def centre_on_grey(values: images.Grey) -> images.Grey:
    """Values in [0, 1] with zero at middle grey."""
    return np.asarray(0.5 + values / max(2 * float(np.abs(values).max()), 1e-12), np.float32)
