"""The right half of the tab: the picture while it becomes, the result, and every step to look at afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from markupsafe import Markup

from core import generate, images
from core.engine import Engine
from core.errors import Cancelled, PlaygroundError
from core.generate import png_metadata, settings
from demos import ui
from demos.text_to_image.job import DrawingJob
from demos.text_to_image.knobs import ID
from demos.ui import files, t

PNG = "picture.png"
MOMENTS, LONGEST = 50, 256  # of a drawing are kept, so large: a hall of visitors must fit into memory


class Moment(NamedTuple):
    """A step to look at again: which of how many, how noisy, and its two pictures as JPEG."""

    number: int
    total: int
    level: float
    noisy: bytes
    clean: bytes


Moments = tuple[Moment, ...]


@dataclass(frozen=True)
class DrawingResults:
    """The widgets; `moments` keeps the steps of the last drawing, `made` the call that drew it from noise."""

    preview: gr.Image
    picture: gr.Image
    gallery: gr.Gallery
    badge: gr.HTML
    code: gr.Code
    moments: gr.State
    scrubber: gr.Slider
    noisy: gr.Image
    clean: gr.Image
    level: gr.HTML
    made: gr.State

    @property
    def outputs(self) -> list[gr.components.Component]:
        """In the order of what `stream_drawing` yields."""
        return [self.preview, self.picture, self.gallery, self.badge, self.code, self.moments, self.scrubber,
                self.noisy, self.clean, self.level, self.made]  # fmt: skip


def layout_drawing_results() -> DrawingResults:
    """Preview or result, other pictures, badge; the steps; the code."""
    # jpeg: a preview must not cost more than the step that it shows
    preview = gr.Image(label=t("text_to_image.preview"), format="jpeg", visible=False, buttons=[], height=400,
                       elem_classes="grown", elem_id=f"{ID}-preview")  # fmt: skip
    picture = ui.result_picture(ID, "result", "text_to_image.result", height=400, elem_classes="grown")
    gallery = gr.Gallery(
        label=t("text_to_image.pictures"),
        format="png",
        columns=4,
        height="auto",
        allow_preview=False,
        visible=False,
        interactive=False,
        elem_id=f"{ID}-pictures",
    )
    badge = ui.badge_slot(ID)
    with gr.Accordion(t("text_to_image.moments"), open=True, elem_id=f"{ID}-moments"):
        label, info = t("text_to_image.scrubber"), t("text_to_image.scrubber_info")
        scrubber = ui.Slider(1, 2, 1, step=1, label=label, info=info, interactive=False, elem_id=f"{ID}-scrubber")
        level = gr.HTML(elem_id=f"{ID}-level")
        with gr.Row():
            noisy, clean = (_moment_image(name) for name in ("noisy", "clean"))
    code = ui.code_slot(ID)
    moments, made = gr.State((), time_to_live=3600), gr.State(None, time_to_live=3600)
    return DrawingResults(preview, picture, gallery, badge, code, moments, scrubber, noisy, clean, level, made)


def wire_drawing_results(shown: DrawingResults) -> None:
    """The slider shows a step; a click on one of several pictures shows it large."""

    def pick_picture(pictures: list[tuple[str, str | None]], event: gr.SelectData) -> str:
        return str(pictures[event.index][0])

    def show_moment(moments: Moments, at: Any) -> tuple[Any, ...]:
        if not moments or not isinstance(at, (int, float)):
            return gr.skip(), gr.skip(), gr.skip()  # after an hour they are forgotten
        return moment_outputs(moments[min(len(moments), max(1, round(at))) - 1])

    shown.gallery.select(pick_picture, shown.gallery, shown.picture, **ui.QUIET)
    views = [shown.noisy, shown.clean, shown.level]
    shown.scrubber.input(show_moment, [shown.moments, shown.scrubber], views, api_visibility="private", **ui.LIVE)


def stream_drawing(engine: Engine, call: ui.Call, job: DrawingJob, shown: DrawingResults) -> Iterator[tuple[Any, ...]]:
    """What `Results.outputs` show while the call runs, and why it ended where it was stopped."""
    seen: list[Moment] = []
    way = call.fn.__name__
    mine = job.start(way)
    try:
        for told in call.stream(engine):
            if job.is_stopped(mine):
                raise Cancelled
            if isinstance(told, generate.DenoisingStep):
                if seen and told.index <= seen[-1].number:
                    seen.clear()  # it began anew, in smaller pieces
                if told.index == told.total or told.index % math.ceil(told.total / MOMENTS) == 0:
                    seen.append(make_moment(told))
                yield _step_outputs(told)
            else:
                job.last_message = job.badge = drawing_badge(told, call)
                yield _result_outputs(told, call, tuple(seen), shown.picture, job.badge)
    except Cancelled as error:
        yield _ended_outputs(error, job)
    except PlaygroundError as error:
        yield _ended_outputs(error, job)
        raise
    finally:
        job.finish(way)


def cancel_on_click(button: gr.Button, badge: gr.HTML, events: list[Any]) -> None:
    """The button ends these events of the visitor; the badge of what is done stays."""

    def report_cancel(shown: str | None) -> Any:
        return gr.skip() if "class='badge'" in (shown or "") else ui.status_line(ui.localise("errors.cancelled"))

    button.click(report_cancel, badge, badge, cancels=events, **ui.QUIET)


def stream_call(
    engine: Engine, call: ui.Call, show: Callable[[Any], tuple[Any, ...]], others: int
) -> Iterator[tuple[Any, ...]]:
    """What `show` makes of everything the call tells: something, the badge's place and `others` more.

    Where the call fails, the badge's place says why.
    """
    yield gr.skip(), ui.status_line(ui.localise("text_to_image.starting")), *[gr.skip()] * others
    try:
        for told in call.stream(engine):
            yield show(told)
    except PlaygroundError as error:
        yield gr.skip(), ui.status_line(error.message_in(ui.visitor_language())), *[gr.skip()] * others
        raise


def make_moment(step: generate.DenoisingStep) -> Moment:
    """The step, small."""
    pictures = [files.encode_jpeg(images.fit(picture, LONGEST)) for picture in (step.noisy, step.preview)]
    return Moment(step.index, step.total, step.level, *pictures)


def moment_outputs(seen: Moment) -> tuple[Any, ...]:
    """One step: what it began with, what the network took that for, and how noisy it was."""
    facts = {"index": seen.number, "total": seen.total, "level": f"{seen.level:.2f}"}
    shown = [images.to_rgb(data) for data in (seen.noisy, seen.clean)]
    return *shown, ui.status_line(ui.localise("text_to_image.level", **facts))


def _moment_image(name: str) -> gr.Image:
    return gr.Image(label=t(f"text_to_image.{name}"), format="jpeg", buttons=[], height=220, min_width=120,
                    interactive=False, elem_classes="grown", elem_id=f"{ID}-{name}")  # fmt: skip


def _ended_outputs(error: PlaygroundError, job: DrawingJob) -> tuple[Any, ...]:
    """The outputs when drawing ended without a picture: what was there before, and why."""
    hidden, visible = gr.update(visible=False), gr.update(visible=True)
    job.last_message = ui.status_line(error.message_in(ui.visitor_language())) + job.badge
    return hidden, visible, gr.skip(), job.last_message, *[gr.skip()] * 7


def _step_outputs(step: generate.DenoisingStep) -> tuple[Any, ...]:
    said = ui.progress_bar(
        ui.localise("text_to_image.step", index=step.index, total=step.total), step.index, step.total
    )
    shown = gr.update(value=step.preview, visible=True), gr.update(visible=False), gr.skip()
    return *shown, said, *[gr.skip()] * 7


def drawing_badge(found: generate.GeneratedImages, call: ui.Call) -> str:
    """Which model made it, with which LoRA, and what the visitor should know about the prompt."""
    facts = [f"{name} × {call.kwargs['weight']:g}" for name in _adapter_name(call).values()]
    return ui.model_badge(found.task, found, *facts) + Markup("").join(map(ui.status_line, _prompt_notes(found)))


def _adapter_name(call: ui.Call) -> dict[str, str]:
    """The name of the LoRA's file, where there is one; nobody else is to see the path."""
    path = call.kwargs.get("adapter")
    return {"adapter": Path(path).name} if path else {}


def _result_outputs(
    found: generate.GeneratedImages, call: ui.Call, seen: Moments, component: gr.components.Component, said: str
) -> tuple[Any, ...]:
    last = len(seen) or 1
    steps = ui.Slider(maximum=max(2, last), value=last, interactive=len(seen) > 1)
    seeds = settings.consecutive_seeds(found.seed, len(found.images))
    facts = {**found.parameters, "count": 1} | _adapter_name(call)
    paths = [
        files.save_bytes(png_metadata.embed_parameters(image, facts | {"seed": seed}), PNG, component)
        for image, seed in zip(found.images, seeds, strict=True)
    ]
    return (
        gr.update(visible=False),
        gr.update(value=paths[0], visible=True),
        gr.update(value=paths, visible=len(paths) > 1),
        said,
        call.code("found.images  # uint8 (H, W, 3) each, seeds one after the other"),
        seen,
        steps,
        *(moment_outputs(seen[-1]) if seen else (None, None, "")),
        call if call.fn is generate.text_to_image else None,
    )


def _prompt_notes(found: generate.GeneratedImages) -> Iterator[str]:
    """What the visitor should know about the prompt, and about how it was computed."""
    if not found.encoded:
        yield ui.localise("text_to_image.unconditional")
    if found.encoded != found.parameters.get("prompt", found.encoded):
        yield ui.localise("text_to_image.encoded", words=found.encoded)
    if found.unread:
        yield ui.localise("text_to_image.unread", words=found.unread)
    if found.pieces:
        yield ui.localise(f"text_to_image.in_{found.pieces}")
