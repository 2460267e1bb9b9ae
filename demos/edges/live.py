"""The webcam through a detector, frame by frame.

gr.Image can stream too, but its queue, a file and a fetch for every frame cost most of the rate: 3 to 4 frames a second
where this widget shows 17 to 27 (headless Chromium and server together on 2 cores).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import numpy as np
import numpy.typing as npt

from core import checks, edges, images, texts
from core.edges import convolution
from core.engine import Engine
from core.errors import InputError
from core.images import RGB
from demos import ui
from demos.edges.common import to_uint8
from demos.edges.knobs import start_settings
from demos.ui import t
from demos.ui.files import data_url

SCRIPT = Path(__file__).with_suffix(".js")
WAYS = ("canny", "sobel", "direction", "log", "kernel")
START: dict[str, Any] = {"on": False, "way": "canny", "low": 60, "high": 150, "kernel": [[0]]}
_MAX_BYTES = 4_000_000
_JPEG = "data:image/jpeg;base64,"
# what browsers call the reasons why there is no camera, in `getUserMedia` and before (W3C Media Capture and Streams)
_TROUBLES = {
    "insecure": "edges.live_insecure",
    "NotFoundError": "edges.live_none",
    "DevicesNotFoundError": "edges.live_none",
    "NotReadableError": "edges.live_taken",
    "TrackStartError": "edges.live_taken",
    "AbortError": "edges.live_taken",
}
_SENTENCES = {
    "starting": "edges.live_starting",
    "stopped": "edges.live_stopped",
    "reconnecting": "edges.live_reconnecting",
    "gone": "edges.live_gone",
    "still": "edges.live_still",
    "refused": "edges.live_refused_offline",
}
_TEMPLATE = (
    "<div class='edges-live'><video muted playsinline></video><img alt=''></div><div class='edges-live-badge'></div>"
)


@dataclass(frozen=True)
class LiveWidgets:
    """The components of this part; `camera` shows the webcam's picture and its result."""

    way: gr.Radio
    low: gr.Slider
    high: gr.Slider
    start: gr.Button
    stop: gr.Button
    camera: gr.HTML


def build(engine: Engine, grid: gr.HTML) -> None:
    """The part and its events; `grid` holds the kernel of the kernel tab."""
    wire_live(layout_live(engine), grid)


def layout_live(engine: Engine) -> LiveWidgets:
    """Two buttons, the camera, which calls the engine by itself, the method and its knobs."""
    with ui.bench():
        with ui.bench_input():
            with gr.Row():
                start = gr.Button(t("edges.live_start"), variant="primary", elem_id="edges-live-start", min_width=90)
                stop = gr.Button(t("edges.live_stop"), elem_id="edges-live-stop", min_width=90)
            gr.Markdown(t("edges.live_hint"), elem_id="edges-live-hint")
        with ui.bench_result():
            camera = _layout_camera(engine)
        with ui.bench_knobs():
            ways = [(t(f"edges.live_{way}"), way) for way in WAYS]
            way = ui.Radio(ways, value="canny", label=t("edges.method"), elem_id="edges-live-way")
            low = ui.Slider(0, 400, START["low"], step=1, label=t("edges.knob_low"), elem_id="edges-live-low")
            high = ui.Slider(0, 400, START["high"], step=1, label=t("edges.knob_high"), elem_id="edges-live-high")
    return LiveWidgets(way, low, high, start, stop, camera)


def _layout_camera(engine: Engine) -> gr.HTML:
    # a plain function, no method or partial: Gradio marks it, and the browser calls it by its name
    def process_frame(data: Any) -> dict[str, str | None]:
        return answer_visitor(engine, data)

    return gr.HTML(
        START,
        html_template=_TEMPLATE,
        js_on_load=SCRIPT.read_text(encoding="utf-8"),
        server_functions=[process_frame, explain_trouble],
        words={language: _camera_words(language) for language in texts.LANGUAGES},
        label=t("edges.camera"),
        elem_id="edges-live",
    )


def _camera_words(language: str) -> dict[str, str]:
    """What the widget says by itself, for the server may be what is gone."""
    spoken = ui.Language.forced or language
    return {name: texts.format_sentence(key, spoken) for name, key in _SENTENCES.items()}


def wire_live(live: LiveWidgets, grid: gr.HTML) -> None:
    """The browser hands every change of the knobs to the camera: no server call."""
    inputs: list[Any] = [live.camera, live.way, live.low, live.high, grid]
    gather = "(now, way, low, high, kernel) => [{...now, way, low, high, kernel%s}]"
    gr.on([knob.change for knob in inputs[1:]], None, inputs, live.camera, js=gather % "", **ui.QUIET)
    live.start.click(None, inputs, live.camera, js=gather % ", on: true", **ui.QUIET)
    live.stop.click(None, inputs, live.camera, js=gather % ", on: false", **ui.QUIET)


def answer_visitor(engine: Engine, data: Any) -> dict[str, str | None]:
    """The answer to each frame of the widget, a sentence where it is refused; `data` is what any visitor may send."""
    sent = data[0] if isinstance(data, list) and data else data
    try:
        return answer_frame(engine, sent if isinstance(sent, dict) else {})
    # a toast for every frame would bury the page: the sentence takes the badge's place
    except InputError as error:
        return {"picture": None, "badge": ui.fact_chips(error.message_in(ui.visitor_language()))}


def explain_trouble(data: Any) -> str:
    """Why there is no camera, as a badge; `data` is the browser's name for the error."""
    name = str(data[0] if isinstance(data, list) and data else data)[:40]
    return ui.fact_chips(ui.localise(_TROUBLES.get(name, "edges.live_refused"), got=name))


def answer_frame(engine: Engine, sent: dict[str, Any]) -> dict[str, str | None]:
    """A frame's result as JPEG and its badge with the frame rate.

    Raises:
        InputError: no such frame or way, a value out of range.
    """
    picture = read_frame(sent.get("frame"))
    way = checks.choice("way", sent.get("way"), WAYS)
    rate = checks.number("rate", sent.get("rate", 0), 0, 1000)
    drawn, badge = detect_frame(engine, picture, way, sent.get("low"), sent.get("high"), sent.get("kernel"))
    colours = cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR) if drawn.ndim == 3 else drawn
    shown = data_url(cv2.imencode(".jpg", colours)[1].tobytes(), "jpeg")
    return {"picture": shown, "badge": badge + ui.fact_chips(ui.localise("edges.live_rate", rate=f"{rate:.0f}"))}


def read_frame(sent: object) -> RGB:
    """A JPEG data URL as a picture.

    Raises:
        InputError: it is not one, is over 4 MB, or is damaged.
    """
    if not isinstance(sent, str) or not sent.startswith(_JPEG) or len(sent) > _MAX_BYTES:
        raise InputError("edges.frame", got=checks.short_repr(sent))
    try:
        data = base64.b64decode(sent[len(_JPEG) :], validate=True)
    except binascii.Error as error:
        raise InputError("edges.frame", got=checks.short_repr(sent)) from error
    return images.to_rgb(data)


def detect_frame(
    engine: Engine, frame: RGB, way: str, low: Any, high: Any, kernel: Any
) -> tuple[npt.NDArray[np.uint8], str]:
    """One frame's result, uint8 (H, W) or (H, W, 3), and its badge.

    Raises:
        InputError: a value out of range.
    """
    if way == "kernel":
        response = engine.run(convolution.convolve, frame, kernel)
        return convolution.response_picture(response.response, "signed"), ui.model_badge("convolve", response)
    if way == "direction":
        turned = engine.run(edges.image_gradient, frame, sigma=1.0)
        return edges.gradient_picture(turned, gain=3.0), ui.model_badge("edges", turned)
    settings = start_settings(way) | ({"low": low, "high": high} if way == "canny" else {})
    found = engine.run(edges.detect, frame, **settings)
    return to_uint8(found.edges), ui.model_badge("edges", found)
