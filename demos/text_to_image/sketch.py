"""The canvas of the edges that a drawing follows: from a picture, and drawn on by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import gradio as gr
import numpy as np
from gradio.components.image_editor import EditorValue

from core import checks, edges, images, masks, texts
from core.edges import evaluation, outlines
from core.engine import Engine
from core.generate.settings import DEFAULT_EDGES_STRENGTH, EDGES_STRENGTH
from demos import ui
from demos.text_to_image.knobs import ID
from demos.ui import t

SIDE = 512  # of the canvas in pixels
BLACK, WHITE = "#000000", "#ffffff"
# of a picture's lines: the few long ones that people would draw, or all that Canny finds
WAYS = ("outlines", "canny")
MARGIN, PEN = 0.08, 4  # of what is traced: share of the canvas that stays free on each side, and pixels
# simple closed shapes are what the pocket model follows best; each with words that were tried
EXAMPLES = {"apple": "빨간 사과", "star": "노란 별", "heart": "a pink heart", "fish": "a blue fish"}


@dataclass(frozen=True)
class SketchWidgets:
    """The components of this way to begin.

    Attributes:
        arrived: edges that another tab has sent, or an example; hidden.
        outlined: a picture whose edges are taken.
        way: one of `WAYS`.
        edges: the canvas.
        drawn: what it held when it was last read.
        hold: how strongly its edges act.
        along: the button.
    """

    arrived: gr.Image
    outlined: gr.Image
    way: gr.Radio
    edges: gr.ImageEditor
    drawn: ui.EditorContents
    hold: gr.Slider
    along: gr.Button


def layout_sketch(prompt: gr.Textbox) -> SketchWidgets:
    """The widgets, one under the other; an example is an outline and its words."""
    arrived = ui.picture_input(ID, "arrived", visible="hidden")
    gr.Examples(
        [[str(texts.ASSETS / "samples" / "sketches" / f"{name}.png"), words] for name, words in EXAMPLES.items()],
        inputs=[arrived, prompt],
        visible_columns=[0],
        label=t("text_to_image.outline_examples"),
        elem_id=f"{ID}-outlines",
        api_visibility="private",
    )
    gr.Markdown(t("text_to_image.outline_hint"), elem_id=f"{ID}-outline-hint")
    outlined = ui.picture_input(ID, "outlined", height=160, label=t("text_to_image.outlined"))
    ways = [(t(f"text_to_image.outline_{name}"), name) for name in WAYS]
    way = ui.Radio(ways, value="outlines", label=t("text_to_image.outline_way"), elem_id=f"{ID}-outline-way")
    # no listeners: each of them would send every stroke to the server
    canvas = gr.ImageEditor(
        sketch_value(None),
        label=t("text_to_image.edges"),
        layers=False,
        sources=(),
        transforms=(),
        brush=gr.Brush(default_size=4, colors=[WHITE, BLACK], color_mode="fixed"),
        eraser=gr.Eraser(),
        format="png",
        height=380,
        elem_id=f"{ID}-edges",
    )
    limits = EDGES_STRENGTH
    hold = ui.labelled_slider(ID, "hold", limits.low, limits.high, DEFAULT_EDGES_STRENGTH, limits.step)
    along = gr.Button(t("text_to_image.along"), variant="primary", elem_id=f"{ID}-along")
    ui.enable_when_filled(along, "ui.need_prompt", prompt)
    return SketchWidgets(arrived, outlined, way, canvas, ui.EditorContents(visible=False), hold, along)


def sketch_value(outline: images.RGB | None) -> EditorValue:
    """The canvas's value: white edges on black, to be drawn on."""
    empty = np.zeros((SIDE, SIDE, 3), np.uint8)
    return {"background": empty if outline is None else outline, "layers": [], "composite": None}


def outline_photo(engine: Engine, picture: images.RGB, way: object) -> images.RGB:
    """A picture's lines on the canvas: what people would draw of it, or all that Canny finds in its middle square.

    Raises:
        InputError: no such way.
        ModelUnavailable: the learned detector's weights are not on this machine.
    """
    if checks.choice("way", way, WAYS) == "canny":
        found = engine.run(edges.detect, images.crop_to_square(picture, SIDE), "canny")
        return images.grey_picture(found.edges)
    return trace_lines(engine.run(outlines.find_outlines, picture))


def place_edges(picture: images.RGB, way: object) -> images.RGB:
    """White edges on black, of whatever size, on the canvas: the long ones alone, unless the way is "canny".

    Raises:
        InputError: no such way.
    """
    # brightest of the colours: a direction may be red alone
    levels = picture.max(axis=2)
    lines = evaluation.thin_mask(levels > 0.3 * max(int(levels.max()), 1))
    return trace_lines(outlines.keep_longest(lines) if checks.choice("way", way, WAYS) == "outlines" else lines)


def trace_lines(lines: images.Mask) -> images.RGB:
    """Lines bool (H, W) as white ones on black, uint8 (512, 512, 3): as large as they fit, in the middle."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    if not lines.any():
        return images.grey_picture(canvas.astype(np.float32))
    x1, y1, x2, y2 = masks.bounding_box(lines)
    scale = SIDE * (1 - 2 * MARGIN) / max(x2 - x1, y2 - y1, 1)
    corner = [(SIDE - (x1 + x2) * scale) / 2, (SIDE - (y1 + y2) * scale) / 2]
    found, _ = cv2.findContours(lines.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    moved = [np.round(line[:, 0] * scale + corner).astype(np.int32) for line in found]
    cv2.polylines(canvas, moved, True, 255, PEN)
    return images.grey_picture((canvas / 255).astype(np.float32))


def canvas_picture(value: dict[str, Any] | None) -> Any:
    """What is on the canvas: the background with the strokes over it."""
    if not isinstance(value, dict):
        return None
    picture = value.get("background") if value.get("composite") is None else value["composite"]
    if isinstance(picture, np.ndarray) and picture.ndim == 3 and picture.shape[2] == 4:
        # the editor's bin takes the black background, too, and white strokes on nothing would be white on white
        return (picture[..., :3] * (picture[..., 3:] / 255)).round().astype(np.uint8)
    return picture
