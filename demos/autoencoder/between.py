"""Between two codes: what lies on the way from one picture to another, beside a plain cross-fade."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core import autoencoder, images, samples
from core.engine import Engine
from demos import ui
from demos.autoencoder.figures import ID, figure, large
from demos.ui import t

PART = f"{ID}-between"
EXAMPLES = ("face", "heart", "tree", "boat", "cat")
SIDE = 256


def build(engine: Engine, tab: gr.Tab) -> None:
    """Layout, handlers, wiring."""

    @ui.answers
    def show(first: images.RGB | None, second: images.RGB | None, count: float) -> tuple[Any, ...]:
        if first is None or second is None:
            return None, None, ui.chips(ui.say("autoencoder.add_two")), ""
        call = ui.Call.of(autoencoder.interpolate, first, second, count=count)
        found = call.run(engine)
        use = "found.pictures, found.fades  # uint8 (H, W, 3) each: mixed codes, mixed pixels"
        return _strip(found.pictures), _strip(found.fades), ui.badge(autoencoder.TASK, found), call.code(use)

    with gr.Row():
        first, second = _end("first", "face"), _end("second", "heart")
        with gr.Column(min_width=240):
            count = ui.slider(ID, "count", 3, autoencoder.MAX_COUNT, 7, 1, elem_id=f"{PART}-count")
            badge = ui.badge_slot(PART)
    # no buttons, which on a phone would hide the last picture
    codes = figure("between-codes", "autoencoder.codes", buttons=[])
    fades = figure("between-fades", "autoencoder.fades", buttons=[])
    code = ui.code_slot(PART)
    gr.on(
        [tab.select, first.change, second.change, count.change],
        show,
        [first, second, count],
        [codes, fades, badge, code],
        api_name="autoencoder_between",
        trigger_mode="always_last",
        show_progress="hidden",
        **ui.MODEL_QUEUE,
    )


def _end(name: str, shown: str) -> ui.Picture:
    """A picture with its examples; one is shown from the start."""
    with gr.Column(min_width=240):
        picture = ui.picture(PART, name, height=220, label=t(f"autoencoder.{name}"), value=str(samples.path(shown)))
        ui.examples(PART, picture, *EXAMPLES, slot=f"{name}-examples")
    return picture


def _strip(pictures: tuple[images.RGB, ...]) -> images.RGB:
    """Side by side."""
    return images.tile([large(picture, SIDE) for picture in pictures], columns=len(pictures), gap=6)
