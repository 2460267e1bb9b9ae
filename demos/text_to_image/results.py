"""The right half of the tab: the picture while it becomes, the result, and every step to look at afterwards."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from markupsafe import Markup

from core import generate, images
from core.engine import Engine
from core.errors import Cancelled, PlaygroundError
from core.generate import png_metadata, settings
from core.generate.lora_formats.plain import LoraNotes
from demos import ui
from demos.text_to_image.job import DrawingJob, starting_line
from demos.text_to_image.knobs import ID, Outputs
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
    """The widgets, in the order of the API's answer.

    `moments` keeps the steps of the last drawing, `made` the call that drew it from noise.
    """

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
        """All of them."""
        return list(vars(self).values())


def layout_drawing_results() -> DrawingResults:
    """Preview or result, other pictures, badge; the steps; the code."""
    preview, picture, gallery = _layout_pictures()
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


def _layout_pictures() -> tuple[gr.Image, gr.Image, gr.Gallery]:
    """The preview, the result in its place, and all pictures where there are several."""
    # jpeg: a preview must not cost more than the step that it shows
    preview = gr.Image(label=t("text_to_image.preview"), format="jpeg", visible=False, buttons=[], height=ui.TALL,
                       elem_classes="grown", elem_id=f"{ID}-preview")  # fmt: skip
    picture = ui.result_picture(ID, "result", "text_to_image.result", height=ui.TALL, elem_classes="grown")
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
    return preview, picture, gallery


def wire_drawing_results(shown: DrawingResults) -> None:
    """The slider shows a step; a click on one of several pictures shows it large."""
    shown.gallery.select(pick_picture, shown.gallery, shown.picture, **ui.QUIET)
    show = functools.partial(show_moment, shown)
    views = [shown.noisy, shown.clean, shown.level]
    shown.scrubber.input(show, [shown.moments, shown.scrubber], views, api_visibility="private", **ui.LIVE)


@ui.report_errors
def pick_picture(pictures: list[tuple[str, str | None]] | None, event: gr.SelectData) -> str:
    """The picture that was clicked."""
    shown = pictures or []
    return str(shown[ui.chosen_index(event, len(shown))][0])


@ui.report_errors
def show_moment(shown: DrawingResults, moments: Moments, at: Any) -> Any:
    """The step number `at`; nothing changes where they are forgotten, after an hour."""
    if not moments or not isinstance(at, (int, float)) or math.isnan(at):
        return gr.skip(), gr.skip(), gr.skip()
    # the slider of a longer drawing before may still say a step that this one has not; infinity cannot be rounded
    return moment_outputs(shown, moments[round(min(len(moments), max(1, at))) - 1])


def stream_drawing(engine: Engine, call: ui.Call, job: DrawingJob, shown: DrawingResults) -> Iterator[Outputs]:
    """What the widgets show while the call runs, and why it ended where it was stopped."""
    seen: list[Moment] = []
    way = call.fn.__name__
    mine = job.start(way)
    if job.told_to_wait and not job.is_stopped(mine):
        # else it would say so until the first step, though the model is being loaded meanwhile
        job.told_to_wait = False
        yield {shown.badge: starting_line(call.kwargs.get("model"))}
    try:
        for told in call.stream(engine):
            if job.is_stopped(mine):
                raise Cancelled
            if isinstance(told, generate.DenoisingStep):
                keep_moment(seen, told)
                yield _step_outputs(shown, told)
            else:
                job.last_message = job.badge = drawing_badge(told, call)
                pictures, steps = _result_outputs(shown, told, call), _moments_outputs(shown, tuple(seen))
                yield {**pictures, **steps, shown.badge: job.badge}
    except Cancelled as error:
        yield _ended_outputs(shown, error, job)
    except PlaygroundError:
        # a toast says why; what was there goes with it, the badge too
        job.last_message = job.badge = ""
        yield {**_show_preview(shown, False), shown.badge: ""}
        raise
    finally:
        job.finish(way)


def keep_moment(seen: list[Moment], step: generate.DenoisingStep) -> None:
    """Adds the step to those to look at again, of a long drawing only some."""
    if seen and step.index <= seen[-1].number:
        seen.clear()  # it began anew, in smaller pieces
    if step.index == step.total or step.index % math.ceil(step.total / MOMENTS) == 0:
        seen.append(make_moment(step))


def make_moment(step: generate.DenoisingStep) -> Moment:
    """The step, small."""
    pictures = [files.encode_jpeg(images.fit(picture, LONGEST)) for picture in (step.noisy, step.preview)]
    return Moment(step.index, step.total, step.level, *pictures)


def moment_outputs(shown: DrawingResults, seen: Moment) -> Outputs:
    """One step: what it began with, what the network took that for, and how noisy it was."""
    facts = {"index": seen.number, "total": seen.total, "level": f"{seen.level:.2f}"}
    level = ui.status_line(ui.localise("text_to_image.level", **facts))
    return {shown.noisy: images.to_rgb(seen.noisy), shown.clean: images.to_rgb(seen.clean), shown.level: level}


def _moment_image(name: str) -> gr.Image:
    return gr.Image(label=t(f"text_to_image.{name}"), format="jpeg", buttons=[], height=220, min_width=120,
                    interactive=False, elem_classes="grown", elem_id=f"{ID}-{name}")  # fmt: skip


def _ended_outputs(shown: DrawingResults, error: PlaygroundError, job: DrawingJob) -> Outputs:
    """What is shown when drawing ended without a picture: what was there before, and why."""
    job.last_message = ui.status_line(error.message_in(ui.visitor_language())) + job.badge
    return {**_show_preview(shown, False), shown.badge: job.last_message}


def _step_outputs(shown: DrawingResults, step: generate.DenoisingStep) -> Outputs:
    said = ui.localise("text_to_image.step", index=step.index, total=step.total)
    preview = {shown.preview: gr.update(value=step.preview, visible=True)}
    return _show_preview(shown, True) | preview | {shown.badge: ui.progress_bar(said, step.index, step.total)}


def _show_preview(shown: DrawingResults, visible: bool) -> Outputs:
    """The preview or, in its place, the result."""
    return {shown.preview: gr.update(visible=visible), shown.picture: gr.update(visible=not visible)}


def drawing_badge(found: generate.GeneratedImages, call: ui.Call) -> str:
    """Which model made it, with which LoRA, and what the visitor should know about the prompt."""
    facts = [f"{name} × {call.kwargs['weight']:g}" for name in _adapter_name(call).values()]
    if found.encoded != found.parameters.get("prompt", found.encoded):
        facts.append(ui.localise("text_to_image.encoded", words=found.encoded))
    return ui.model_badge(found.task, found, *facts) + Markup("").join(map(ui.status_line, _prompt_notes(found)))


def _adapter_name(call: ui.Call) -> dict[str, str]:
    """The name of the LoRA's file, where there is one; nobody else is to see the path."""
    path = call.kwargs.get("adapter")
    return {"adapter": Path(path).name} if path else {}


def _result_outputs(shown: DrawingResults, found: generate.GeneratedImages, call: ui.Call) -> Outputs:
    """The pictures, the code that draws them, and the call where it can be looked into."""
    paths = _save_pictures(found, call, shown.picture)
    return {
        shown.preview: gr.update(visible=False),
        shown.picture: gr.update(value=paths[0], visible=True),
        shown.gallery: gr.update(value=paths, visible=len(paths) > 1),
        shown.code: call.code("found.images  # uint8 (H, W, 3) each, seeds one after the other"),
        shown.made: call if call.fn is generate.text_to_image else None,
    }


def _save_pictures(found: generate.GeneratedImages, call: ui.Call, component: gr.components.Component) -> list[str]:
    """PNG files, each of which remembers how it was drawn."""
    seeds = settings.consecutive_seeds(found.seed, len(found.images))
    facts = {**found.parameters, "count": 1} | _adapter_name(call)
    return [
        files.save_bytes(png_metadata.embed_parameters(image, facts | {"seed": seed}), PNG, component)
        for image, seed in zip(found.images, seeds, strict=True)
    ]


def _moments_outputs(shown: DrawingResults, seen: Moments) -> Outputs:
    """The steps to look at again, the last one first."""
    last = len(seen) or 1
    steps = ui.Slider(maximum=max(2, last), value=last, interactive=len(seen) > 1)
    empty: Outputs = {shown.noisy: None, shown.clean: None, shown.level: ""}
    views = moment_outputs(shown, seen[-1]) if seen else empty
    return {shown.moments: seen, shown.scrubber: steps, **views}


def _prompt_notes(found: generate.GeneratedImages) -> Iterator[str]:
    """What the visitor should know about the prompt, and about how it was computed."""
    if not found.encoded:
        yield ui.localise("text_to_image.unconditional")
    if found.unread:
        yield ui.localise("text_to_image.unread", words=found.unread)
    if found.pieces:
        yield ui.localise(f"text_to_image.in_{found.pieces}")
    yield from lora_lines(found.lora_notes)


def lora_lines(notes: LoraNotes) -> Iterator[str]:
    """What of a LoRA's file is left out or unknown."""
    if notes.words:
        yield ui.localise("text_to_image.lora_words", words=", ".join(notes.words))
    if notes.unscaled:
        yield ui.localise("text_to_image.lora_unscaled")
