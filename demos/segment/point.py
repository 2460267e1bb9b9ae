"""Pointing: clicks and a box in, candidates out, and what is made of the chosen one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from core import images, masks, samples, segment
from core.engine import Engine
from core.errors import InputError
from core.images import RGB, Mask
from demos import ui
from demos.segment.finish import FinishSettings, wire_finish
from demos.segment.kept import SegmentAnswer, Things, unpack_things
from demos.segment.layout import ID, SegmentParts
from demos.ui import canvas

# the last click wins, and only the badge shows that something is going on
CLICKS = {"trigger_mode": "always_last", "show_progress": "hidden", **ui.MODEL_QUEUE}

Updates = dict[Any, Any]
"""A value or an update for each component that changes."""


@dataclass(frozen=True, eq=False)
class PointHandlers:
    """What happens when a picture comes, the canvas is clicked, or a setting moves."""

    engine: Engine
    parts: SegmentParts

    @ui.report_errors
    def show_new_picture(self, picture: RGB | None, start: object) -> Updates:
        """The picture on the canvas with the click of its example, and nothing else of the picture before."""
        memory, prompt = self.parts.memory, self.parts.prompt
        first = None if picture is None else _first_prompt(start, picture)
        hint = ui.localise("ui.add_picture" if picture is None else "segment.embedding")
        return {
            prompt.pointed: canvas.show_picture(picture, first),
            prompt.start: None,
            memory.truth: _example_truth(start, picture),
            memory.things: (),
            **self.parts.empty_answer(hint),
        }

    @ui.report_errors
    def embed_picture(self, picture: RGB | None, model: str) -> Any:
        """The badge, once the picture is embedded."""
        if picture is None:
            return gr.skip()
        call = ui.Call.of(segment.embed, picture, **ui.model_keyword(model))
        return ui.model_badge("segment", call.run(self.engine), ui.localise("segment.point"))

    @ui.report_errors
    def segment_prompt(
        self, picture: RGB | None, prompt: object, model: str, things: Things, truth: Any,
        growth: object, feather: object, backdrop: object, strength: object, colour: object, snap: object = True,
    ) -> Iterator[Updates]:  # fmt: skip
        """The best mask on the canvas first, for the other candidates and the files take longer; then the rest."""
        if picture is None:
            yield self._show_hint("ui.add_picture", ())
            return
        clicked = canvas.read_prompt(prompt, picture.shape)
        if not clicked:
            yield self._show_hint("segment.point", things)
            return
        finish = FinishSettings.from_inputs(growth, feather, backdrop, strength, colour)
        keywords = clicked.keywords | ui.model_keyword(model) | ({} if snap else {"snap": False})
        for found in ui.Call.of(segment.from_prompts, picture, **keywords).stream(self.engine):
            if isinstance(found, segment.Masks):
                yield self._show_answer(picture, found, SegmentAnswer.from_result(found, keywords), truth, finish)
            else:
                yield {self.parts.prompt.pointed: canvas.show_masks(found, unpack_things(things))}

    @ui.report_errors
    def segment_first_prompt(
        self, answered: SegmentAnswer | None, picture: RGB | None, prompt: object, *settings: Any
    ) -> Iterator[Any]:
        """The answer to the click that came with a picture; nothing where there is none, or an answer already."""
        if answered is not None or picture is None or not canvas.read_prompt(prompt, picture.shape):
            yield gr.skip()
            return
        yield from self.segment_prompt(picture, prompt, *settings)

    @ui.report_errors
    def choose_candidate(
        self, picture: RGB | None, known: SegmentAnswer | None, candidate: object, things: Things,
        growth: object, feather: object, backdrop: object, strength: object, colour: object, truth: Any = None,
    ) -> Updates:  # fmt: skip
        """Another candidate, or another finish of the same one."""
        finish = FinishSettings.from_inputs(growth, feather, backdrop, strength, colour)
        result, prompt = self.parts.result, self.parts.prompt
        if picture is None or known is None:
            shown = canvas.show_masks(None, unpack_things(things))
            return {result.cutout: None, result.mask: None, result.code: "", prompt.pointed: shown}
        return {
            prompt.pointed: canvas.show_masks(known.candidate_mask(candidate), unpack_things(things)),
            prompt.badge: _candidate_badge(known, candidate, truth),
            **show_candidate(self.engine, self.parts, picture, known, candidate, finish),
        }

    def _show_hint(self, key: str, things: Things) -> Updates:
        shown = canvas.show_masks(None, unpack_things(things))
        return {**self.parts.empty_answer(ui.localise(key)), self.parts.prompt.pointed: shown}

    def _show_answer(
        self, picture: RGB, found: segment.Masks, known: SegmentAnswer, truth: str | None, finish: FinishSettings
    ) -> Updates:
        """The best candidate and the others to choose from; the canvas shows it already."""
        return {
            self.parts.prompt.candidates: _candidate_radio(found),
            self.parts.prompt.badge: _candidate_badge(known, 0, truth),
            self.parts.memory.answer: known,
            **show_candidate(self.engine, self.parts, picture, known, 0, finish),
        }


def show_candidate(
    engine: Engine, parts: SegmentParts, picture: RGB, known: SegmentAnswer, candidate: object, finish: FinishSettings
) -> Updates:
    """Result, mask and code; shown at most 1024 px long, so that a 12-megapixel photo is as quick."""
    small, small_mask = images.fit(picture, canvas.LONGEST), canvas.shrink_mask(known.candidate_mask(candidate))
    scale = small.shape[1] / picture.shape[1]
    grown = masks.grow_mask(small_mask, finish.growth * scale)
    if not grown.any():
        raise InputError("segment.shrunk_away", growth=f"{finish.growth:g}")
    alpha = known.alpha if finish.growth == 0 else None
    code = finish.matte_code() if known.matte else finish.code(0 if candidate is None else int(str(candidate)))
    also = ("masks",) if "masks." in code else ()
    fine = None if alpha is None else images.resize_map(alpha, (small.shape[0], small.shape[1]))
    return {
        parts.result.cutout: finish.apply(engine, small, small_mask, scale, fine),
        parts.result.mask: masks.mask_to_alpha(grown) if fine is None else images.grey_picture(fine),
        parts.result.code: known.call(picture).code(code, also=also),
    }


def wire_pointing(parts: SegmentParts, engine: Engine) -> None:
    """From a new picture to its embedding, from a click to its masks, from a setting to the result."""
    handlers = PointHandlers(engine, parts)
    prompt, settings, memory = parts.prompt, parts.settings, parts.memory
    _wire_opacity(settings.opacity)
    wire_finish(settings.finish)
    inputs = [prompt.picture, prompt.pointed, settings.model, memory.things, memory.truth, *settings.finish.inputs,
              settings.snap]  # fmt: skip
    asked: dict[str, Any] = {
        "fn": handlers.segment_prompt,
        "inputs": inputs,
        "show_progress_on": prompt.badge,
        **CLICKS,
    }
    asked["outputs"] = [*parts.answer_outputs, prompt.pointed]
    gr.on([prompt.pointed.input, settings.model.change, settings.snap.change], api_name="segment", **asked)
    _wire_new_picture(parts, handlers, asked)
    _wire_candidates(parts, handlers)


def _wire_opacity(opacity: gr.Slider) -> None:
    """The browser changes the canvas by itself."""
    opacity.input(None, opacity, None, js=f"(opacity) => {{ {canvas.canvas_event_js(ID, 'opacity', 'opacity')} }}")


def _wire_new_picture(parts: SegmentParts, handlers: PointHandlers, asked: dict[str, Any]) -> None:
    """A new picture is shown, then embedded; then the click of an example is answered."""
    prompt, memory = parts.prompt, parts.memory
    outputs = [prompt.pointed, prompt.start, memory.truth, memory.things, *parts.answer_outputs]
    quiet: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    shown = prompt.picture.change(handlers.show_new_picture, [prompt.picture, prompt.start], outputs, **quiet)
    embedded = shown.then(
        handlers.embed_picture, [prompt.picture, parts.settings.model], prompt.badge, api_name="segment_embed", **CLICKS
    )
    first = {"fn": handlers.segment_first_prompt, "inputs": [memory.answer, *asked["inputs"]]}
    embedded.then(api_visibility="private", **asked | first)


def _wire_candidates(parts: SegmentParts, handlers: PointHandlers) -> None:
    """Another candidate, and every setting of the finish, redraw the result."""
    prompt, finish, result, memory = parts.prompt, parts.settings.finish, parts.result, parts.memory
    gr.on(
        [prompt.candidates.input, *(control.change for control in finish.inputs)],
        handlers.choose_candidate,
        [prompt.picture, memory.answer, prompt.candidates, memory.things, *finish.inputs, memory.truth],
        [result.cutout, result.mask, result.code, prompt.pointed, prompt.badge],
        api_name="segment_choose",
        **ui.LIVE,
    )


def _example_truth(start: object, picture: RGB | None) -> str | None:
    """The name of an example that has a ground truth; None for any other picture."""
    if picture is None or not isinstance(start, dict) or start.get("size") != [picture.shape[1], picture.shape[0]]:
        return None
    name = start.get("truth")
    return name if isinstance(name, str) and name in samples.TRUTHS else None


def _first_prompt(start: object, picture: RGB) -> canvas.VisualPrompt | None:
    """The click that came with an example; None when another picture has come since."""
    if isinstance(start, dict) and start.get("size") == [picture.shape[1], picture.shape[0]]:
        return canvas.read_prompt({name: start.get(name) for name in ("points", "box", "size")}, picture.shape)
    return None


def _candidate_badge(known: SegmentAnswer, candidate: object, truth: str | None) -> str:
    """The model behind the candidate, with the candidate's IoU where there is a ground truth."""
    return ui.model_badge(known.task, known.made_by, *_iou_chips(known.candidate_mask(candidate), truth))


def _iou_chips(mask: Mask, truth: str | None) -> list[str]:
    """A chip with the IoU of the mask and the object of the ground truth that fits it best; none without one."""
    if truth is None:
        return []
    layers = samples.ground_truth(truth)
    if layers.shape != mask.shape:
        return []
    best = max(masks.iou(mask, layers == number) for number in np.unique(layers)[1:])
    return [ui.localise("segment.iou", iou=f"{best:.2f}")]


def _candidate_radio(found: segment.Masks) -> gr.Radio:
    """The candidates to choose from, best first; hidden when there is no choice."""
    choices = [
        (ui.localise("segment.candidate", rank=i + 1, area=f"{100 * mask.mean():.1f}", score=f"{score:.2f}"), i)
        for i, (mask, score) in enumerate(zip(found.masks, found.scores, strict=True))
    ]
    return ui.Radio(choices=choices, value=0, visible=len(choices) > 1)
