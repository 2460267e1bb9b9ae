"""Every detector with its own sliders, beside the picture or another detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from core import edges
from core.checks import short_repr
from core.engine import Engine
from core.errors import InputError
from core.images import RGB
from demos import ui
from demos.edges import knobs
from demos.edges.common import LONGEST, SMALLEST, WHEEL, limit_size, size_chips, to_uint8
from demos.page import Page
from demos.ui import t

ID = "edges"
# the other method or the picture on the left, the result on the right: the browser has all three already
_PAIR = "(picture, mine, other) => [(other || picture) && mine ? [other || picture, mine] : null]"

# how much smaller each picture is shown than it is: thin lines fade as it shrinks, and page.css makes them brighter
_MEASURE = """() => {
    const shrink = img => Math.max(img.naturalWidth / img.clientWidth, img.naturalHeight / img.clientHeight);
    const measure = () => document.querySelectorAll('#edges-result img, #edges-slider img').forEach(img => {
        const factor = img.clientWidth ? shrink(img) / devicePixelRatio : 1;
        img.style.setProperty('--shrink', Math.min(Math.max(factor, 1), 6));
        img.style.imageRendering = factor < 0.5 ? 'pixelated' : '';
    });
    setTimeout(measure, 100); setTimeout(measure, 700);
    if (!window.measuresLines) { window.measuresLines = true; addEventListener('resize', measure); }
}"""


@dataclass(frozen=True)
class DetectWidgets:
    """The components of this part.

    Attributes:
        left: the other method's result, which only the slider shows.
    """

    mine: knobs.DetectorControls
    colour: gr.Checkbox
    wheel: gr.HTML
    result: gr.Image
    badge: gr.HTML
    other: knobs.DetectorControls
    other_badge: gr.HTML
    slider: gr.ImageSlider
    left: gr.Image
    code: gr.Code


def build(
    engine: Engine, page: Page, picture: gr.Image, arrived: Dependency, turn: gr.Number, full: gr.Checkbox
) -> None:
    """The part and its events.

    Args:
        engine: what computes.
        page: what the result can be sent by.
        picture: what all parts look at.
        arrived: the event of a picture that came, good or bad.
        turn: changes when this part is to look at a good one, see `ui.part_turn`.
        full: whether it is taken at its own size.
    """
    detect = layout_detect()
    page.add_send_buttons(ID, detect.result, edges=True)
    wire_detect(detect, engine, picture, arrived, turn, full)


def layout_detect() -> DetectWidgets:
    """The result and its method; below them, folded away, another method and the comparison."""
    with ui.bench():
        with ui.bench_result():
            result = ui.result_picture(ID, "result", "edges.result", height=None, elem_classes=["tall", "grown"])
            badge = ui.badge_slot(ID)
        with ui.bench_knobs():
            mine = knobs.build_detector_controls(ID, "edges.method", "canny")
            colour = gr.Checkbox(False, label=t("edges.colour"), visible=False, elem_id="edges-colour")
            wheel = gr.HTML(WHEEL, visible=False)
    with gr.Accordion(t("edges.compare"), open=False, elem_id="edges-compare"), ui.bench():
        with ui.bench_result():
            slider = ui.picture_slider("edges-slider", "edges.slider", format="png")
            left = ui.result_picture(ID, "left", "edges.result", visible="hidden")
        with ui.bench_knobs():
            other = knobs.build_detector_controls("edges-other", "edges.compare_with", None)
            other_badge = ui.badge_slot("edges-other")
    code = ui.code_slot(ID)
    return DetectWidgets(mine, colour, wheel, result, badge, other, other_badge, slider, left, code)


def wire_detect(
    detect: DetectWidgets,
    engine: Engine,
    picture: gr.Image,
    arrived: Dependency,
    turn: gr.Number,
    full: gr.Checkbox,
) -> None:
    """Both methods run again after every change of theirs and for every good picture; the browser pairs the results."""
    handlers, mine, other = DetectHandlers(engine), detect.mine, detect.other
    first: dict[str, Any] = {"fn": handlers.show_edges, "inputs": [picture, mine.settings, detect.colour, full]}
    first["outputs"] = [detect.result, detect.badge, detect.code]
    second: dict[str, Any] = {"fn": handlers.show_other_method, "inputs": [picture, other.settings, full]}
    second["outputs"] = [detect.left, detect.other_badge]
    gr.on([mine.settings.change, detect.colour.change, full.change], **first, api_name="edges", **ui.LIVE)
    gr.on([other.settings.change, full.change], **second, api_name="edges_beside", **ui.LIVE)
    for event in (first, second):
        turn.change(**event, api_visibility="private", **ui.LIVE)
    ui.clear_on_failure(arrived, [detect.result, detect.left, detect.badge, detect.other_badge])
    pair = [picture, detect.result, detect.left]
    gr.on([detect.result.change, detect.left.change], None, pair, detect.slider, js=_PAIR, **ui.QUIET)
    gr.on([detect.result.change, detect.slider.change], None, js=_MEASURE, **ui.QUIET)
    mine.method.change(_show_colour_switch, mine.method, [detect.colour, detect.wheel], **ui.QUIET)


@dataclass(frozen=True)
class DetectHandlers:
    """What this part does."""

    engine: Engine

    @ui.report_errors
    def show_edges(
        self, picture: RGB | None, settings: Any, colour: bool = False, full: bool = False
    ) -> tuple[Any, ...]:
        """The method's edges, or its gradient's direction as colour; the badge, and the code."""
        if picture is None:
            return None, ui.empty_badge(), ""
        used = limit_size(picture, full)
        call, longest = _detection_call(used, settings, colour), LONGEST if used is not picture else None
        found = call.run(self.engine)
        badge = ui.model_badge("edges", found, *size_chips(used, picture))
        if isinstance(found, edges.Gradient):
            gain = settings.get("gain", 1.0)
            use = f"edges.gradient_picture(found, gain={gain})  # RGB: hue is direction, brightness is strength"
            return edges.gradient_picture(found, gain), badge, call.code(use, longest=longest)
        use = "found.edges  # float32 (H, W) in [0, 1]"
        return to_uint8(found.edges), badge + _thin_line(settings, used), call.code(use, longest=longest)

    @ui.report_errors
    def show_other_method(self, picture: RGB | None, settings: Any, full: bool = False) -> tuple[Any, ...]:
        """The other method's edges and badge; nothing until one is chosen."""
        if picture is None or not settings:
            return None, ""
        shown, badge, _ = self.show_edges(picture, settings, full=full)
        return shown, badge


def _thin_line(settings: dict[str, Any], used: RGB) -> Markup:
    """What is said of lines one pixel wide, where the page may show them smaller than that; it makes them brighter."""
    thin = settings.get("method", "canny") == "canny" or any(
        settings.get(knob) for knob in ("crossings", "thin", "threshold")
    )
    if not thin or max(used.shape) <= SMALLEST:
        return Markup("")
    return Markup("<div class='thin-lines'>{}</div>").format(ui.status_line(ui.localise("edges.bright")))


def _show_colour_switch(method: str) -> list[dict[str, Any]]:
    """The switch to colour, and the wheel that explains it, for methods with a direction."""
    return [gr.update(visible=method in edges.GRADIENTS)] * 2


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
