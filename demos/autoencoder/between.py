"""Between two codes: what lies on the way from one picture to another, beside a plain cross-fade."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core import autoencoder, images, samples
from core.engine import Engine
from demos import ui
from demos.autoencoder.figures import ID, enlarge_to, titled_picture
from demos.ui import t

PART = f"{ID}-between"
EXAMPLES = ("face", "heart", "tree", "boat", "cat")
SIDE = 256


def build(engine: Engine, tab: gr.Tab) -> None:
    """Layout, handlers, wiring."""

    @ui.report_errors
    def show_interpolation(first: images.RGB | None, second: images.RGB | None, count: float) -> tuple[Any, ...]:
        if first is None or second is None:
            return None, None, ui.fact_chips(ui.localise("autoencoder.add_two")), ""
        call = ui.Call.of(autoencoder.interpolate, first, second, count=count)
        found = call.run(engine)
        use = "found.pictures, found.fades  # uint8 (H, W, 3) each: mixed codes, mixed pixels"
        return (
            _picture_strip(found.pictures),
            _picture_strip(found.fades),
            ui.model_badge(autoencoder.TASK, found),
            call.code(use),
        )

    with gr.Row():
        first, second = _end_picture("first", "face"), _end_picture("second", "heart")
        with gr.Column(min_width=240):
            count = ui.labelled_slider(ID, "count", 3, autoencoder.MAX_COUNT, 7, 1, elem_id=f"{PART}-count")
            badge = ui.badge_slot(PART)
    # no buttons, which on a phone would hide the last picture
    codes = titled_picture("between-codes", "autoencoder.codes", buttons=[])
    fades = titled_picture("between-fades", "autoencoder.fades", buttons=[])
    code = ui.code_slot(PART)
    gr.on(
        [tab.select, first.change, second.change, count.change],
        show_interpolation,
        [first, second, count],
        [codes, fades, badge, code],
        api_name="autoencoder_between",
        trigger_mode="always_last",
        show_progress="hidden",
        **ui.MODEL_QUEUE,
    )


def _end_picture(name: str, shown: str) -> ui.Picture:
    """A picture with its examples; one is shown from the start."""
    with gr.Column(min_width=240):
        picture = ui.picture_input(
            PART, name, height=220, label=t(f"autoencoder.{name}"), value=str(samples.sample_path(shown))
        )
        ui.add_examples(PART, picture, *EXAMPLES, slot=f"{name}-examples")
    return picture


def _picture_strip(pictures: tuple[images.RGB, ...]) -> images.RGB:
    """Side by side."""
    return images.tile_images([enlarge_to(picture, SIDE) for picture in pictures], columns=len(pictures), gap=6)
