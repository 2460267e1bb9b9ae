"""A kernel of one's own on the picture, and the arithmetic behind any pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.events import Dependency

from core import checks
from core.edges import convolution
from core.edges.convolution import PADDINGS, PRESETS, VIEWS
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.edges import arithmetic, grid
from demos.edges.common import enlarged, enlargement
from demos.page import Page
from demos.ui import t

ID = "edges-kernel"


@dataclass(frozen=True)
class Parts:
    """What is on the page. Any: Gradio gives its components their events at run time."""

    preset: Any
    size: Any
    kernel: gr.HTML
    normalise: Any
    view: Any
    stride: Any
    padding: Any
    result: gr.Image
    badge: gr.HTML
    formula: gr.HTML
    x: gr.Number
    y: gr.Number
    sums: gr.HTML
    code: gr.Code


def build(engine: Engine, page: Page, picture: gr.Image, arrived: Dependency) -> gr.HTML:
    """Layout, handlers, wiring; `arrived` is when a good picture came. Returns the kernel's grid."""

    @ui.answers
    def show(
        picture: RGB | None, kernel: Any, stride: int, padding: str, normalise: bool, view: str
    ) -> tuple[Any, ...]:
        if picture is None:
            return None, "", *ui.waiting(0), ""
        call = ui.Call.of(convolution.convolve, picture, kernel, stride=stride, padding=padding, normalise=normalise)
        found = call.run(engine)
        shown = enlarged(convolution.picture_of(found.response, view))
        size = arithmetic.size(picture.shape[:2], found, int(stride), padding)
        return shown, size, ui.badge("convolve", found), call.code("found.response  # float32 (H_out, W_out), signed")

    @ui.answers
    def explain(
        picture: RGB | None, kernel: Any, x: float | None, y: float | None, stride: int, padding: str, normalise: bool
    ) -> str:
        if picture is None or x is None or y is None:
            return ""
        settings: dict[str, Any] = {"stride": stride, "padding": padding, "normalise": normalise}
        return arithmetic.spelled_out(engine.run(convolution.arithmetic, picture, kernel, x, y, **settings))

    parts = _layout()
    page.sends(ID, parts.result)
    _wire_picking(parts, picture)
    place = [parts.stride, parts.padding, parts.normalise]
    changes = [parts.kernel.input, parts.kernel.change, *(knob.change for knob in place)]
    whole = {
        "fn": show,
        "inputs": [picture, parts.kernel, *place, parts.view],
        "outputs": [parts.result, parts.formula, parts.badge, parts.code],
    }
    single = {"fn": explain, "inputs": [picture, parts.kernel, parts.x, parts.y, *place], "outputs": parts.sums}
    gr.on([*changes, parts.view.change], **whole, api_name="convolve", **ui.LIVE)
    gr.on([parts.x.change, parts.y.change, *changes], **single, api_name="arithmetic", **ui.LIVE)
    arrived.success(**whole, api_visibility="private", **ui.LIVE)
    moved = arrived.success(middle, picture, [parts.x, parts.y], **ui.QUIET)
    moved.then(**single, api_visibility="private", **ui.LIVE)
    return parts.kernel


def middle(picture: RGB | None) -> tuple[int, int]:
    """(x, y) of the picture's middle."""
    height, width = (1, 1) if picture is None else picture.shape[:2]
    return width // 2, height // 2


@ui.answers
def pick(name: str, size: int) -> tuple[Any, ...]:
    """A preset: its kernel, whether it is normalised, how it is best seen."""
    known = PRESETS[checks.choice("preset", name, PRESETS)]
    side = checks.integer("size", size, 3, 7)
    return grid.rows(name, side - 1 + side % 2), known.normalise, known.view


def under(click: tuple[int, int], shape: tuple[int, int], kernel: Any, stride: int, padding: str) -> tuple[int, int]:
    """(x, y) in the picture of `shape` (H, W) under the kernel's centre for a click (x, y) on the shown response."""
    sides = convolution.to_weights(kernel).shape
    pads = [convolution.padding_of(padding, k) for k in sides]
    out = [convolution.output_size(n, k, p, stride) for n, k, p in zip(shape, sides, pads, strict=True)]
    factor = enlargement(out[0], out[1])
    y, x = (
        min(max(at // factor * stride - p + (k - 1) // 2, 0), n - 1)
        for at, k, p, n in zip(click[::-1], sides, pads, shape, strict=True)
    )
    return x, y


def _wire_picking(parts: Parts, picture: gr.Image) -> None:
    """Presets fill the grid; clicks on the picture or on the response choose the pixel."""

    def point(event: gr.SelectData) -> tuple[int, int]:
        x, y = event.index
        return x, y

    @ui.answers
    def point_back(picture: RGB | None, kernel: Any, stride: int, padding: str, event: gr.SelectData) -> Any:
        if picture is None:
            return gr.skip(), gr.skip()
        height, width = picture.shape[:2]
        return under((event.index[0], event.index[1]), (height, width), kernel, int(stride), padding)

    gr.on(
        [parts.preset.change, parts.size.change],
        pick,
        [parts.preset, parts.size],
        [parts.kernel, parts.normalise, parts.view],
        api_name="kernel",
        **ui.LIVE,
    )
    picture.select(point, None, [parts.x, parts.y], **ui.QUIET)
    back = [picture, parts.kernel, parts.stride, parts.padding]
    parts.result.select(point_back, back, [parts.x, parts.y], **ui.QUIET)


def _layout() -> Parts:
    with gr.Row():
        with gr.Column(scale=2, min_width=260):
            names = [(t(f"edges.preset_{name}"), name) for name in PRESETS]
            preset = ui.Dropdown(names, value=grid.START, label=t("edges.preset"), elem_id="edges-preset")
            sizes = [(f"{n} × {n}", n) for n in grid.SIZES]
            size = ui.Radio(sizes, value=3, label=t("edges.kernel_size"), elem_id="edges-kernel-size")
            kernel = grid.build()
            normalise = gr.Checkbox(False, label=t("edges.normalise"), elem_id="edges-normalise")
            views = [(t(f"edges.view_{view}"), view) for view in VIEWS]
            view = ui.Radio(views, value="signed", label=t("edges.view"), elem_id="edges-view")
            stride = ui.Slider(1, 8, 1, step=1, label=t("edges.stride"), elem_id="edges-stride")
            kinds = [(t(f"edges.padding_{kind}"), kind) for kind in PADDINGS]
            padding = ui.Radio(kinds, value="reflect", label=t("edges.padding"), elem_id="edges-padding")
        with gr.Column(scale=3, min_width=300):
            result = ui.shown(ID, "result", "edges.response", height=380)
            badge = ui.badge_slot(ID)
            formula = gr.HTML(elem_id="edges-size")
    gr.Markdown(t("edges.point"), elem_id="edges-point")
    with gr.Row():
        x = ui.Number(None, precision=0, label="x", elem_id="edges-x", min_width=130, scale=0)
        y = ui.Number(None, precision=0, label="y", elem_id="edges-y", min_width=130, scale=0)
    sums = gr.HTML(elem_id="edges-sums")
    code = ui.code_slot(ID)
    return Parts(preset, size, kernel, normalise, view, stride, padding, result, badge, formula, x, y, sums, code)
