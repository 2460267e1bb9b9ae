"""What the parts of the Segment tab share: the picture to point at, the settings, the result, what is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from core import samples
from demos import ui
from demos.segment.finish import FinishControls, layout_background, layout_feather
from demos.ui import canvas, t

ID = "segment"
# what each is first asked for: clicks on the thing, (x, y) each, and a box around it where clicks alone find a part
EXAMPLES: dict[str, dict[str, Any]] = {
    "cat": {"points": [(216, 222)], "box": [0, 0, 397, 299]},
    "collage": {"points": [(288, 288)]},
    "astronaut": {"points": [(450, 473), (131, 386), (229, 87)]},
    "coffee": {"points": [(276, 158), (328, 208)]},
    "flower": {"points": [(336, 171)]},
    "rocket": {"points": [(326, 141)], "box": [311, 127, 334, 407]},
}


@dataclass(frozen=True)
class PromptWidgets:
    """The components that say what is meant.

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


def layout_picture() -> tuple[ui.Picture, gr.JSON]:
    """The picture with its examples, and the click that comes with one of them."""
    picture = ui.picture_input(ID, height=None, elem_classes="small")
    start = gr.JSON(visible=False)
    _add_examples(picture, start)
    return picture, start


def layout_prompt(picture: ui.Picture, start: gr.JSON) -> PromptWidgets:
    """The canvas on which `picture` is pointed at, the candidates and the badge."""
    pointed = canvas.build_canvas(ID)
    background = gr.Button(t("segment.background"), elem_id=f"{ID}-background")
    candidates = ui.Radio(
        [], label=t("segment.candidates"), visible=False, elem_id="segment-candidates", elem_classes="one-line"
    )
    badge = ui.badge_slot(ID)
    canvas.build_hint(ID)
    return PromptWidgets(picture, start, pointed, badge, candidates, background)


def layout_mask_settings() -> MaskSettings:
    """The finish, and folded away snapping, opacity and model."""
    backdrop, strength, colour, growth = layout_background()
    with ui.more_settings("segment-more"):
        finish = FinishControls(growth, layout_feather(), backdrop, strength, colour)
        snap = gr.Checkbox(True, label=t("segment.snap"), info=t("segment.snap_info"), elem_id="segment-snap")
        opacity = ui.Slider(0, 1, 0.5, step=0.05, label=t("segment.opacity"), elem_id="segment-opacity")
        model = ui.model_picker("segment-model", "segment")
    return MaskSettings(model, snap, opacity, finish)


def layout_cutout() -> tuple[gr.Image, gr.Image]:
    """The finished picture and its mask."""
    look: dict[str, Any] = {"image_mode": "RGBA", "elem_classes": ["checkerboard", "small"], "height": None}
    cutout = ui.result_picture(ID, "cutout", "segment.result", **look)
    return cutout, ui.result_picture(ID, "mask", "segment.mask", elem_classes="small", height=None)


def create_memory() -> SegmentMemory:
    """The states, empty; each is dropped an hour after it was last used."""
    return SegmentMemory(
        answer=gr.State(time_to_live=3600),
        things=gr.State((), time_to_live=3600),
        truth=gr.State(None, time_to_live=3600),
    )


def _add_examples(picture: gr.Image, start: gr.JSON) -> None:
    """Pictures with a first prompt, so that one press shows a result."""
    rows = [[str(samples.sample_path(name)), example_prompt(name)] for name in EXAMPLES]
    gr.Examples(
        rows,
        inputs=[picture, start],
        visible_columns=[0],
        label=t("ui.examples"),
        elem_id=f"{ID}-examples",
        api_visibility="private",
    )


def example_prompt(name: str) -> dict[str, Any]:
    """What an example is first asked for, as the canvas keeps it, and its name where it has a ground truth."""
    asked = EXAMPLES[name]
    size = Image.open(samples.sample_path(name), formats=("JPEG", "PNG")).size
    first = {"points": [[x, y, 1] for x, y in asked["points"]], "box": asked.get("box"), "size": list(size)}
    return first | ({"truth": name} if name in samples.TRUTHS else {})
