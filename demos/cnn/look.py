"""Where the network looks: class activation maps over the picture."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core import checks, classify, images
from core.engine import Engine
from demos import ui
from demos.cnn.layers import layer_picker
from demos.cnn.top import PRIVATE_MODEL, TopPanel
from demos.ui import t

PART = "cnn-look"


def build(engine: Engine, top: TopPanel) -> None:
    """Layout, handlers, wiring."""

    @ui.report_errors
    def show_heatmap(
        picture: images.RGB | None, target: str, layer: str, method: str, opacity: float, model: str
    ) -> tuple[Any, ...]:
        if picture is None:
            return None, "", *ui.empty_outputs(0), ""
        wanted = {"target": target or None, "layer": layer or None}
        chosen = {name: value for name, value in wanted.items() if value is not None}
        call = ui.Call.of(classify.explain, picture, **chosen, method=method, **ui.model_keyword(model))
        found = call.run(engine)
        overlay = images.overlay_heatmap(picture, found.heatmap, checks.number("opacity", opacity, 0, 1))
        words = {"label": found.label, "percent": f"{found.probability:.1%}", "layer": found.layer}
        sentence = ui.localise("cnn.look_classless" if found.method == "eigencam" else "cnn.look_sentence", **words)
        code = call.code(
            f"images.overlay_heatmap(picture, found.heatmap, {opacity:g})  # heatmap: float32 (H, W) in [0, 1]"
        )
        return (picture, overlay), sentence, ui.model_badge("classify", found), code

    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            layer = layer_picker(engine, top, f"{PART}-layer", "cnn.last_layer")
            method = ui.Radio(
                [(t(f"cnn.method_{name.replace('+', 'p')}"), name) for name in classify.METHODS],
                value="gradcam",
                label=t("cnn.method"),
                info=t("cnn.method_info"),
                elem_id=f"{PART}-method",
            )
            opacity = ui.Slider(0, 1, 0.6, step=0.05, label=t("cnn.opacity"), elem_id=f"{PART}-opacity")
        with gr.Column(scale=2, min_width=320):
            both = gr.ImageSlider(
                label=t("cnn.look_result"),  # type: ignore[arg-type]
                elem_id=f"{PART}-result",
                format="jpeg",
                interactive=False,
                max_height=480,
                slider_position=20,
            )
            sentence = gr.Markdown(elem_id=f"{PART}-sentence")
            badge = ui.badge_slot(PART)
            code = ui.code_slot(PART)

    inputs = [top.picture, top.target, layer, method, opacity, top.model]
    outputs = [both, sentence, badge, code]
    gr.on(
        [layer.input, method.input, opacity.release],
        show_heatmap,
        inputs,
        outputs,
        api_name="grad_cam",
        trigger_mode="always_last",
        show_progress="minimal",
        **ui.MODEL_QUEUE,
    )
    for event in top.on_target:
        event(show_heatmap, inputs, outputs, **PRIVATE_MODEL)
