"""The feature maps of every layer: what each channel answers to the picture."""

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
from demos.cnn.filters import COLUMNS, PART
from demos.cnn.layers import layout_layer_picker, wire_layer_picker
from demos.cnn.top import LATEST_MODEL, PRIVATE_MODEL, TopPanel
from demos.ui import t

FIRST_LAYER = "cnn.first_layer"


@dataclass(frozen=True)
class MapWidgets:
    """The components of this part; `marks` frames the map that lies over the picture."""

    layer: gr.Dropdown
    count: gr.Slider
    scale: gr.Radio
    rank: gr.Number
    over: gr.ImageSlider
    about: gr.Markdown
    sheet: gr.Image
    marks: ui.Marks
    sentence: gr.Markdown
    badge: gr.HTML
    code: gr.Code


def build(engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """The part and its events."""
    wire_maps(layout_maps(), engine, top, tab)


def layout_maps() -> MapWidgets:
    """All maps; beside them one chosen map over the picture, and the knobs."""
    with ui.bench():
        with ui.bench_result():
            gr.Markdown(t("cnn.maps_heading"))
            sheet = ui.result_picture(PART, "maps", "cnn.maps_result", height=None, show_label=False)
            marks = ui.marks_slot(f"{PART}-marks")
            sentence = gr.Markdown(elem_id=f"{PART}-maps-sentence")
            badge = ui.badge_slot(f"{PART}-maps")
        with ui.bench_knobs():
            over = ui.picture_slider(f"{PART}-over", "cnn.map_over", format="jpeg", elem_classes="small")
            about = gr.Markdown(elem_id=f"{PART}-about")
            layer = layout_layer_picker(f"{PART}-layer", FIRST_LAYER)
            with ui.more_settings(f"{PART}-more"):
                count, scale, rank = _layout_knobs()
    code = ui.code_slot(f"{PART}-maps")
    return MapWidgets(layer, count, scale, rank, over, about, sheet, marks, sentence, badge, code)


def _layout_knobs() -> tuple[gr.Slider, gr.Radio, gr.Number]:
    """How many maps, on which scale of colours, and which one lies over the picture."""
    count = ui.Slider(1, 128, 32, step=1, label=t("cnn.maps_count"), elem_id=f"{PART}-count")
    scales = [(t(f"cnn.scale_{name}"), name) for name in activations.SCALES]
    scale = ui.Radio(scales, value="each", label=t("cnn.maps_scale"), elem_id=f"{PART}-scale")
    rank = ui.Number(1, precision=0, minimum=1, maximum=256, label=t("cnn.maps_rank"), elem_id=f"{PART}-rank")
    return count, scale, rank


def wire_maps(maps: MapWidgets, engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """The knobs show the maps again; a click on one, or its rank, lays it over the picture."""
    handlers = MapHandlers(engine, maps)
    wire_layer_picker(maps.layer, engine, top, FIRST_LAYER)
    inputs = [top.picture, maps.layer, maps.count, maps.scale, top.model]
    outputs = [maps.sheet, maps.sentence, maps.badge, maps.code]
    turn = ui.part_turn(tab, top.on_prediction, at_first=True)
    triggers = [turn.change, maps.layer.input, maps.count.release, maps.scale.input]
    gr.on(triggers, handlers.show_feature_maps, inputs, outputs, api_name="feature_maps", **LATEST_MODEL)
    clicked = [top.picture, maps.layer, maps.count, top.model]
    maps.sheet.select(handlers.pick_rank, clicked, maps.rank, **PRIVATE_MODEL)
    chosen = [top.picture, maps.layer, maps.rank, top.model]
    over = [maps.over, maps.about, maps.marks]
    gr.on(
        [maps.rank.change, maps.sheet.change],
        handlers.show_feature_map,
        chosen,
        over,
        api_name="feature_map",
        **LATEST_MODEL,
    )


@dataclass(frozen=True)
class MapHandlers:
    """What this part does."""

    engine: Engine
    maps: MapWidgets

    @ui.report_errors
    def show_feature_maps(
        self, picture: RGB | None, layer: str, count: float, scale: str, model: str
    ) -> dict[gr.Component, Any]:
        """The strongest maps of the layer, as one picture."""
        maps = self.maps
        if picture is None:
            return {maps.sheet: None, maps.sentence: None, maps.badge: ui.empty_badge(), maps.code: ""}
        call = self._feature_maps_call(picture, layer, count, model)
        found = call.run(self.engine)
        size = " × ".join(str(side) for side in found.maps.shape[1:])
        facts = {"layer": found.layer, "total": found.total, "size": size, "shown": len(found.maps)}
        return {
            maps.sheet: found.make_grid(columns=COLUMNS, scale=scale),
            maps.sentence: ui.localise("cnn.maps_sentence", **facts),
            maps.badge: ui.model_badge("classify", found),
            maps.code: call.code(f'found.make_grid(columns={COLUMNS}, scale="{scale}")'),
        }

    @ui.report_errors
    def show_feature_map(self, picture: RGB | None, layer: str, rank: float, model: str) -> tuple[Any, ...]:
        """The map of that rank over the picture, and its channel and range."""
        if picture is None:
            return None, "", []
        found = self._feature_maps_call(picture, layer, rank, model).run(self.engine)
        one = found.maps[-1]
        share = images.resize_map(one / max(float(np.abs(one).max()), 1e-12), picture.shape[:2])
        facts = {"channel": int(found.channels[-1]), "layer": found.layer}
        facts |= {"low": f"{one.min():.2f}", "high": f"{one.max():.2f}"}
        both = picture, images.overlay_heatmap(picture, share, 0.8)
        return both, ui.localise("cnn.map_sentence", **facts), mark_map(found)

    @ui.report_errors
    def pick_rank(self, picture: RGB | None, layer: str, count: float, model: str, click: gr.SelectData) -> Any:
        """The rank of the map that was clicked."""
        if picture is None:
            return gr.skip()
        place = ui.chosen_pixel(click)
        found = self._feature_maps_call(picture, layer, count, model).run(self.engine)
        return found.rank_at(*place, columns=COLUMNS)

    def _feature_maps_call(self, picture: RGB, layer: str, count: float, model: str) -> ui.Call:
        chosen = layer or self.engine.run(classify.list_layers, **ui.model_keyword(model)).names[0]
        return ui.Call.of(classify.feature_maps, picture, chosen, count=count, **ui.model_keyword(model))


def mark_map(found: activations.FeatureMaps) -> list[ui.Mark]:
    """Where the last of the maps is on the sheet of all."""
    return [ui.mark_box(f"{PART}-maps", *found.place_of(len(found.maps), columns=COLUMNS))]
