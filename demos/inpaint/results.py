"""The right half of the tab: the picture while it is filled, then the result, rivals to compare with, and the steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import images, inpaint, masks
from core.engine import Engine
from core.models.protocols import FillStep
from demos import ui
from demos.inpaint import frame
from demos.inpaint.knobs import FillControls, fill_arguments
from demos.ui import t

LONGEST = 1024  # of what is shown beside the result itself
BEFORE = "before"
# what a method without a network can do, said beside its name
METHOD_KINDS = {"telea": "flow", "ns": "flow", "patchmatch": "copy", "patchmatch-turned": "turned"}
Stages = list[tuple[images.RGB, str]]
"""Pictures with their captions, as a gallery takes them."""
AnswerDetails = tuple[str, str]
"""What is said of an answer: its badge and its code."""
Updates = dict[Any, Any]
"""A value or an update for each component that changes."""


@dataclass(frozen=True)
class FillResults:
    """The components of this half.

    Attributes:
        picture: the result, and the picture while it is filled.
        badge: the model and its time, or progress.
        again: takes the result for the next picture to be filled.
        answers: results of several seeds, to choose from.
        against: what the result is compared with: the picture before, or another method.
        compared: both, with a slider between them.
        stages: the picture after each step.
        mask: what was filled.
        code: the call.
        answer_details: an `AnswerDetails` for each of the answers.
    """

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
        """What an answer fills, in the order of the API."""
        shown = [self.picture, self.badge, self.compared, self.stages, self.mask, self.code]
        return [*shown, self.answers, self.answer_details, self.against]

    def empty_outputs(self) -> Updates:
        """`outputs` for a picture that nothing was done to yet."""
        return {
            self.picture: None,
            self.badge: ui.status_line(ui.localise("inpaint.hint")),
            self.compared: None,
            self.stages: gr.Gallery(visible=False),
            self.mask: None,
            self.code: "",
            self.answers: gr.Gallery(visible=False),
            self.answer_details: (),
            self.against: BEFORE,
        }


def layout_fill_results() -> FillResults:
    """Result, badge, answers of other seeds, the comparison, the steps and the mask, code."""
    picture = ui.result_picture("inpaint", "result", "inpaint.result", height=ui.TALL)
    badge = ui.badge_slot("inpaint")
    again = gr.Button(t("inpaint.again"), size="sm", elem_id="inpaint-again")
    answers = _hidden_gallery("answers", label=t("inpaint.answers"), format="png", columns=2)
    against, compared = _layout_comparison()
    with gr.Accordion(t("inpaint.steps"), open=False, elem_id="inpaint-steps"):
        stages = _hidden_gallery("stages", show_label=False, format="jpeg", columns=3)
        mask = ui.result_picture("inpaint", "used", "inpaint.mask", height=240)
    details = gr.State((), time_to_live=3600)
    return FillResults(
        picture, badge, again, answers, against, compared, stages, mask, ui.code_slot("inpaint"), details
    )  # fmt: skip


def _layout_comparison() -> tuple[gr.Radio, gr.ImageSlider]:
    """What to compare with, and the two pictures."""
    choices: list[Any] = [(t(f"inpaint.{name}"), name) for name in (BEFORE, *inpaint.METHODS)]
    against = ui.Radio(choices, value=BEFORE, label=t("inpaint.against"), elem_id="inpaint-against")
    return against, ui.picture_slider("inpaint-compared", "inpaint.compared", format="jpeg", max_height=440)


def _hidden_gallery(name: str, **settings: Any) -> gr.Gallery:
    return ui.PictureGallery(
        height="auto", visible=False, interactive=False, elem_classes="whole", elem_id=f"inpaint-{name}", **settings
    )


@dataclass(frozen=True, eq=False)
class FillHandlers:
    """What can be done with a result."""

    engine: Engine

    def take_answer(
        self,
        event: gr.SelectData,
        answers: list[ui.SentPicture],
        details: Sequence[AnswerDetails],
    ) -> Any:
        """The answer of another seed becomes the result: picture, badge and code."""
        number = event.index if isinstance(event.index, int) else 0
        if not answers or not 0 <= number < min(len(answers), len(details)):
            return gr.skip()
        return answers[number].picture, *details[number]

    @ui.report_errors
    def compare_to_rival(
        self,
        picture: images.RGB | None,
        used: images.RGB | None,
        result: images.RGB | None,
        against: str,
        prompt: str,
        seed: int,
    ) -> Any:
        """The picture before, or another method's answer to the same hole, beside the result."""
        if picture is None or used is None or result is None:
            return None
        mask = images.to_mask(used, result.shape[:2])
        margins = frame.find_margins(picture.shape, mask)
        if against != BEFORE:
            call = _repeat_call(picture, mask, margins, fill_arguments(against, prompt, seed))
            rival = call.run(self.engine).image
        else:
            rival = frame.draw_frame(picture, picture.shape, margins) if any(margins) else picture
        return images.fit(rival, LONGEST), images.fit(result, LONGEST)


def wire_fill_results(
    shown: FillResults, engine: Engine, picture: gr.components.Component, knobs: FillControls
) -> None:
    """One of several answers is taken; another method's answer to the same hole is laid beside it."""
    handlers = FillHandlers(engine)
    shown.answers.select(
        handlers.take_answer,
        [shown.answers, shown.answer_details],
        [shown.picture, shown.badge, shown.code],
        api_visibility="private",
    )
    gr.on(
        [shown.against.input, shown.answers.select],
        handlers.compare_to_rival,
        [picture, shown.mask, shown.picture, shown.against, knobs.prompt, knobs.seed],
        shown.compared,
        api_name="inpaint_beside",
        show_progress="minimal",
        **ui.MODEL_QUEUE,
    )
    # without a result it would take the picture away
    ui.enable_when_filled(shown.again, "ui.need_result", shown.picture)
    shown.again.click(None, shown.picture, picture, js="(result) => result", api_visibility="private")


def stream_fills(
    shown: FillResults, engine: Engine, calls: Sequence[ui.Call], before: images.RGB | None
) -> Iterator[Updates]:
    """Runs calls one after the other.

    Args:
        shown: where their steps and answers are shown.
        engine: runs them.
        calls: of `inpaint.fill` or `inpaint.outpaint`, one for each answer.
        before: the picture to compare with, uint8 RGB, of the size of the answers.
    """
    answers: Stages = []
    details: list[AnswerDetails] = []
    yield {shown.badge: ui.status_line(ui.localise("inpaint.starting")), shown.against: BEFORE}
    for call in calls:
        stages: Stages = []
        for step in call.stream(engine):
            if isinstance(step, FillStep):
                yield _step_outputs(shown, step, stages, (len(details) + 1, len(calls)))
                continue
            details.append((fill_badge(step), fill_code(call)))
            answers.append((step.image, ui.localise("inpaint.answer", seed=call.kwargs["seed"])))
            yield {
                **_answer_outputs(shown, step, before, stages),
                shown.code: details[-1][1],
                shown.answers: gr.Gallery(answers, visible=len(calls) > 1),
                shown.answer_details: tuple(details),
            }


def fill_badge(found: inpaint.FillResult) -> str:
    """The badge of an answer: the model, what it fills with, the prompt in English, and how memory was saved."""
    kind = METHOD_KINDS.get(found.model)
    facts = [ui.localise(f"inpaint.made_{kind}")] if kind else []
    if found.encoded:
        facts.append(ui.localise("text_to_image.encoded", words=found.encoded))
    badge = ui.model_badge("inpaint", found, *facts)
    if found.pieces:
        badge += ui.status_line(ui.localise(f"text_to_image.in_{found.pieces}"))
    return badge


def stop_message() -> str:
    """The badge's place after the work was stopped."""
    return ui.status_line(ui.localise("inpaint.stopped"))


def fill_code(call: ui.Call) -> str:
    """The call as it is shown."""
    return call.code("found.image  # uint8 (H, W, 3), the picture itself wherever found.mask is False")


def _repeat_call(
    picture: images.RGB, mask: images.Mask, margins: tuple[int, int, int, int], arguments: dict[str, Any]
) -> ui.Call:
    """The call that fills the same hole, or the same margins, with other arguments."""
    if any(margins):
        sides = dict(zip(frame.SIDES, margins, strict=True))
        return ui.Call.of(inpaint.outpaint, picture, **sides, **arguments)
    return ui.Call.of(inpaint.fill, picture, mask, **arguments)


def _step_outputs(shown: FillResults, step: FillStep, stages: Stages, answer: tuple[int, int]) -> Updates:
    """Progress; the step's picture, if it has one, joins `stages`; `answer` is which one of how many."""
    said = ui.localise("inpaint.step", index=step.index, total=step.total)
    whole = said if answer[1] == 1 else f"{ui.localise('inpaint.which', index=answer[0], total=answer[1])} {said}"
    progress: Updates = {shown.badge: ui.progress_bar(whole, step.index, step.total)}
    if step.preview is None:
        return progress
    stages.append((images.fit(step.preview, LONGEST // 2), said))
    return progress | {shown.picture: images.fit(step.preview, LONGEST)}


def _answer_outputs(
    shown: FillResults, found: inpaint.FillResult, before: images.RGB | None, stages: Stages
) -> Updates:
    """The result, compared with the picture before, and how it came about."""
    return {
        shown.picture: found.image,
        shown.badge: fill_badge(found),
        shown.compared: None if before is None else (images.fit(before, LONGEST), images.fit(found.image, LONGEST)),
        shown.stages: gr.Gallery(stages, visible=bool(stages)),
        shown.mask: masks.mask_to_alpha(found.mask),
    }
