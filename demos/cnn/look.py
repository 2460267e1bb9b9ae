"""Where the network looks: class activation maps over the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks, classify, images
from core.classify import Explanation
from core.engine import Engine
from demos import ui
from demos.cnn.layers import layout_layer_picker, wire_layer_picker
from demos.cnn.names import show_class
from demos.cnn.top import LATEST_MODEL, TopPanel
from demos.ui import t

PART = "cnn-look"
LAST_LAYER = "cnn.last_layer"


@dataclass(frozen=True)
class LookWidgets:
    """The components of this part."""

    layer: gr.Dropdown
    method: gr.Radio
    opacity: gr.Slider
    both: gr.ImageSlider
    sentence: gr.Markdown
    badge: gr.HTML
    code: gr.Code


def build(engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """The part and its events; `tab` is what it is in."""
    wire_look(layout_look(), engine, top, tab)


def layout_look() -> LookWidgets:
    """The picture with and without its map; beside it layer, method and opacity."""
    with ui.bench():
        with ui.bench_result():
            look: dict[str, Any] = {"elem_classes": "tall", "format": "jpeg", "slider_position": 20}
            both = ui.picture_slider(f"{PART}-result", "cnn.look_result", **look)
            sentence = gr.Markdown(elem_id=f"{PART}-sentence")
            badge = ui.badge_slot(PART)
        with ui.bench_knobs():
            layer = layout_layer_picker(f"{PART}-layer", LAST_LAYER)
            method = _method_picker()
            opacity = ui.Slider(0, 1, 0.6, step=0.05, label=t("cnn.opacity"), elem_id=f"{PART}-opacity")
    return LookWidgets(layer, method, opacity, both, sentence, badge, ui.code_slot(PART))


def _method_picker() -> gr.Radio:
    return ui.Radio(
        [(t(f"cnn.method_{name.replace('+', 'p')}"), name) for name in classify.METHODS],
        value="gradcam",
        label=t("cnn.method"),
        info=t("cnn.method_info"),
        elem_id=f"{PART}-method",
    )


def wire_look(look: LookWidgets, engine: Engine, top: TopPanel, tab: gr.Tab) -> None:
    """Every knob, and every new class to explain, draws the map again."""
    handlers = LookHandlers(engine, look)
    wire_layer_picker(look.layer, engine, top, LAST_LAYER)
    inputs = [top.picture, top.target, look.layer, look.method, look.opacity, top.model]
    outputs = [look.both, look.sentence, look.badge, look.code]
    turn = ui.part_turn(tab, *top.on_target)
    triggers = [turn.change, look.layer.input, look.method.input, look.opacity.release]
    gr.on(triggers, handlers.show_heatmap, inputs, outputs, api_name="grad_cam", **LATEST_MODEL)


@dataclass(frozen=True)
class LookHandlers:
    """What this part does."""

    engine: Engine
    look: LookWidgets

    @ui.report_errors
    def show_heatmap(
        self, picture: images.RGB | None, target: str, layer: str, method: str, opacity: float, model: str
    ) -> dict[gr.Component, Any]:
        """The evidence for a class as a heat map over the picture."""
        look = self.look
        if picture is None:
            return {look.both: None, look.sentence: "", look.badge: ui.empty_badge(), look.code: ""}
        chosen = {name: value for name, value in {"target": target, "layer": layer}.items() if value}
        call = ui.Call.of(classify.explain, picture, **chosen, method=method, **ui.model_keyword(model))
        found = call.run(self.engine)
        overlay = images.overlay_heatmap(picture, found.heatmap, checks.number("opacity", opacity, 0, 1))
        use = f"images.overlay_heatmap(picture, found.heatmap, {opacity:g})  # heatmap: float32 (H, W) in [0, 1]"
        return {
            look.both: (picture, overlay),
            look.sentence: _heatmap_sentence(found),
            look.badge: ui.model_badge("classify", found),
            look.code: call.code(use),
        }


def _heatmap_sentence(found: Explanation) -> str:
    """What the map is about; Eigen-CAM asks for no class."""
    facts = {"label": show_class(found.label), "percent": f"{found.probability:.1%}", "layer": found.layer}
    return ui.localise("cnn.look_classless" if found.method == "eigencam" else "cnn.look_sentence", **facts)
