"""The layer picker: a dropdown that knows the layers of the model in use."""

from __future__ import annotations

import gradio as gr

from core import classify
from core.engine import Engine
from demos import ui
from demos.cnn.top import PRIVATE_MODEL, TopPanel
from demos.ui import t

DEFAULT = ""


def layer_picker(engine: Engine, top: TopPanel, elem_id: str, default: str) -> gr.Dropdown:
    """A layer by name; DEFAULT, shown as the sentence `default`, until the viewer picks one.

    The model's layers come in after the first picture, so that opening the page loads no model.
    """

    def fill_layers(model: str) -> gr.Dropdown:
        found = engine.run(classify.list_layers, **ui.model_keyword(model))
        shapes = (" × ".join(map(str, shape)) for shape in found.shapes)
        named_layers = [(f"{name}: {shape}", name) for name, shape in zip(found.names, shapes, strict=True)]
        return ui.Dropdown(choices=[(t(default), DEFAULT), *named_layers])

    picker = ui.Dropdown(
        [(t(default), DEFAULT)],
        value=DEFAULT,
        label=t("cnn.layer"),
        info=t("cnn.layer_info"),
        allow_custom_value=True,
        elem_id=elem_id,
    )
    top.model.input(lambda: DEFAULT, None, picker, **ui.QUIET)
    top.on_prediction(fill_layers, top.model, picker, **PRIVATE_MODEL)
    return picker
