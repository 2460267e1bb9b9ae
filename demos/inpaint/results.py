"""The right half of the tab: the picture as it becomes, then the result, its rivals and what led to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from core import images, inpaint
from core.engine import Engine
from core.models.protocols import FillStep
from demos import ui
from demos.inpaint import frame, knobs
from demos.ui import t

LONGEST = 1024  # of what is shown beside the result itself
BEFORE = "before"
# what a method without a network can do, said beside its name
METHOD_KINDS = {"telea": "flow", "ns": "flow", "patchmatch": "copy", "patchmatch-turned": "turned"}
Stages = list[tuple[images.RGB, str]]
AnswerDetails = tuple[str, str]
"""What is said of an answer: its badge and its code."""


@dataclass(frozen=True)
class FillResults:
    """The widgets; `answer_details` is what is said of each of the answers."""

    picture: gr.Image
    badge: gr.HTML
    again: gr.Button
    answers: gr.Gallery
    against: gr.Radio
    compared: gr.ImageSlider
    stages: gr.Gallery
    mask: gr.Image
    code: gr.Code
    answer_details: gr.State

    @property
    def outputs(self) -> list[gr.components.Component]:
        """In the order of what `stream_fills` yields."""
        return [
            self.picture,
            self.badge,
            self.compared,
            self.stages,
            self.mask,
            self.code,
            self.answers,
            self.answer_details,
            self.against,
        ]


def layout_fill_results() -> FillResults:
    """Result, badge, answers of other seeds, before and after, the scales and the mask, code."""
    picture = ui.result_picture("inpaint", "result", "inpaint.result", height=440)
    badge = ui.badge_slot("inpaint")
    again = gr.Button(t("inpaint.again"), size="sm", elem_id="inpaint-again")
    answers = _hidden_gallery("answers", label=t("inpaint.answers"), format="png", columns=2)
    choices: list[Any] = [(t(f"inpaint.{name}"), name) for name in (BEFORE, *inpaint.METHODS)]
    against = ui.Radio(choices, value=BEFORE, label=t("inpaint.against"), elem_id="inpaint-against")
    compared = gr.ImageSlider(
        label=t("inpaint.compared"),  # type: ignore[arg-type]
        format="jpeg",
        max_height=440,
        interactive=False,
        elem_id="inpaint-compared",
    )
    with gr.Accordion(t("inpaint.steps"), open=False, elem_id="inpaint-steps"):
        stages = _hidden_gallery("stages", show_label=False, format="jpeg", columns=3)
        mask = ui.result_picture("inpaint", "used", "inpaint.mask", height=240)
    told = gr.State((), time_to_live=3600)
    return FillResults(picture, badge, again, answers, against, compared, stages, mask, ui.code_slot("inpaint"), told)


def wire_fill_results(
    engine: Engine, picture: gr.components.Component, prompt: gr.Textbox, seed: gr.Number, shown: FillResults
) -> None:
    """One of several answers is taken; another method's answer to the same hole is laid beside it."""

    def take_answer(
        event: gr.SelectData, answers: list[tuple[images.RGB, str]] | None, told: Sequence[AnswerDetails]
    ) -> Any:
        number = event.index if isinstance(event.index, int) else 0
        if not answers or not 0 <= number < min(len(answers), len(told)):
            return [gr.skip()] * 3
        return answers[number][0], *told[number]

    @ui.report_errors
    def compare_to_rival(
        picture: images.RGB | None,
        used: images.RGB | None,
        result: images.RGB | None,
        against: str,
        prompt: str,
        seed: int,
    ) -> Any:
        if picture is None or used is None or result is None:
            return None
        mask = images.to_mask(used, result.shape[:2])
        margins = frame.find_margins(picture.shape, mask)
        if against != BEFORE:
            rival = _repeat_call(picture, mask, margins, knobs.fill_arguments(against, prompt, seed)).run(engine).image
        else:
            rival = frame.draw_frame(picture, picture.shape, margins) if any(margins) else picture
        return images.fit(rival, LONGEST), images.fit(result, LONGEST)

    shown.answers.select(
        take_answer,
        [shown.answers, shown.answer_details],
        [shown.picture, shown.badge, shown.code],
        api_visibility="private",
    )
    gr.on(
        [shown.against.input, shown.answers.select],
        compare_to_rival,
        [picture, shown.mask, shown.picture, shown.against, prompt, seed],
        shown.compared,
        api_name="inpaint_beside",
        show_progress="minimal",
        **ui.MODEL_QUEUE,
    )


def stream_fills(engine: Engine, calls: Sequence[ui.Call], before: images.RGB | None) -> Iterator[tuple[Any, ...]]:
    """What `Results.outputs` show while the calls run one after the other; `before` is what the slider compares."""
    answers: Stages = []
    told: list[AnswerDetails] = []
    yield gr.skip(), ui.status_line(ui.localise("inpaint.starting")), *[gr.skip()] * 6, BEFORE
    for call in calls:
        stages: Stages = []
        for step in call.stream(engine):
            if isinstance(step, FillStep):
                yield _step_outputs(step, stages, (len(told) + 1, len(calls)))
                continue
            told.append((fill_badge(step), fill_code(call)))
            answers.append((step.image, ui.localise("inpaint.answer", seed=call.kwargs["seed"])))
            gallery = gr.Gallery(answers, visible=len(calls) > 1)
            yield *_answer_outputs(step, before, stages), told[-1][1], gallery, tuple(told), gr.skip()


def empty_fill_outputs() -> tuple[Any, ...]:
    """What `Results.outputs` show for a picture that nothing was done to yet."""
    hidden = gr.Gallery(visible=False)
    return (
        None,
        ui.status_line(ui.localise("inpaint.hint")),
        None,
        hidden,
        None,
        "",
        gr.Gallery(visible=False),
        (),
        BEFORE,
    )


def fill_badge(found: inpaint.FillResult) -> str:
    """Who filled it, and from what."""
    made = METHOD_KINDS.get(found.model)
    scarce = ui.status_line(ui.localise(f"text_to_image.in_{found.pieces}")) if found.pieces else ""
    return ui.model_badge("inpaint", found, *([ui.localise(f"inpaint.made_{made}")] if made else [])) + scarce


def stop_message() -> str:
    """The badge's place after the work was stopped."""
    return ui.status_line(ui.localise("inpaint.stopped"))


def fill_code(call: ui.Call) -> str:
    """The call as it is shown."""
    return call.code("found.image  # uint8 (H, W, 3), the picture itself wherever found.mask is False")


def _repeat_call(
    picture: images.RGB, mask: images.Mask, margins: tuple[int, int, int, int], arguments: dict[str, Any]
) -> ui.Call:
    """The call that answers the same question with other arguments."""
    if any(margins):
        sides = dict(zip(frame.SIDES, margins, strict=True))
        return ui.Call.of(inpaint.outpaint, picture, **sides, **arguments)
    return ui.Call.of(inpaint.fill, picture, mask, **arguments)


def _hidden_gallery(name: str, **settings: Any) -> gr.Gallery:
    return gr.Gallery(
        height="auto", visible=False, interactive=False, elem_classes="whole", elem_id=f"inpaint-{name}", **settings
    )


def _step_outputs(step: FillStep, stages: Stages, answer: tuple[int, int]) -> tuple[Any, ...]:
    """One step is done; its picture, if it has one, joins `stages`; `answer` is which one of how many."""
    said = ui.localise("inpaint.step", index=step.index, total=step.total)
    whole = said if answer[1] == 1 else f"{ui.localise('inpaint.which', index=answer[0], total=answer[1])} {said}"
    preview: Any = gr.skip()
    if step.preview is not None:
        preview = images.fit(step.preview, LONGEST)
        stages.append((images.fit(step.preview, LONGEST // 2), said))
    return preview, ui.progress_bar(whole, step.index, step.total), *[gr.skip()] * 7


def _answer_outputs(found: inpaint.FillResult, before: images.RGB | None, stages: Stages) -> tuple[Any, ...]:
    compared = None if before is None else (images.fit(before, LONGEST), images.fit(found.image, LONGEST))
    mask = found.mask.astype(np.uint8) * 255
    return found.image, fill_badge(found), compared, gr.Gallery(stages, visible=bool(stages)), mask
