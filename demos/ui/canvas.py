"""A picture to point at: clicks that keep or remove, and a box by drag; with mouse, pen or finger.

The widget's value is JSON that any visitor can forge, so `read_prompt` checks all of it.
"""

from __future__ import annotations

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
from demos.ui.files import data_url
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
        """The keyword arguments of `segment.from_prompts`; only those that are pointed at."""
        clicks = {"points": [list(point) for point in self.points], "labels": self.labels} if self.points else {}
        return clicks | ({"box": list(self.box)} if self.box else {})


def build_canvas(tab: str) -> gr.HTML:
    """The canvas with its tools; its `input` event is a new prompt, and `read_prompt` reads its value.

    `build_hint` says how it is used, wherever the page has room for that.
    """
    _build_tools(tab)
    return gr.HTML(
        EMPTY,
        html_template=f"<canvas tabindex=0 role=application aria-labelledby='{tab}-hint'></canvas>",
        js_on_load=SCRIPT.read_text(encoding="utf-8"),
        elem_id=f"{tab}-canvas",
        elem_classes="canvas",
        picture="",
        mask="",
        outline="",
        most=MAX_POINTS,
    )


def build_hint(tab: str) -> None:
    """What clicks, drags and taps on the canvas do."""
    gr.Markdown(t("segment.hint"), elem_id=f"{tab}-hint", elem_classes="canvas-hint")


def _build_tools(tab: str) -> None:
    """What a click does, undo, redo, reset: the browser tells the canvas, the server is not asked."""
    with gr.Row(elem_classes="canvas-tools"):
        choices = [(t(f"segment.mode_{mode}"), mode) for mode in ("keep", "remove", "box")]
        mode = Radio(
            choices, value="keep", show_label=False, container=False, elem_id=f"{tab}-mode", scale=3, min_width=310
        )
        actions = ("undo", "redo", "reset")
        buttons = [gr.Button(t(f"segment.{a}"), size="sm", elem_id=f"{tab}-{a}", min_width=80) for a in actions]
    mode.change(None, mode, None, js=f"(mode) => {{ {canvas_event_js(tab, 'mode', 'mode')} }}")
    for button, action in zip(buttons, actions, strict=True):
        button.click(None, None, None, js=f"() => {{ {canvas_event_js(tab, action)} }}")


def canvas_event_js(tab: str, what: str, detail: str = "null") -> str:
    """JavaScript that sends the canvas an event.

    Args:
        tab: whose canvas.
        what: "undo", "redo", "reset", "mode" or "opacity".
        detail: JavaScript expression of the new mode or opacity.
    """
    event = f"new CustomEvent('{what}', {{detail: {detail}}})"
    return f"document.querySelector('#{tab}-canvas canvas').dispatchEvent({event});"


def show_picture(picture: images.RGB | None, prompt: VisualPrompt | None = None) -> gr.HTML:
    """An update of the canvas: another picture, at most 1024 px long, and the first prompt on it, if there is one."""
    if picture is None:
        return gr.HTML(value=EMPTY, picture="", mask="", outline="")
    shown = images.fit(picture, LONGEST)
    value = EMPTY | {"size": [shown.shape[1], shown.shape[0]]}
    if prompt is not None:
        value |= _scale_prompt(prompt, shown.shape[1] / picture.shape[1], shown.shape[0] / picture.shape[0])
    return gr.HTML(value=value, picture=_encode_url(Image.fromarray(shown), "jpeg", quality=90), mask="", outline="")


def _scale_prompt(prompt: VisualPrompt, across: float, down: float) -> dict[str, Any]:
    """Points and box of the widget's value, at another scale."""
    clicks = zip(prompt.points, prompt.labels, strict=True)
    return {
        "points": [[int((x + 0.5) * across), int((y + 0.5) * down), label] for (x, y), label in clicks],
        "box": None if prompt.box is None else list(_scale_box(prompt.box, across, down)),
    }


def show_masks(mask: images.Mask | None, kept: Sequence[images.Mask] = ()) -> gr.HTML:
    """An update of the canvas: masks laid over its picture.

    Args:
        mask: bool (H, W), what is being pointed at, in blue and on top.
        kept: bool (H, W) each, in colours of their own.
    """
    layers = [shrink_mask(one) for one in (*kept, *([] if mask is None else [mask]))]
    if not layers:
        return gr.HTML(mask="", outline="")
    tints, lines = np.zeros((2, *layers[0].shape), np.uint8)
    thick = np.ones((3, 3), np.uint8)
    for number, layer in enumerate(layers, 1):
        tints[layer] = number
        lines[layer & (cv2.erode(layer.astype(np.uint8), thick, borderValue=0) == 0)] = 1
    colours = [*images.COLOURS[: len(kept)], *([] if mask is None else [TINT])]
    return gr.HTML(mask=_palette_url(tints, colours), outline=_palette_url(lines, [LINE]))


def forget_prompt(mask: images.Mask | None, kept: Sequence[images.Mask] = ()) -> gr.HTML:
    """An update of the canvas: `show_masks`, and clicks and box go."""
    laid = show_masks(mask, kept).props
    return gr.HTML(value=EMPTY, mask=laid["mask"], outline=laid["outline"])


def shrink_mask(mask: images.Mask) -> images.Mask:
    """The mask at the size its picture is shown in, bool (h, w); never empty when it was not."""
    if max(mask.shape) <= LONGEST:
        return mask
    cover = images.fit(np.repeat(mask.astype(np.uint8)[..., None] * 255, 3, axis=2), LONGEST)[..., 0]
    half: images.Mask = cover > 127
    return half if half.any() else cover > 0


def read_prompt(value: object, shape: tuple[int, ...]) -> VisualPrompt:
    """The clicks and the box of the widget's value, or of what came in its place through the API.

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


def _scale_box(corners: Sequence[float], across: float, down: float) -> tuple[int, int, int, int]:
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
        raise InputError("segment.other_picture", got=f"{across:g} × {down:g}", width=w, height=h)
    return w / across, h / down


def _check_numbers(values: object, count: int) -> list[float]:
    if not isinstance(values, (list, tuple)) or len(values) != count:
        raise InputError("segment.prompt", got=checks.short_repr(values))
    return [checks.number("x, y", value, -MAX_COORDINATE, MAX_COORDINATE) for value in values]


def _palette_url(numbers: npt.NDArray[np.uint8], colours: Sequence[tuple[int, int, int]]) -> str:
    """A PNG of palette entries as a URL: 0 is transparent, n is the n-th colour."""
    picture = Image.fromarray(numbers, "P")
    picture.putpalette([0, 0, 0, *(value for colour in colours for value in colour)])
    return _encode_url(picture, "png", transparency=0, compress_level=1)


def _encode_url(picture: Image.Image, kind: str, **options: Any) -> str:
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data_url(data.getvalue(), kind)
