"""The canvas of the edges that a drawing follows: from a picture, and drawn on by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.components.image_editor import EditorValue

from core import edges, images
from core.engine import Engine
from core.generate.settings import DEFAULT_EDGES_STRENGTH, EDGES_STRENGTH
from demos import ui
from demos.text_to_image.knobs import ID
from demos.ui import t

SIDE = 512  # of the canvas in pixels
BLACK, WHITE = "#000000", "#ffffff"


@dataclass(frozen=True)
class SketchWidgets:
    """A picture whose edges are taken, the canvas, what it held when it was last read, how strongly, and the button."""

    outlined: gr.Image
    edges: gr.ImageEditor
    drawn: ui.EditorContents
    hold: gr.Slider
    along: gr.Button


def layout_sketch() -> SketchWidgets:
    """The widgets, one under the other."""
    outlined = ui.picture_input(ID, "outlined", height=160, label=t("text_to_image.outlined"))
    # no listeners: each of them would send every stroke to the server
    canvas = gr.ImageEditor(
        sketch_value(None),
        label=t("text_to_image.edges"),
        layers=False,
        sources=(),
        transforms=(),
        brush=gr.Brush(default_size=4, colors=[WHITE, BLACK], color_mode="fixed"),
        eraser=False,
        format="png",
        height=380,
        elem_id=f"{ID}-edges",
    )
    limits = EDGES_STRENGTH
    hold = ui.labelled_slider(ID, "hold", limits.low, limits.high, DEFAULT_EDGES_STRENGTH, limits.step)
    along = gr.Button(t("text_to_image.along"), variant="primary", elem_id=f"{ID}-along")
    return SketchWidgets(outlined, canvas, ui.EditorContents(visible=False), hold, along)


def sketch_value(outline: images.RGB | None) -> EditorValue:
    """The canvas's value: white edges on black, to be drawn on."""
    empty = np.zeros((SIDE, SIDE, 3), np.uint8)
    return {"background": empty if outline is None else outline, "layers": [], "composite": None}


def canny_outline(engine: Engine, picture: images.RGB) -> images.RGB:
    """The Canny edges of the picture's middle square, at the canvas's size."""
    found = engine.run(edges.detect, images.crop_to_square(picture, SIDE), "canny")
    return images.grey_picture(found.edges)


def canvas_picture(value: dict[str, Any] | None) -> Any:
    """What is on the canvas: the background with the strokes over it."""
    if not isinstance(value, dict):
        return None
    picture = value.get("background") if value.get("composite") is None else value["composite"]
    if isinstance(picture, np.ndarray) and picture.ndim == 3 and picture.shape[2] == 4:
        # the editor's bin takes the black background, too, and white strokes on nothing would be white on white
        return (picture[..., :3] * (picture[..., 3:] / 255)).round().astype(np.uint8)
    return picture
