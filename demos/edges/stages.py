"""Canny's steps side by side."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np
from gradio.events import Dependency

from core import edges, images
from core.edges import canny
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.edges.common import WHEEL, to_uint8
from demos.ui import t

ID = "edges-stages"
LONGEST = 1024
STAGES = ("blurred", "magnitude", "direction", "thinned", "weak_strong", "final")
_WEAK, _STRONG = (230, 120, 20), (255, 255, 255)


def build(engine: Engine, picture: gr.Image, arrived: Dependency) -> None:
    """Layout, handlers, wiring; `arrived` is when a good picture came."""

    @ui.report_errors
    def show_stages(picture: RGB | None, low: float, high: float, sigma: float, size: int, l2: bool) -> tuple[Any, ...]:
        if picture is None:
            return (*ui.empty_outputs(len(STAGES)), "")
        smaller = images.fit(picture, LONGEST)
        call = ui.Call.of(canny.canny_stages, smaller, low, high, sigma, size=size, l2=l2)
        found = call.run(engine)
        use = "found.blurred, found.magnitude, found.direction, found.thinned, found.strong, found.final"
        shrunk = LONGEST if smaller is not picture else None
        size_now = f"{smaller.shape[1]} × {smaller.shape[0]}"
        return (*stage_pictures(found), ui.model_badge("canny_stages", found, size_now), call.code(use, longest=shrunk))

    with gr.Row():
        low = ui.Slider(0, 400, 60, step=1, label=t("edges.knob_low"), elem_id="edges-stages-low", min_width=230)
        high = ui.Slider(0, 400, 150, step=1, label=t("edges.knob_high"), elem_id="edges-stages-high", min_width=230)
        sigma = ui.Slider(0, 10, 1.4, step=0.1, label=t("edges.knob_sigma"), elem_id="edges-stages-sigma",
                          min_width=230)  # fmt: skip
    with gr.Row():
        size = ui.Radio([(f"{n} × {n}", n) for n in (3, 5, 7)], value=3, label=t("edges.knob_size"),
                        elem_id="edges-stages-size", min_width=230)  # fmt: skip
        l2 = gr.Checkbox(False, label=t("edges.knob_l2"), elem_id="edges-stages-l2", min_width=230)
        gr.HTML(WHEEL)
    shown = []
    for half in (STAGES[:3], STAGES[3:]):
        with gr.Row():
            shown += [ui.result_picture(ID, stage, f"edges.stage_{stage}", height=240, min_width=200) for stage in half]
    badge = ui.badge_slot(ID)
    code = ui.code_slot(ID)
    knobs: list[Any] = [low, high, sigma, size, l2]
    event = {"fn": show_stages, "inputs": [picture, *knobs], "outputs": [*shown, badge, code]}
    gr.on([knob.change for knob in knobs], **event, api_name="canny_stages", **ui.LIVE)
    arrived.success(**event, api_visibility="private", **ui.LIVE)


def stage_pictures(found: canny.CannyStages) -> list[Any]:
    """The six stages as pictures."""
    # half of the largest is already white: most edges are far weaker than the strongest
    brightest = max(float(found.magnitude.max()) / 2, 1.0)
    dx, dy = (found.dx / brightest).astype(np.float32), (found.dy / brightest).astype(np.float32)
    turned = edges.Gradient(dx=dx, dy=dy, model=found.model, seconds=found.seconds)
    sides = np.zeros((*found.final.shape, 3), np.uint8)
    sides[found.weak], sides[found.strong] = _WEAK, _STRONG
    return [
        found.blurred,
        to_uint8((found.magnitude / brightest).clip(0, 1)),
        edges.gradient_picture(turned),
        to_uint8((found.thinned / brightest).clip(0, 1)),
        sides,
        to_uint8(found.final.astype(np.float32)),
    ]
