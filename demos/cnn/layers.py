"""The layer picker: a dropdown that knows the layers of the model in use."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from core import classify
from core.engine import Engine
from demos import ui
from demos.cnn.top import PRIVATE_MODEL, TopPanel
from demos.ui import t

DEFAULT = ""


def layout_layer_picker(elem_id: str, default: str) -> gr.Dropdown:
    """A layer by name; DEFAULT, shown as the sentence `default`, until the viewer picks one."""
    return ui.Dropdown(
        [(t(default), DEFAULT)],
        value=DEFAULT,
        label=t("cnn.layer"),
        info=t("cnn.layer_info"),
        allow_custom_value=True,
        elem_id=elem_id,
    )


def wire_layer_picker(picker: gr.Dropdown, engine: Engine, top: TopPanel, default: str) -> None:
    """The model's layers come in after the first picture, so that opening the page loads no model."""
    handlers = LayerHandlers(engine, default)
    top.model.input(reset_layer, None, picker, **ui.QUIET)
    top.on_prediction(handlers.fill_layers, top.model, picker, **PRIVATE_MODEL)


def reset_layer() -> str:
    """No layer of the model before."""
    return DEFAULT


@dataclass(frozen=True)
class LayerHandlers:
    """What fills the layer picker; `default` is the sentence for its first choice."""

    engine: Engine
    default: str

    @ui.report_errors
    def fill_layers(self, model: str) -> gr.Dropdown:
        """The layers of the model, each with the shape of its output."""
        found = self.engine.run(classify.list_layers, **ui.model_keyword(model))
        shapes = (" × ".join(map(str, shape)) for shape in found.shapes)
        named_layers = [(f"{name}: {shape}", name) for name, shape in zip(found.names, shapes, strict=True)]
        return ui.Dropdown(choices=[(t(self.default), DEFAULT), *named_layers])
