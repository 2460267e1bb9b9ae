"""Canny's steps side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from core import edges
from core.edges import canny
from core.engine import Engine
from core.images import RGB
from demos import ui
from demos.edges.common import LONGEST, WHEEL, limit_size, size_chips, to_uint8
from demos.ui import t

ID = "edges-stages"
STAGES = ("blurred", "magnitude", "direction", "thinned", "weak_strong", "final")
_WEAK, _STRONG = (230, 120, 20), (255, 255, 255)


@dataclass(frozen=True)
class StageWidgets:
    """The components of this part.

    Attributes:
        knobs: the arguments of `show_stages` after the picture.
        stages: one picture for each of STAGES.
    """

    knobs: list[Any]
    stages: list[gr.Image]
    badge: gr.HTML
    code: gr.Code


def build(engine: Engine, picture: gr.Image, turn: gr.Number) -> None:
    """The part and its events; `turn` changes when it is to look at the picture."""
    wire_stages(layout_stages(), engine, picture, turn)


def layout_stages() -> StageWidgets:
    """Canny's steps in two rows, and below them its knobs."""
    stages = []
    with ui.bench(stacked=True):
        with ui.bench_result():
            for half in (STAGES[:3], STAGES[3:]):
                with gr.Row(elem_classes="thirds"):
                    stages += [_stage_picture(stage) for stage in half]
            badge = ui.badge_slot(ID)
        with ui.bench_knobs():
            knobs = _layout_knobs()
    return StageWidgets(knobs, stages, badge, ui.code_slot(ID))


def _stage_picture(stage: str) -> gr.Image:
    look: dict[str, Any] = {"height": None, "min_width": 150, "elem_classes": ["third", "grown"]}
    return ui.result_picture(ID, stage, f"edges.stage_{stage}", **look)


def _layout_knobs() -> list[Any]:
    with gr.Row():
        low = ui.Slider(0, 400, 60, step=1, **_words("low"))
        high = ui.Slider(0, 400, 150, step=1, **_words("high"))
        sigma = ui.Slider(0, 10, 1.4, step=0.1, **_words("sigma"))
        gr.HTML(WHEEL, min_width=90)
    with ui.more_settings(f"{ID}-more"), gr.Row():
        size = ui.Radio([(f"{n} × {n}", n) for n in (3, 5, 7)], value=3, **_words("size"))
        l2 = gr.Checkbox(False, **_words("l2"))
    return [low, high, sigma, size, l2]


def _words(knob: str) -> dict[str, Any]:
    return {"label": t(f"edges.knob_{knob}"), "elem_id": f"{ID}-{knob}", "min_width": 230}


def wire_stages(stages: StageWidgets, engine: Engine, picture: gr.Image, turn: gr.Number) -> None:
    """Every knob and every good picture show all steps again."""
    handlers = StageHandlers(engine, stages)
    event: dict[str, Any] = {"fn": handlers.show_stages, "inputs": [picture, *stages.knobs]}
    event["outputs"] = [*stages.stages, stages.badge, stages.code]
    gr.on([knob.change for knob in stages.knobs], **event, api_name="canny_stages", **ui.LIVE)
    turn.change(**event, api_visibility="private", **ui.LIVE)


@dataclass(frozen=True)
class StageHandlers:
    """What this part does."""

    engine: Engine
    widgets: StageWidgets

    @ui.report_errors
    def show_stages(
        self, picture: RGB | None, low: float, high: float, sigma: float, size: int, l2: bool
    ) -> dict[gr.Component, Any]:
        """What each step of Canny hands to the next."""
        widgets = self.widgets
        if picture is None:
            return {**self._show_stages([None] * len(STAGES)), widgets.badge: ui.empty_badge(), widgets.code: ""}
        smaller = limit_size(picture)
        call = ui.Call.of(canny.canny_stages, smaller, low, high, sigma, size=size, l2=l2)
        found = call.run(self.engine)
        use = "found.blurred, found.magnitude, found.direction, found.thinned, found.strong, found.final"
        shrunk = LONGEST if smaller is not picture else None
        return {
            **self._show_stages(stage_pictures(found)),
            widgets.badge: ui.model_badge("canny_stages", found, *size_chips(smaller, picture)),
            widgets.code: call.code(use, longest=shrunk),
        }

    def _show_stages(self, pictures: list[Any]) -> dict[gr.Component, Any]:
        return dict(zip(self.widgets.stages, pictures, strict=True))


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
