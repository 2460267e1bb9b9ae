"""The right half of the tab: the picture as it becomes, then the result and what led to it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from core import images, inpaint
from core.engine import Engine
from demos import ui
from demos.ui import t

LONGEST = 1024  # of what is shown beside the result itself
Stages = list[tuple[images.RGB, str]]


@dataclass(frozen=True)
class Results:
    """The widgets."""

    picture: gr.Image
    badge: gr.HTML
    again: gr.Button
    compared: gr.ImageSlider
    stages: gr.Gallery
    mask: gr.Image
    code: gr.Code

    @property
    def outputs(self) -> list[gr.components.Component]:
        """In the order of what `follow` yields."""
        return [self.picture, self.badge, self.compared, self.stages, self.mask, self.code]


def layout() -> Results:
    """Result, badge, before and after, the scales and the mask, code."""
    picture = ui.shown("inpaint", "result", "inpaint.result", height=440)
    badge = ui.badge_slot("inpaint")
    again = gr.Button(t("inpaint.again"), size="sm", elem_id="inpaint-again")
    compared = gr.ImageSlider(
        label=t("inpaint.compared"),  # type: ignore[arg-type]
        format="jpeg",
        max_height=440,
        interactive=False,
        elem_id="inpaint-compared",
    )
    with gr.Accordion(t("inpaint.steps"), open=False, elem_id="inpaint-steps"):
        stages = gr.Gallery(
            show_label=False,
            format="jpeg",
            columns=3,
            height="auto",
            visible=False,
            interactive=False,
            elem_classes="whole",
            elem_id="inpaint-stages",
        )
        mask = ui.shown("inpaint", "used", "inpaint.mask", height=240)
    return Results(picture, badge, again, compared, stages, mask, ui.code_slot("inpaint"))


def follow(engine: Engine, call: ui.Call, before: images.RGB | None) -> Iterator[tuple[Any, ...]]:
    """What `Results.outputs` show while the call runs and when it is done; `before` is what the slider compares."""
    stages: Stages = []
    yield gr.skip(), line(ui.say("inpaint.starting")), *[gr.skip()] * 4
    for told in call.stream(engine):
        yield _step(told, stages) if isinstance(told, inpaint.FillStep) else _finished(told, before, stages, call)


def nothing() -> tuple[Any, ...]:
    """What `Results.outputs` show for a picture that nothing was done to yet."""
    return None, line(ui.say("inpaint.hint")), None, gr.Gallery(visible=False), None, ""


def stopped() -> str:
    """The badge's place after the work was stopped."""
    return line(ui.say("inpaint.stopped"))


def code(call: ui.Call) -> str:
    """The call as it is shown."""
    return call.code("found.image  # uint8 (H, W, 3), the picture itself wherever found.mask is False")


def line(sentence: str) -> str:
    """A sentence in the badge's place."""
    return f"<p class='said' role='status'>{html.escape(sentence)}</p>"


def _step(step: inpaint.FillStep, stages: Stages) -> tuple[Any, ...]:
    """One step is done; its picture, if it has one, joins `stages`."""
    said = ui.say("inpaint.step", index=step.index, total=step.total)
    bar = f"<progress max='{step.total}' value='{step.index}' aria-label='{html.escape(said)}'></progress>"
    preview: Any = gr.skip()
    if step.preview is not None:
        preview = images.fit(step.preview, LONGEST)
        stages.append((images.fit(step.preview, LONGEST // 2), said))
    return preview, line(said) + bar, *[gr.skip()] * 4


def _finished(found: inpaint.Filled, before: images.RGB | None, stages: Stages, call: ui.Call) -> tuple[Any, ...]:
    compared = None if before is None else (images.fit(before, LONGEST), images.fit(found.image, LONGEST))
    mask = found.mask.astype(np.uint8) * 255
    shown = gr.Gallery(stages, visible=bool(stages))
    return found.image, ui.badge("inpaint", found), compared, shown, mask, code(call)
