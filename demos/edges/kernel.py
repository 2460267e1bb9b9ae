"""A kernel of one's own on the picture, and the arithmetic behind any pixel."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import Dependency
import numpy as np

from core import checks, kernels
from core.engine import Engine
from core.images import RGB
from core.kernels import PADDINGS, PRESETS, VIEWS
from demos import ui
from demos.edges import arithmetic, grid
from demos.edges.pictures import enlarged, enlargement
from demos.page import Page
from demos.ui import t

ID = "edges-kernel"


def build(engine: Engine, page: Page, picture: gr.Image, arrived: Dependency) -> gr.HTML:
    """Layout, handlers, wiring; `arrived` is when a good picture came. Returns the kernel's grid."""

    @ui.answers
    def pick(name: str, size: int) -> tuple[Any, ...]:
        checks.choice("preset", name, PRESETS)
        known = PRESETS[name]
        return grid.rows(name, checks.integer("size", size, 3, 7) | 1), known.normalise, known.view

    @ui.answers
    def show(
        picture: RGB | None, kernel: Any, stride: int, padding: str, normalise: bool, view: str
    ) -> tuple[Any, ...]:
        if picture is None:
            return None, "", *ui.waiting(0), ""
        call = ui.Call.of(kernels.convolve, picture, kernel, stride=stride, padding=padding, normalise=normalise)
        found = call.run(engine)
        shown = enlarged(kernels.picture_of(found.response, view))
        size = arithmetic.size(picture.shape[:2], found, int(stride), padding)
        return shown, size, ui.badge("convolve", found), call.code("found.response  # float32 (H_out, W_out), signed")

    @ui.answers
    def explain(
        picture: RGB | None, kernel: Any, x: float, y: float, stride: int, padding: str, normalise: bool
    ) -> str:
        if picture is None or x is None or y is None:
            return ""
        call = ui.Call.of(
            kernels.arithmetic, picture, kernel, x, y, stride=stride, padding=padding, normalise=normalise
        )
        return arithmetic.spelled_out(call.run(engine))

    def centre(picture: RGB | None) -> tuple[int, int]:
        height, width = (1, 1) if picture is None else picture.shape[:2]
        return width // 2, height // 2

    def point(event: gr.SelectData) -> tuple[int, int]:
        x, y = event.index
        return x, y

    @ui.answers
    def point_back(picture: RGB | None, kernel: Any, stride: int, padding: str, event: gr.SelectData) -> Any:
        """From a pixel of the response to where the kernel's centre lay."""
        if picture is None:
            return gr.skip(), gr.skip()
        (height, width), sides = picture.shape[:2], kernels.to_weights(kernel).shape
        pads = [kernels.padding_of(padding, k) for k in sides]
        out = [
            kernels.output_size(n, k, p, int(stride)) for n, k, p in zip((height, width), sides, pads, strict=True)
        ]
        factor = enlargement(*out)
        y, x = (
            int(np.clip(at // factor * int(stride) - p + (k - 1) // 2, 0, n - 1))
            for at, k, p, n in zip(event.index[::-1], sides, pads, (height, width), strict=True)
        )
        return x, y

    with gr.Row():
        with gr.Column(scale=2, min_width=260):
            names = [(t(f"edges.preset_{name}"), name) for name in PRESETS]
            preset = gr.Dropdown(names, value=grid.START, label=t("edges.preset"), elem_id="edges-preset")
            size = gr.Radio([(f"{n} × {n}", n) for n in grid.SIZES], value=3, label=t("edges.kernel_size"),
                            elem_id="edges-kernel-size")  # fmt: skip
            kernel = grid.build()
            normalise = gr.Checkbox(False, label=t("edges.normalise"), elem_id="edges-normalise")
            view = gr.Radio([(t(f"edges.view_{v}"), v) for v in VIEWS], value="signed", label=t("edges.view"),
                            elem_id="edges-view")  # fmt: skip
            stride = gr.Slider(1, 8, 1, step=1, label=t("edges.stride"), elem_id="edges-stride")
            padding = gr.Radio([(t(f"edges.padding_{p}"), p) for p in PADDINGS], value="reflect",
                               label=t("edges.padding"), elem_id="edges-padding")  # fmt: skip
        with gr.Column(scale=3, min_width=300):
            result = ui.shown(ID, "result", "edges.response", height=380)
            badge = ui.badge_slot(ID)
            formula = gr.HTML(elem_id="edges-size")
    gr.Markdown(t("edges.point"), elem_id="edges-point")
    with gr.Row():
        x = gr.Number(None, precision=0, label="x", elem_id="edges-x", min_width=130, scale=0)
        y = gr.Number(None, precision=0, label="y", elem_id="edges-y", min_width=130, scale=0)
    sums = gr.HTML(elem_id="edges-sums")
    code = ui.code_slot(ID)
    page.sends(ID, result)

    place = [stride, padding, normalise]
    changes = [kernel.input, kernel.change, *(knob.change for knob in place)]
    gr.on([preset.change, size.change], pick, [preset, size], [kernel, normalise, view], api_name="kernel",
          queue=False, show_progress="hidden")  # fmt: skip
    whole = {"fn": show, "inputs": [picture, kernel, *place, view], "outputs": [result, formula, badge, code]}
    single = {"fn": explain, "inputs": [picture, kernel, x, y, *place], "outputs": sums}
    gr.on([*changes, view.change], **whole, api_name="convolve", **ui.LIVE)
    gr.on([x.change, y.change, *changes], **single, api_name="arithmetic", **ui.LIVE)
    arrived.success(**whole, api_visibility="private", **ui.LIVE)
    moved = arrived.success(centre, picture, [x, y], queue=False, show_progress="hidden", api_visibility="private")
    moved.then(**single, api_visibility="private", **ui.LIVE)
    plumbing = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    picture.select(point, None, [x, y], **plumbing)
    result.select(point_back, [picture, kernel, stride, padding], [x, y], **plumbing)
    return kernel
