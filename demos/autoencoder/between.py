"""Between two codes: what lies on the way from one picture to another, beside a plain cross-fade."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from core import autoencoder, images, samples
from core.engine import Engine
from demos import ui
from demos.autoencoder.figures import ID, enlarge_to, titled_picture
from demos.ui import t

PART = f"{ID}-between"
EXAMPLES = ("face", "heart", "tree", "boat", "cat")
SIDE = 256
USE = "found.pictures, found.fades  # uint8 (H, W, 3) each: mixed codes, mixed pixels"


@dataclass(frozen=True)
class BetweenParts:
    """The components of this part of the tab.

    Attributes:
        first: the picture at one end.
        second: the picture at the other end.
        count: how many pictures lie on the way, both ends included.
        badge: which model it was.
        codes: the decoded mixtures of the codes, side by side.
        fades: the mixtures of the pixels.
        code: the call as Python.
    """

    first: ui.Picture
    second: ui.Picture
    count: ui.Slider
    badge: gr.HTML
    codes: gr.Image
    fades: gr.Image
    code: gr.Code

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What the handler fills, in the order of the API."""
        return [self.codes, self.fades, self.badge, self.code]


@dataclass(frozen=True)
class BetweenHandlers:
    """What happens when a picture or the count changes."""

    engine: Engine
    parts: BetweenParts

    @ui.report_errors
    def show_interpolation(self, first: images.RGB | None, second: images.RGB | None, count: float) -> ui.Outputs:
        """Decodes what lies between the codes of two pictures."""
        parts = self.parts
        if first is None or second is None:
            hint = ui.fact_chips(ui.localise("autoencoder.add_two"))
            return ui.clear_outputs(parts.outputs) | {parts.badge: hint}
        call = ui.Call.of(autoencoder.interpolate, first, second, count=count)
        found = call.run(self.engine)
        return {
            parts.codes: _picture_strip(found.pictures),
            parts.fades: _picture_strip(found.fades),
            parts.badge: ui.model_badge(autoencoder.TASK, found),
            parts.code: call.code(USE),
        }


def layout_between() -> BetweenParts:
    """The two ends, the two strips between them, and how many pictures these have."""
    with gr.Row():
        first, second = _end_picture("first", "face"), _end_picture("second", "heart")
    # no buttons, which on a phone would hide the last picture
    codes = titled_picture("between-codes", "autoencoder.codes", buttons=[], elem_classes="strip")
    fades = titled_picture("between-fades", "autoencoder.fades", buttons=[], elem_classes="strip")
    badge = ui.badge_slot(PART)
    count = ui.labelled_slider(ID, "count", 3, autoencoder.MAX_COUNT, 7, 1, elem_id=f"{PART}-count")
    return BetweenParts(first, second, count, badge, codes, fades, ui.code_slot(PART))


def wire_between(parts: BetweenParts, engine: Engine, tab: gr.Tab) -> None:
    """The strips are shown when `tab` is opened, and anew when something changes."""
    gr.on(
        [tab.select, parts.first.change, parts.second.change, parts.count.change],
        BetweenHandlers(engine, parts).show_interpolation,
        [parts.first, parts.second, parts.count],
        parts.outputs,
        api_name="autoencoder_between",
        trigger_mode="always_last",
        show_progress="hidden",
        **ui.MODEL_QUEUE,
    )


def _end_picture(name: str, shown: str) -> ui.Picture:
    """A picture with its examples; one is shown from the start."""
    # beside each other on a phone, their buttons would hide them
    with gr.Column(min_width=300), gr.Row():
        with gr.Column(min_width=180, scale=2):
            picture = ui.picture_input(
                PART, name, height=130, label=t(f"autoencoder.{name}"), value=str(samples.sample_path(shown))
            )
        with gr.Column(min_width=180, scale=3):
            ui.add_examples(PART, picture, *EXAMPLES, slot=f"{name}-examples")
    return picture


def _picture_strip(pictures: tuple[images.RGB, ...]) -> images.RGB:
    """The pictures side by side."""
    return images.tile_images([enlarge_to(picture, SIDE) for picture in pictures], columns=len(pictures), gap=6)
