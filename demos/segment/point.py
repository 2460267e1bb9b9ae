"""Pointing: clicks and a box in, candidates out, and what is made of the chosen one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from core import checks, images, masks, samples, segment
from core.engine import Engine
from core.errors import InputError
from core.images import RGB, Mask
from demos import ui
from demos.segment.kept import SegmentAnswer, Things
from demos.ui import canvas, t

ID = "segment"
GROWTH, FEATHER, BLUR = 40, 20, 40
TRANSPARENT = "transparent"
BACKDROPS = (TRANSPARENT, *masks.EFFECTS)
# the last click wins, and only the badge shows that something is going on
CLICKS = {"trigger_mode": "always_last", "show_progress": "hidden", **ui.MODEL_QUEUE}


@dataclass(frozen=True)
class FinishSettings:
    """What is made of a mask: the settings beside the result."""

    growth: float
    feather: float
    backdrop: str
    strength: float
    colour: str

    @classmethod
    def from_inputs(
        cls, growth: object, feather: object, backdrop: object, strength: object, colour: object
    ) -> FinishSettings:
        """The settings as they came.

        Raises:
            InputError: one is out of range.
        """
        return cls(
            checks.number("growth", growth, -GROWTH, GROWTH),
            checks.number("feather", feather, 0, FEATHER),
            checks.choice("backdrop", backdrop, BACKDROPS),
            checks.number("strength", strength, 0.1, BLUR),
            "#{:02x}{:02x}{:02x}".format(*masks.parse_colour(colour)),
        )

    def apply(self, engine: Engine, picture: RGB, mask: Mask, scale: float = 1.0) -> npt.NDArray[np.uint8]:
        """The picture finished so, uint8 (H, W, 3 or 4); `scale` is that of a smaller version of it."""
        grown, soft = masks.grow_mask(mask, self.growth * scale), self.feather * scale
        if self.backdrop == TRANSPARENT:
            found = engine.run(segment.cutout, picture, grown, feather=soft)
        else:
            blur, fill = max(0.1, self.strength * scale), self.colour
            found = engine.run(
                masks.edit_background, picture, grown, self.backdrop, strength=blur, colour=fill, feather=soft
            )
        return np.asarray(found)

    def code(self, candidate: int) -> str:
        """The lines that do the same at full size."""
        mask = f"mask = masks.grow_mask(found.masks[{candidate}], {self.growth:g})\n"
        if self.backdrop == TRANSPARENT:
            return f"{mask}cutout = segment.cutout(picture, mask, feather={self.feather:g})  # uint8 (H, W, 4)"
        more = {"blur": f", strength={self.strength:g}", "colour": f", colour={self.colour!r}"}.get(self.backdrop, "")
        call = f"masks.edit_background(picture, mask, {self.backdrop!r}{more}, feather={self.feather:g})"
        return f"{mask}shown = {call}  # uint8 (H, W, 3)"


@dataclass(frozen=True)
class SegmentWidgets:
    """The components that other parts of the tab read or fill."""

    pointed: gr.HTML
    badge: gr.HTML
    candidates: gr.Radio
    model: gr.Dropdown
    opacity: gr.Slider
    snap: gr.Checkbox
    finish: list[Any]
    result: gr.Image
    mask: gr.Image
    code: gr.Code
    answer: gr.State
    things: gr.State
    truth: gr.State

    @property
    def results(self) -> list[Any]:
        """What an answer fills, in the order of `empty_segment_outputs`."""
        return [self.result, self.mask, self.candidates, self.badge, self.code, self.answer]


def layout_settings() -> tuple[gr.Dropdown, gr.Slider, gr.Checkbox, list[Any]]:
    """Model, opacity on the canvas, snapping, and the finish."""
    model = ui.model_picker("segment-model", "segment")
    snap = gr.Checkbox(True, label=t("segment.snap"), info=t("segment.snap_info"), elem_id="segment-snap")
    opacity = ui.Slider(0, 1, 0.5, step=0.05, label=t("segment.opacity"), elem_id="segment-opacity")
    opacity.input(None, opacity, None, js=f"(opacity) => {{ {canvas.canvas_event_js(ID, 'opacity', 'opacity')} }}")
    growth = ui.Slider(-GROWTH, GROWTH, 0, step=1, label=t("segment.growth"), info=t("segment.growth_info"),
                       elem_id="segment-growth")  # fmt: skip
    feather = ui.Slider(0, FEATHER, 0, step=0.5, label=t("segment.feather"), info=t("segment.feather_info"),
                        elem_id="segment-feather")  # fmt: skip
    choices = [(t(f"segment.backdrop_{name}"), name) for name in BACKDROPS]
    backdrop = ui.Radio(choices, value=TRANSPARENT, label=t("segment.backdrop"), elem_id="segment-backdrop")
    strength = ui.Slider(0.5, BLUR, 8, step=0.5, label=t("segment.strength"), elem_id="segment-strength", visible=False)
    colour = gr.ColorPicker("#ffffff", label=t("segment.backdrop_colour"), elem_id="segment-colour", visible=False)

    def show_backdrop_fields(name: object) -> tuple[Any, Any]:
        return gr.update(visible=name == "blur"), gr.update(visible=name == "colour")

    backdrop.input(show_backdrop_fields, backdrop, [strength, colour], **ui.QUIET)
    return model, opacity, snap, [growth, feather, backdrop, strength, colour]


def wire_pointing(engine: Engine, picture: gr.Image, start: gr.JSON, parts: SegmentWidgets) -> None:
    """From a new picture to its embedding, from a click to its masks, from a setting to the result."""

    @ui.report_errors
    def show_new_picture(picture: RGB | None, start: object) -> tuple[Any, ...]:
        first = None if picture is None else _first_prompt(start, picture)
        hint = ui.localise("ui.add_picture" if picture is None else "segment.embedding")
        return (
            canvas.show_picture(picture, first),
            None,
            _example_truth(start, picture),
            (),
            *empty_segment_outputs(hint),
        )

    @ui.report_errors
    def embed_picture(picture: RGB | None, model: str) -> Any:
        if picture is None:
            return gr.skip()
        found: segment.EmbedResult = ui.Call.of(segment.embed, picture, **ui.model_keyword(model)).run(engine)
        return ui.model_badge("segment", found, ui.localise("segment.point"))

    @ui.report_errors
    def segment_prompt(
        picture: RGB | None, prompt: object, model: str, things: Things, truth: Any,
        growth: object, feather: object, backdrop: object, strength: object, colour: object, snap: object = True,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        if picture is None:
            yield *empty_segment_outputs(ui.localise("ui.add_picture")), canvas.show_masks(None)
            return
        pointed = canvas.read_prompt(prompt, picture.shape)
        if not pointed:
            yield *empty_segment_outputs(ui.localise("segment.point")), canvas.show_masks(None, _kept_masks(things))
            return
        wanted = FinishSettings.from_inputs(growth, feather, backdrop, strength, colour)
        asked = pointed.keywords | ui.model_keyword(model) | ({} if snap else {"snap": False})
        skipped = [gr.skip()] * len(parts.results)
        for told in ui.Call.of(segment.from_prompts, picture, **asked).stream(engine):
            # what the eye waits for comes first: the other candidates and the files take longer than the best mask
            if not isinstance(told, segment.Masks):
                yield *skipped, canvas.show_masks(told, _kept_masks(things))
                continue
            known = SegmentAnswer.from_result(told, asked)
            shown, mask, code = _candidate_outputs(engine, picture, known, 0, wanted)
            yield shown, mask, _candidate_radio(told), _candidate_badge(known, 0, truth), code, known, gr.skip()

    @ui.report_errors
    def choose_candidate(
        picture: RGB | None, known: SegmentAnswer | None, candidate: object, things: Things,
        growth: object, feather: object, backdrop: object, strength: object, colour: object, truth: Any = None,
    ) -> tuple[Any, ...]:  # fmt: skip
        wanted = FinishSettings.from_inputs(growth, feather, backdrop, strength, colour)
        if picture is None or known is None:
            return None, None, "", canvas.show_masks(None, _kept_masks(things)), gr.skip()
        laid = canvas.show_masks(known.candidate_mask(candidate), _kept_masks(things))
        return (
            *_candidate_outputs(engine, picture, known, candidate, wanted),
            laid,
            _candidate_badge(known, candidate, truth),
        )

    source = [picture, parts.pointed, parts.model, parts.things, parts.truth, *parts.finish, parts.snap]
    asked: dict[str, Any] = {"fn": segment_prompt, "inputs": source, "outputs": [*parts.results, parts.pointed]}
    asked |= {"show_progress_on": parts.badge, **CLICKS}
    gr.on([parts.pointed.input, parts.model.change, parts.snap.change], api_name="segment", **asked)
    new: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    outputs = [parts.pointed, start, parts.truth, parts.things, *parts.results]
    shown = picture.change(show_new_picture, [picture, start], outputs, **new)
    seen = shown.then(embed_picture, [picture, parts.model], parts.badge, api_name="segment_embed", **CLICKS)
    seen.then(api_visibility="private", **asked)
    gr.on(
        [parts.candidates.input, *(part.change for part in parts.finish)],
        choose_candidate,
        [picture, parts.answer, parts.candidates, parts.things, *parts.finish, parts.truth],
        [parts.result, parts.mask, parts.code, parts.pointed, parts.badge],
        api_name="segment_choose",
        **ui.LIVE,
    )


def _kept_masks(things: Things) -> list[Mask]:
    return [thing.mask.unpack(0) for thing in things]


def _example_truth(start: object, picture: RGB | None) -> str | None:
    """The name of the example that came with the truth, None for any other picture."""
    if picture is None or not isinstance(start, dict) or start.get("size") != [picture.shape[1], picture.shape[0]]:
        return None
    name = start.get("truth")
    return name if isinstance(name, str) and name in samples.TRUTHS else None


def _candidate_badge(known: SegmentAnswer, candidate: object, truth: str | None) -> str:
    """Who found the chosen candidate, and how well where somebody knows."""
    return ui.model_badge("segment", known.made_by, *_iou_chips(known.candidate_mask(candidate), truth))


def _iou_chips(mask: Mask, truth: str | None) -> list[str]:
    """The chip with the IoU where somebody knows what is right."""
    if truth is None:
        return []
    layers = samples.ground_truth(truth)
    if layers.shape != mask.shape:
        return []
    best = max(masks.iou(mask, layers == number) for number in np.unique(layers)[1:])
    return [ui.localise("segment.iou", iou=f"{best:.2f}")]


def _first_prompt(start: object, picture: RGB) -> canvas.VisualPrompt | None:
    """The click that came with an example; None when another picture has come since."""
    if isinstance(start, dict) and start.get("size") == [picture.shape[1], picture.shape[0]]:
        return canvas.read_prompt({name: start.get(name) for name in ("points", "box", "size")}, picture.shape)
    return None


def empty_segment_outputs(hint: str) -> tuple[Any, ...]:
    """Empty results, and what to do in the badge's place."""
    return None, None, ui.Radio(choices=[], visible=False), ui.fact_chips(hint), "", None


def _candidate_outputs(
    engine: Engine, picture: RGB, known: SegmentAnswer, candidate: object, finish: FinishSettings
) -> tuple[Any, Any, str]:
    """Result, mask and code; shown at most 1024 px long, so that a 12-megapixel photo is as quick."""
    mask = known.candidate_mask(candidate)
    small, small_mask = images.fit(picture, canvas.LONGEST), canvas.shrink_mask(mask)
    scale = small.shape[1] / picture.shape[1]
    if not masks.grow_mask(small_mask, finish.growth * scale).any():
        raise InputError("segment.shrunk_away", growth=f"{finish.growth:g}")
    shown = finish.apply(engine, small, small_mask, scale)
    call = ui.Call.of(segment.from_prompts, picture, **known.prompt_keywords)
    code = call.code(finish.code(0 if candidate is None else int(str(candidate))), also=("masks",))
    grown = masks.grow_mask(small_mask, finish.growth * scale)
    return shown, grown.astype(np.uint8) * 255, code


def _candidate_radio(found: segment.Masks) -> gr.Radio:
    """What the prompt may mean, best first, to choose from; hidden when there is no choice."""
    choices = [
        (ui.localise("segment.candidate", rank=i + 1, area=f"{100 * mask.mean():.1f}", score=f"{score:.2f}"), i)
        for i, (mask, score) in enumerate(zip(found.masks, found.scores, strict=True))
    ]
    return ui.Radio(choices=choices, value=0, visible=len(choices) > 1)
