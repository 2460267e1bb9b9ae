"""What the parts of the Segment tab share: the picture to point at, the settings, the result, what is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from core import samples
from demos import ui
from demos.segment.finish import FinishControls, layout_finish
from demos.ui import canvas, t

ID = "segment"
# the first click of each, (x, y)
EXAMPLES = {
    "cat": (152, 120),
    "collage": (250, 270),
    "astronaut": (230, 330),
    "coffee": (300, 190),
    "flower": (300, 200),
    "rocket": (320, 200),
}


@dataclass(frozen=True)
class PromptWidgets:
    """The components above the parts.

    Attributes:
        picture: the visitor's.
        start: the click that comes with an example; hidden.
        pointed: the canvas to click on.
        badge: the model and its time, or what to do.
        candidates: the masks that the prompt may mean.
        background: the button that removes the background without a click.
    """

    picture: ui.Picture
    start: gr.JSON
    pointed: gr.HTML
    badge: gr.HTML
    candidates: gr.Radio
    background: gr.Button


@dataclass(frozen=True)
class MaskSettings:
    """Model, opacity on the canvas, snapping, and the finish."""

    model: gr.Dropdown
    snap: gr.Checkbox
    opacity: gr.Slider
    finish: FinishControls


@dataclass(frozen=True)
class CutoutWidgets:
    """Where the finished picture, its mask and the code are shown."""

    cutout: gr.Image
    mask: gr.Image
    code: gr.Code


@dataclass(frozen=True)
class SegmentMemory:
    """What the page remembers of one visitor.

    Attributes:
        answer: a `SegmentAnswer`, or None.
        things: the `Things` that were kept.
        truth: name of the example with a ground truth, or None.
    """

    answer: gr.State
    things: gr.State
    truth: gr.State


@dataclass(frozen=True)
class SegmentParts:
    """The components that several parts of the tab read or fill."""

    prompt: PromptWidgets
    settings: MaskSettings
    result: CutoutWidgets
    memory: SegmentMemory

    @property
    def answer_outputs(self) -> list[Any]:
        """What an answer to a prompt fills, in the order of the API."""
        result, prompt = self.result, self.prompt
        return [result.cutout, result.mask, prompt.candidates, prompt.badge, result.code, self.memory.answer]

    def empty_answer(self, hint: str) -> dict[Any, Any]:
        """`answer_outputs` without an answer; `hint` says what to do, in the badge's place."""
        return {
            self.result.cutout: None,
            self.result.mask: None,
            self.prompt.candidates: ui.Radio(choices=[], visible=False),
            self.prompt.badge: ui.fact_chips(hint),
            self.result.code: "",
            self.memory.answer: None,
        }


def layout_prompt() -> PromptWidgets:
    """Picture and examples on the left, the canvas on the right."""
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            picture = ui.picture_input(ID)
            start = gr.JSON(visible=False)
            _add_examples(picture, start)
        with gr.Column(scale=3, min_width=320):
            pointed = canvas.build_canvas(ID)
            background = gr.Button(t("segment.background"), variant="primary", elem_id=f"{ID}-background")
            badge = ui.badge_slot(ID)
            candidates = ui.Radio([], label=t("segment.candidates"), visible=False, elem_id="segment-candidates")
    return PromptWidgets(picture, start, pointed, badge, candidates, background)


def layout_mask_settings() -> MaskSettings:
    """Model, snapping, opacity, finish, one below the other."""
    model = ui.model_picker("segment-model", "segment")
    snap = gr.Checkbox(True, label=t("segment.snap"), info=t("segment.snap_info"), elem_id="segment-snap")
    opacity = ui.Slider(0, 1, 0.5, step=0.05, label=t("segment.opacity"), elem_id="segment-opacity")
    return MaskSettings(model, snap, opacity, layout_finish())


def layout_cutout() -> tuple[gr.Image, gr.Image]:
    """The finished picture and its mask."""
    look: dict[str, Any] = {"image_mode": "RGBA", "elem_classes": "checkerboard", "min_width": 280}
    cutout = ui.result_picture(ID, "cutout", "segment.result", **look)
    return cutout, ui.result_picture(ID, "mask", "segment.mask", min_width=280)


def create_memory() -> SegmentMemory:
    """The states, empty; each is dropped an hour after it was last used."""
    return SegmentMemory(
        answer=gr.State(time_to_live=3600),
        things=gr.State((), time_to_live=3600),
        truth=gr.State(None, time_to_live=3600),
    )


def _add_examples(picture: gr.Image, start: gr.JSON) -> None:
    """Pictures with a first click, so that one press shows a result."""
    rows = []
    for name, (x, y) in EXAMPLES.items():
        file = str(samples.sample_path(name))
        first = {"points": [[x, y, 1]], "size": list(Image.open(file, formats=("JPEG", "PNG")).size)}
        rows.append([file, first | ({"truth": name} if name in samples.TRUTHS else {})])
    gr.Examples(
        rows,
        inputs=[picture, start],
        visible_columns=[0],
        label=t("ui.examples"),
        elem_id=f"{ID}-examples",
        api_visibility="private",
    )
