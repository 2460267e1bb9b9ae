"""Every detector with its own sliders, beside the picture or another detector."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import Dependency

from core import edges
from core.checks import short_repr
from core.engine import Engine
from core.errors import InputError
from core.images import RGB
from demos import ui
from demos.edges import knobs
from demos.edges.common import WHEEL, to_uint8
from demos.page import Page
from demos.ui import t

ID = "edges"
# the other method or the picture on the left, the result on the right: the browser has all three already
_PAIR = "(picture, mine, other) => [(other || picture) && mine ? [other || picture, mine] : null]"


def build(engine: Engine, page: Page, picture: gr.Image, arrived: Dependency) -> None:
    """Layout, handlers, wiring; `arrived` is when a good picture came."""

    @ui.report_errors
    def show_edges(picture: RGB | None, settings: Any, colour: bool = False) -> tuple[Any, ...]:
        if picture is None:
            return (*ui.empty_outputs(1), "")
        call = _detection_call(picture, settings, colour)
        found = call.run(engine)
        if isinstance(found, edges.Gradient):
            gain = settings.get("gain", 1.0)
            code = call.code(
                f"edges.gradient_picture(found, gain={gain})  # RGB: hue is direction, brightness is strength"
            )
            return edges.gradient_picture(found, gain), ui.model_badge("edges", found), code
        return (
            to_uint8(found.edges),
            ui.model_badge("edges", found),
            call.code("found.edges  # float32 (H, W) in [0, 1]"),
        )

    @ui.report_errors
    def show_other_method(picture: RGB | None, settings: Any) -> tuple[Any, ...]:
        if picture is None or not settings:
            return None, ""
        shown, badge, _ = show_edges(picture, settings)
        return shown, badge

    with gr.Row():
        with gr.Column(scale=2, min_width=240):
            mine = knobs.build_detector_controls(ID, "edges.method", "canny")
            colour = gr.Checkbox(False, label=t("edges.colour"), visible=False, elem_id="edges-colour")
            wheel = gr.HTML(WHEEL, visible=False)
        with gr.Column(scale=3, min_width=300):
            result = ui.result_picture(ID, "result", "edges.result", height=380)
            badge = ui.badge_slot(ID)
    with gr.Row():
        with gr.Column(scale=2, min_width=240):
            other = knobs.build_detector_controls("edges-other", "edges.compare_with", None)
            other_badge = ui.badge_slot("edges-other")
        with gr.Column(scale=3, min_width=300):
            words: Any = t("edges.slider")
            slider = gr.ImageSlider(label=words, elem_id="edges-slider", interactive=False, format="png")
            # seen in the slider only
            left = ui.result_picture(ID, "left", "edges.result", visible="hidden")
    code = ui.code_slot(ID)
    page.add_send_buttons(ID, result)

    first = {"fn": show_edges, "inputs": [picture, mine.settings, colour], "outputs": [result, badge, code]}
    second = {"fn": show_other_method, "inputs": [picture, other.settings], "outputs": [left, other_badge]}
    gr.on([mine.settings.change, colour.change], **first, api_name="edges", **ui.LIVE)
    gr.on([other.settings.change], **second, api_name="edges_beside", **ui.LIVE)
    for event in (first, second):
        arrived.success(**event, api_visibility="private", **ui.LIVE)
    gr.on(
        [result.change, left.change],
        None,
        [picture, result, left],
        slider,
        js=_PAIR,
        **ui.QUIET,
    )
    mine.method.change(
        lambda method: [gr.update(visible=method in edges.GRADIENTS)] * 2,
        mine.method,
        [colour, wheel],
        **ui.QUIET,
    )


def _detection_call(picture: RGB, settings: Any, colour: bool) -> ui.Call:
    """The call that the settings ask for.

    Raises:
        InputError: they are not an object with a method.
    """
    if not isinstance(settings, dict) or "image" in settings:
        raise InputError("edges.settings", got=short_repr(settings))
    params = {name: value for name, value in settings.items() if name != "method"}
    method = settings.get("method", "canny")
    if colour and method in edges.GRADIENTS:
        checked = edges.check_parameters(method, params)
        shared = {name: checked[name] for name in ("sigma", "size") if name in checked}
        return ui.Call.of(edges.image_gradient, picture, method=method, **shared)
    return ui.Call.of(edges.detect, picture, method=method, **params)
