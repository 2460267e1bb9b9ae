"""A picture to point at: clicks that keep or remove, and a box by drag; mouse, pen and finger.

The widget's value is JSON that any visitor can forge, so `read_prompt` believes nothing of it.
"""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import gradio as gr
import numpy as np
import numpy.typing as npt
from PIL import Image

from core import checks, images, texts
from core.errors import InputError
from core.segment import MAX_POINTS
from demos.ui.inputs import Radio
from demos.ui.language import t

LONGEST = 1024
MAX_COORDINATE = 1e6
MAX_TEXT = 20_000
SCRIPT = texts.ASSETS / "canvas.js"
TINT, LINE = (30, 144, 255), (255, 255, 255)
EMPTY: dict[str, Any] = {"points": [], "box": None}


@dataclass(frozen=True)
class VisualPrompt:
    """What a visitor pointed at, in pixels of the picture as it was uploaded.

    Attributes:
        points: (x, y) of each click.
        labels: 1 keeps, 0 removes; as many as points.
        box: (x1, y1, x2, y2) or None.
    """

    points: list[tuple[int, int]]
    labels: list[int]
    box: tuple[int, int, int, int] | None

    def __bool__(self) -> bool:
        return bool(self.points) or self.box is not None

    @property
    def keywords(self) -> dict[str, Any]:
        """As `segment.from_prompts` takes it, without what is not there."""
        clicks = {"points": [list(point) for point in self.points], "labels": self.labels} if self.points else {}
        return clicks | ({"box": list(self.box)} if self.box else {})


def build_canvas(tab: str) -> gr.HTML:
    """The widget: what a click does, undo, redo, reset, the canvas; its `input` event is a new prompt."""
    name = f"{tab}-canvas"
    with gr.Row(elem_classes="canvas-tools"):
        choices = [(t(f"segment.mode_{mode}"), mode) for mode in ("keep", "remove", "box")]
        mode = Radio(
            choices, value="keep", show_label=False, container=False, elem_id=f"{tab}-mode", scale=3, min_width=310
        )
        undo = gr.Button(t("segment.undo"), size="sm", elem_id=f"{tab}-undo", min_width=80)
        redo = gr.Button(t("segment.redo"), size="sm", elem_id=f"{tab}-redo", min_width=80)
        reset = gr.Button(t("segment.reset"), size="sm", elem_id=f"{tab}-reset", min_width=80)
    gr.Markdown(t("segment.hint"), elem_id=f"{tab}-hint", elem_classes="canvas-hint")
    widget = gr.HTML(
        EMPTY,
        html_template=f"<canvas tabindex=0 role=application aria-labelledby='{tab}-hint'></canvas>",
        js_on_load=SCRIPT.read_text(encoding="utf-8"),
        elem_id=name,
        elem_classes="canvas",
        picture="",
        mask="",
        outline="",
        most=MAX_POINTS,
    )
    mode.change(None, mode, None, js=f"(mode) => {{ {canvas_event_js(tab, 'mode', 'mode')} }}")
    undo.click(None, None, None, js=f"() => {{ {canvas_event_js(tab, 'undo')} }}")
    redo.click(None, None, None, js=f"() => {{ {canvas_event_js(tab, 'redo')} }}")
    reset.click(None, None, None, js=f"() => {{ {canvas_event_js(tab, 'reset')} }}")
    return widget


def canvas_event_js(tab: str, what: str, detail: str = "null") -> str:
    """JavaScript that tells the widget something: "undo", "redo", "reset", "mode" or "opacity" with an expression."""
    event = f"new CustomEvent('{what}', {{detail: {detail}}})"
    return f"document.querySelector('#{tab}-canvas canvas').dispatchEvent({event});"


def show_picture(picture: images.RGB | None, prompt: VisualPrompt | None = None) -> gr.HTML:
    """The widget with another picture, shown at most 1024 px long, and with what is pointed at from the start."""
    if picture is None:
        return gr.HTML(value=EMPTY, picture="", mask="", outline="")
    shown = images.fit(picture, LONGEST)
    value = EMPTY | {"size": [shown.shape[1], shown.shape[0]]}
    if prompt is not None:
        across, down = shown.shape[1] / picture.shape[1], shown.shape[0] / picture.shape[0]
        pointed = zip(prompt.points, prompt.labels, strict=True)
        value["points"] = [[int((x + 0.5) * across), int((y + 0.5) * down), label] for (x, y), label in pointed]
        value["box"] = prompt.box and [round(v * k) for v, k in zip(prompt.box, (across, down) * 2, strict=True)]
    return gr.HTML(value=value, picture=_data_url(Image.fromarray(shown), "JPEG"), mask="", outline="")


def show_masks(mask: images.Mask | None, kept: Sequence[images.Mask] = ()) -> gr.HTML:
    """The widget with this mask of its picture laid over it, and the kept ones in colours of their own."""
    layers = [shrink_mask(one) for one in (*kept, *([] if mask is None else [mask]))]
    if not layers:
        return gr.HTML(mask="", outline="")
    tints, lines = np.zeros((2, *layers[0].shape), np.uint8)
    thick = np.ones((3, 3), np.uint8)
    for number, layer in enumerate(layers, 1):
        tints[layer] = number
        lines[layer & (cv2.erode(layer.astype(np.uint8), thick, borderValue=0) == 0)] = 1
    colours = [*images.COLOURS[: len(kept)], *([] if mask is None else [TINT])]
    return gr.HTML(
        mask=_data_url(_palette_image(tints, colours), "PNG"), outline=_data_url(_palette_image(lines, [LINE]), "PNG")
    )


def shrink_mask(mask: images.Mask) -> images.Mask:
    """The mask at the size its picture is shown in; never empty when it was not."""
    if max(mask.shape) <= LONGEST:
        return mask
    cover = images.fit(np.repeat(mask.astype(np.uint8)[..., None] * 255, 3, axis=2), LONGEST)[..., 0]
    half: images.Mask = cover > 127
    return half if half.any() else cover > 0


def read_prompt(value: object, shape: tuple[int, ...]) -> VisualPrompt:
    """What the widget's value, or what came in its place through the API, points at.

    Args:
        value: {"points": [[x, y, label], ...], "box": [x1, y1, x2, y2] or null, "size": [width, height]}, or that as
            text; `size` is that of the picture whose pixels are meant, left out when that is the original.
        shape: (H, W) of the original picture.

    Raises:
        InputError: it is anything else, or it was made on a picture of other proportions.
    """
    fields = _parse_fields(value)
    across, down = _pixel_scale(fields.get("size"), shape)
    points, box = fields.get("points") or [], fields.get("box")
    if not isinstance(points, list):
        raise InputError("segment.prompt", got=checks.short_repr(value))
    if len(points) > MAX_POINTS:
        raise InputError("segment.points_many", most=MAX_POINTS, got=len(points))
    clicks = [_check_numbers(point, 3) for point in points]
    return VisualPrompt(
        # the pixel of the original under the middle of the pixel that was clicked
        points=[(math.floor((x + 0.5) * across), math.floor((y + 0.5) * down)) for x, y, _ in clicks],
        labels=[checks.integer("label", label, 0, 1) for _, _, label in clicks],
        box=None if box is None else _scale_box(_check_numbers(box, 4), across, down),
    )


def _scale_box(corners: list[float], across: float, down: float) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = corners
    return round(x1 * across), round(y1 * down), round(x2 * across), round(y2 * down)


def _parse_fields(value: object) -> dict[str, Any]:
    if value is None or value == "":
        return {}
    if isinstance(value, str) and len(value) <= MAX_TEXT:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise InputError("segment.prompt", got=checks.short_repr(value)) from error
    if not isinstance(value, dict):
        raise InputError("segment.prompt", got=checks.short_repr(value))
    return value


def _pixel_scale(size: object, shape: tuple[int, ...]) -> tuple[float, float]:
    """Original pixels per pixel of a picture `size`, across and down."""
    h, w = shape[:2]
    if size is None:
        return 1.0, 1.0
    across, down = _check_numbers(size, 2)
    if not (1 <= across <= w and 1 <= down <= h and abs(across * h / w - down) <= 1):
        raise InputError("segment.other_picture", got=f"{across:g} x {down:g}", width=w, height=h)
    return w / across, h / down


def _check_numbers(values: object, count: int) -> list[float]:
    if not isinstance(values, (list, tuple)) or len(values) != count:
        raise InputError("segment.prompt", got=checks.short_repr(values))
    return [checks.number("x, y", value, -MAX_COORDINATE, MAX_COORDINATE) for value in values]


def _palette_image(numbers: npt.NDArray[np.uint8], colours: Sequence[tuple[int, int, int]]) -> Image.Image:
    """A picture of palette entries: 0 is transparent, n is the n-th colour."""
    picture = Image.fromarray(numbers, "P")
    picture.putpalette([0, 0, 0, *(value for colour in colours for value in colour)])
    picture.info["transparency"] = 0
    return picture


def _data_url(picture: Image.Image, kind: str) -> str:
    data = io.BytesIO()
    picture.save(data, kind, **({"quality": 90} if kind == "JPEG" else {"transparency": 0, "compress_level": 1}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(data.getvalue()).decode()}"
