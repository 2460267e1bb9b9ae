"""The webcam through a detector, frame by frame."""

from __future__ import annotations

import html
from typing import Any

import gradio as gr

from core import edges, kernels
from core.engine import Engine
from core.errors import InputError
from core.images import RGB
from demos import ui
from demos.edges.knobs import settings_of
from demos.edges.pictures import grey
from demos.ui import t

ID = "edges-live"
WAYS = ("canny", "sobel", "direction", "log", "kernel")
_CAMERA = {"video": {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30}}}


def build(engine: Engine, grid: gr.HTML) -> None:
    """Layout, handlers, wiring; `grid` holds the kernel of the kernel tab."""

    def show(frame: RGB | None, way: str, low: float, high: float, kernel: Any) -> tuple[Any, str]:
        if frame is None:
            return None, ""
        try:
            return draw(engine, frame, way, low, high, kernel)
        # a toast for every frame would bury the page: the sentence takes the badge's place
        except InputError as error:
            return frame, f"<div class='badge'><span>{html.escape(error.say(ui.language()))}</span></div>"

    gr.Markdown(t("edges.live_hint"), elem_id="edges-live-hint")
    ways = [(t(f"edges.live_{way}"), way) for way in WAYS]
    way = gr.Radio(ways, value="canny", label=t("edges.method"), elem_id="edges-live-way")
    with gr.Row():
        low = gr.Slider(0, 400, 60, step=1, label=t("edges.knob_low"), elem_id="edges-live-low", min_width=140)
        high = gr.Slider(0, 400, 150, step=1, label=t("edges.knob_high"), elem_id="edges-live-high", min_width=140)
    with gr.Row():
        camera = gr.Image(
            sources=["webcam"],
            streaming=True,
            format="jpeg",
            webcam_options=gr.WebcamOptions(mirror=True, constraints=_CAMERA),
            label=t("edges.camera"),
            elem_id="edges-camera",
            height=380,
        )
        out = ui.shown(ID, "result", "edges.result", format="jpeg", height=380)
    badge = ui.badge_slot(ID)
    camera.stream(
        show,
        [camera, way, low, high, grid],
        [out, badge],
        stream_every=0.05,
        # a stream keeps its place as long as the camera runs
        concurrency_limit=None,
        show_progress="hidden",
        api_name="live",
    )


def draw(engine: Engine, frame: RGB, way: str, low: float, high: float, kernel: Any) -> tuple[Any, str]:
    """One frame's result and its badge.

    Raises:
        InputError: a value out of range.
    """
    if way == "kernel":
        response = engine.run(kernels.convolve, frame, kernel)
        return kernels.picture_of(response.response, "signed"), ui.badge("convolve", response)
    if way == "direction":
        turned = engine.run(edges.gradient, frame, sigma=1.0)
        return edges.colours(turned, gain=3.0), ui.badge("edges", turned)
    settings = settings_of(way) if way in edges.METHODS else {"method": way}
    if way == "canny":
        settings |= {"low": low, "high": high}
    found = engine.run(edges.detect, frame, **settings)
    return grey(found.edges), ui.badge("edges", found)
