"""A kernel of one's own on the picture, and the arithmetic behind any pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks
from core.edges import convolution
from core.edges.convolution import PADDINGS, PRESETS, VIEWS
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.edges import arithmetic, grid
from demos.edges.common import LONGEST, enlarge_factor, enlarge_if_small, limit_size, size_chips
from demos.page import Page
from demos.ui import t

ID = "edges-kernel"


@dataclass(frozen=True)
class KernelControls:
    """The kernel and how it is laid on the picture."""

    preset: gr.Dropdown
    size: gr.Radio
    kernel: gr.HTML
    normalise: gr.Checkbox
    view: gr.Radio
    stride: gr.Slider
    padding: gr.Radio


@dataclass(frozen=True)
class KernelWidgets:
    """The components of this part.

    Attributes:
        formula: the size of the output, worked out.
        sums: the arithmetic of the pixel (x, y).
        marks: where that pixel is, on the picture and on the response.
    """

    controls: KernelControls
    result: gr.Image
    badge: gr.HTML
    formula: gr.HTML
    x: gr.Number
    y: gr.Number
    sums: gr.HTML
    marks: ui.Marks
    code: gr.Code


def build(engine: Engine, page: Page, picture: gr.Image, turn: gr.Number, full: gr.Checkbox) -> gr.HTML:
    """The part and its events, as in `detect.build`; returns the kernel's grid."""
    widgets = layout_kernel()
    page.add_send_buttons(ID, widgets.result)
    wire_picking(widgets, picture, full)
    wire_kernel(widgets, engine, picture, turn, full)
    return widgets.controls.kernel


def layout_kernel() -> KernelWidgets:
    """The response and the arithmetic of one of its pixels, beside them the kernel."""
    with ui.bench():
        with ui.bench_result():
            with gr.Row():
                result = ui.result_picture(ID, "result", "edges.response", height=None, min_width=320,
                                           elem_classes="half")  # fmt: skip
                with gr.Column(min_width=460):
                    sums = gr.HTML(elem_id="edges-sums")
                    marks = ui.marks_slot("edges-marks")
            badge = ui.badge_slot(ID)
            gr.Markdown(t("edges.point"), elem_id="edges-point")
            formula = gr.HTML(elem_id="edges-size")
        with ui.bench_knobs():
            controls, x, y = _layout_controls()
    return KernelWidgets(controls, result, badge, formula, x, y, sums, marks, ui.code_slot(ID))


def _layout_controls() -> tuple[KernelControls, gr.Number, gr.Number]:
    """The kernel and how its response is seen; folded away how it is laid on the picture, and the pixel's place."""
    names = [(t(f"edges.preset_{name}"), name) for name in PRESETS]
    preset = ui.Dropdown(names, value=grid.START, label=t("edges.preset"), elem_id="edges-preset")
    sizes = [(f"{n} × {n}", n) for n in grid.SIZES]
    size = ui.Radio(sizes, value=3, label=t("edges.kernel_size"), elem_id="edges-kernel-size")
    kernel = grid.build_grid()
    views = [(t(f"edges.view_{view}"), view) for view in VIEWS]
    view = ui.Radio(views, value="signed", label=t("edges.view"), elem_id="edges-view")
    with ui.more_settings(f"{ID}-more"):
        normalise = gr.Checkbox(False, label=t("edges.normalise"), elem_id="edges-normalise")
        stride = ui.Slider(1, 8, 1, step=1, label=t("edges.stride"), elem_id="edges-stride")
        kinds = [(t(f"edges.padding_{kind}"), kind) for kind in PADDINGS]
        padding = ui.Radio(kinds, value="reflect", label=t("edges.padding"), elem_id="edges-padding")
        with gr.Row():
            x, y = (ui.Number(None, precision=0, label=n, elem_id=f"edges-{n}", min_width=90) for n in ("x", "y"))
    return KernelControls(preset, size, kernel, normalise, view, stride, padding), x, y


def wire_picking(widgets: KernelWidgets, picture: gr.Image, full: gr.Checkbox) -> None:
    """Presets fill the grid; clicks on the picture or on the response choose the pixel."""
    knobs, place = widgets.controls, [widgets.x, widgets.y]
    gr.on(
        [knobs.preset.change, knobs.size.change],
        pick_preset,
        [knobs.preset, knobs.size],
        [knobs.kernel, knobs.normalise, knobs.view],
        api_name="kernel",
        **ui.LIVE,
    )
    picture.select(pick_pixel, [picture, full], place, **ui.QUIET)
    back = [picture, knobs.kernel, knobs.stride, knobs.padding, full]
    widgets.result.select(pick_source_pixel, back, place, **ui.QUIET)


def wire_kernel(widgets: KernelWidgets, engine: Engine, picture: gr.Image, turn: gr.Number, full: gr.Checkbox) -> None:
    """The response and the arithmetic follow the kernel, its knobs, the pixel and the picture."""
    handlers, knobs = KernelHandlers(engine, widgets), widgets.controls
    place: list[Any] = [knobs.stride, knobs.padding, knobs.normalise]
    changes = [knobs.kernel.input, knobs.kernel.change, *(knob.change for knob in place)]
    whole: dict[str, Any] = {"fn": handlers.show_response, "inputs": [picture, knobs.kernel, *place, knobs.view, full]}
    whole["outputs"] = [widgets.result, widgets.formula, widgets.badge, widgets.code]
    single: dict[str, Any] = {"fn": handlers.explain_pixel, "outputs": [widgets.sums, widgets.marks]}
    single["inputs"] = [picture, knobs.kernel, widgets.x, widgets.y, *place, full]
    gr.on([*changes, knobs.view.change, full.change], **whole, api_name="convolve", **ui.LIVE)
    gr.on([widgets.x.change, widgets.y.change, *changes], **single, api_name="arithmetic", **ui.LIVE)
    turn.change(**whole, api_visibility="private", **ui.LIVE)
    for shown in (turn.change, full.change):
        moved = shown(middle_pixel, [picture, full], [widgets.x, widgets.y], **ui.QUIET)
        moved.then(**single, api_visibility="private", **ui.LIVE)


@dataclass(frozen=True)
class KernelHandlers:
    """What this part does."""

    engine: Engine
    widgets: KernelWidgets

    @ui.report_errors
    def show_response(
        self,
        picture: RGB | None,
        kernel: Any,
        stride: int,
        padding: str,
        normalise: bool,
        view: str,
        full: bool = False,
    ) -> dict[gr.Component, Any]:
        """The kernel's response as a picture, and its size worked out."""
        widgets = self.widgets
        if picture is None:
            return {widgets.result: None, widgets.formula: "", widgets.badge: ui.empty_badge(), widgets.code: ""}
        used = limit_size(picture, full)
        call = ui.Call.of(convolution.convolve, used, kernel, stride=stride, padding=padding, normalise=normalise)
        found = call.run(self.engine)
        return {
            widgets.result: enlarge_if_small(convolution.response_picture(found.response, view)),
            widgets.formula: arithmetic.output_size_html(used.shape[:2], found, int(stride), padding),
            widgets.badge: ui.model_badge("convolve", found, *size_chips(used, picture)),
            widgets.code: call.code(
                "found.response  # float32 (H_out, W_out), signed", longest=LONGEST if used is not picture else None
            ),
        }

    @ui.report_errors
    def explain_pixel(
        self,
        picture: RGB | None,
        kernel: Any,
        x: float | None,
        y: float | None,
        stride: int,
        padding: str,
        normalise: bool,
        full: bool = False,
    ) -> tuple[str, list[ui.Mark]]:
        """The sum behind one pixel of the response, and where that is."""
        if picture is None or x is None or y is None:
            return "", []
        settings: dict[str, Any] = {"stride": stride, "padding": padding, "normalise": normalise}
        limited = limit_size(picture, full)
        found = self.engine.run(convolution.convolve_pixel, limited, kernel, x, y, **settings)
        return arithmetic.worked_sum_html(found), mark_pixel(limited.shape[:2], found, int(stride), padding)


def mark_pixel(shape: tuple[int, int], found: convolution.PixelConvolution, stride: int, padding: str) -> list[ui.Mark]:
    """The patch in the picture of `shape` (H, W), and the pixel of the response that it becomes."""
    sides = found.weights.shape
    out = response_size(shape, sides, stride, padding)
    x, y = (at - (side - 1) // 2 for at, side in zip(found.centre, sides[::-1], strict=True))
    return [
        ui.mark_box("edges-picture", (x, y), (sides[1], sides[0]), shape),
        ui.mark_box(f"{ID}-result", found.at, (1, 1), out),
    ]


@ui.report_errors
def pick_pixel(picture: RGB | None, full: bool, event: gr.SelectData) -> Any:
    """(x, y) of the pixel of the picture that was clicked, at the size at which is computed."""
    if picture is None:
        return gr.skip(), gr.skip()
    (x, y), (height, width), used = ui.chosen_pixel(event), picture.shape[:2], limit_size(picture, full).shape
    return min(x * used[1] // width, used[1] - 1), min(y * used[0] // height, used[0] - 1)


@ui.report_errors
def pick_source_pixel(
    picture: RGB | None, kernel: Any, stride: int, padding: str, full: bool, event: gr.SelectData
) -> Any:
    """(x, y) in the picture of the pixel of the response that was clicked."""
    if picture is None:
        return gr.skip(), gr.skip()
    height, width = limit_size(picture, full).shape[:2]
    step = checks.integer("stride", stride, 1, 8)
    return pixel_under_click(ui.chosen_pixel(event), (height, width), kernel, step, padding)


def middle_pixel(picture: RGB | None, full: bool = False) -> tuple[int, int]:
    """(x, y) of the picture's middle, at the size at which is computed."""
    height, width = (1, 1) if picture is None else limit_size(picture, full).shape[:2]
    return width // 2, height // 2


@ui.report_errors
def pick_preset(name: str, size: int) -> tuple[Any, ...]:
    """A preset: its kernel, whether it is normalised, how it is best seen."""
    known = PRESETS[checks.choice("preset", name, PRESETS)]
    side = checks.integer("size", size, 3, 7)
    return grid.preset_rows(name, side - 1 + side % 2), known.normalise, known.view


def pixel_under_click(
    click: tuple[int, int], shape: tuple[int, int], kernel: Any, stride: int, padding: str
) -> tuple[int, int]:
    """(x, y) in the picture of `shape` (H, W) under the kernel's centre for a click (x, y) on the shown response."""
    sides = convolution.kernel_weights(kernel).shape
    pads = [convolution.padding_size(padding, k) for k in sides]
    factor = enlarge_factor(*response_size(shape, sides, stride, padding))
    y, x = (
        min(max(at // factor * stride - p + (k - 1) // 2, 0), n - 1)
        for at, k, p, n in zip(click[::-1], sides, pads, shape, strict=True)
    )
    return x, y


def response_size(shape: tuple[int, int], sides: tuple[int, ...], stride: int, padding: str) -> tuple[int, int]:
    """(H, W) of the response of a kernel with these sides to a picture of `shape` (H, W)."""
    height, width = (
        convolution.output_size(n, k, convolution.padding_size(padding, k), stride)
        for n, k in zip(shape, sides, strict=True)
    )
    return height, width
