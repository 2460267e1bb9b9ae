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
from demos.segment.kept import Answer, Things
from demos.ui import canvas, t

ID = "segment"
GROWTH, FEATHER, BLUR = 40, 20, 40
TRANSPARENT = "transparent"
BACKDROPS = (TRANSPARENT, *masks.EFFECTS)
# the last click wins, and only the badge shows that something is going on
CLICKS = {"trigger_mode": "always_last", "show_progress": "hidden", **ui.MODEL_QUEUE}


@dataclass(frozen=True)
class Finish:
    """What is made of a mask: the settings beside the result."""

    growth: float
    feather: float
    backdrop: str
    strength: float
    colour: str

    @classmethod
    def checked(cls, growth: object, feather: object, backdrop: object, strength: object, colour: object) -> Finish:
        """The settings as they came.

        Raises:
            InputError: one is out of range.
        """
        return cls(
            checks.number("growth", growth, -GROWTH, GROWTH),
            checks.number("feather", feather, 0, FEATHER),
            checks.choice("backdrop", backdrop, BACKDROPS),
            checks.number("strength", strength, 0.1, BLUR),
            "#{:02x}{:02x}{:02x}".format(*masks.to_colour(colour)),
        )

    def apply(self, engine: Engine, picture: RGB, mask: Mask, scale: float = 1.0) -> npt.NDArray[np.uint8]:
        """The picture finished so, uint8 (H, W, 3 or 4); `scale` is that of a smaller version of it."""
        grown, soft = masks.grown(mask, self.growth * scale), self.feather * scale
        if self.backdrop == TRANSPARENT:
            found = engine.run(segment.cutout, picture, grown, feather=soft)
        else:
            blur, fill = max(0.1, self.strength * scale), self.colour
            found = engine.run(
                masks.background, picture, grown, self.backdrop, strength=blur, colour=fill, feather=soft
            )
        return np.asarray(found)

    def code(self, candidate: int) -> str:
        """The lines that do the same at full size."""
        mask = f"mask = masks.grown(found.masks[{candidate}], {self.growth:g})\n"
        if self.backdrop == TRANSPARENT:
            return f"{mask}cutout = segment.cutout(picture, mask, feather={self.feather:g})  # uint8 (H, W, 4)"
        more = {"blur": f", strength={self.strength:g}", "colour": f", colour={self.colour!r}"}.get(self.backdrop, "")
        call = f"masks.background(picture, mask, {self.backdrop!r}{more}, feather={self.feather:g})"
        return f"{mask}shown = {call}  # uint8 (H, W, 3)"


@dataclass(frozen=True)
class Parts:
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
        """What an answer fills, in the order of `nothing`."""
        return [self.result, self.mask, self.candidates, self.badge, self.code, self.answer]


def settings() -> tuple[gr.Dropdown, gr.Slider, gr.Checkbox, list[Any]]:
    """Model, opacity on the canvas, snapping, and the finish."""
    model = ui.model_picker("segment-model", "segment")
    snap = gr.Checkbox(True, label=t("segment.snap"), info=t("segment.snap_info"), elem_id="segment-snap")
    opacity = ui.Slider(0, 1, 0.5, step=0.05, label=t("segment.opacity"), elem_id="segment-opacity")
    opacity.input(None, opacity, None, js=f"(opacity) => {{ {canvas.tell(ID, 'opacity', 'opacity')} }}")
    growth = ui.Slider(-GROWTH, GROWTH, 0, step=1, label=t("segment.growth"), info=t("segment.growth_info"),
                       elem_id="segment-growth")  # fmt: skip
    feather = ui.Slider(0, FEATHER, 0, step=0.5, label=t("segment.feather"), info=t("segment.feather_info"),
                        elem_id="segment-feather")  # fmt: skip
    choices = [(t(f"segment.backdrop_{name}"), name) for name in BACKDROPS]
    backdrop = ui.Radio(choices, value=TRANSPARENT, label=t("segment.backdrop"), elem_id="segment-backdrop")
    strength = ui.Slider(0.5, BLUR, 8, step=0.5, label=t("segment.strength"), elem_id="segment-strength", visible=False)
    colour = gr.ColorPicker("#ffffff", label=t("segment.backdrop_colour"), elem_id="segment-colour", visible=False)

    def asked(name: object) -> tuple[Any, Any]:
        return gr.update(visible=name == "blur"), gr.update(visible=name == "colour")

    backdrop.input(asked, backdrop, [strength, colour], **ui.QUIET)
    return model, opacity, snap, [growth, feather, backdrop, strength, colour]


def wire(engine: Engine, picture: gr.Image, start: gr.JSON, parts: Parts) -> None:
    """From a new picture to its embedding, from a click to its masks, from a setting to the result."""

    @ui.answers
    def show(picture: RGB | None, start: object) -> tuple[Any, ...]:
        first = None if picture is None else _first(start, picture)
        hint = ui.say("ui.add_picture" if picture is None else "segment.embedding")
        return canvas.with_picture(picture, first), None, _truth(start, picture), (), *nothing(hint)

    @ui.answers
    def embed(picture: RGB | None, model: str) -> Any:
        if picture is None:
            return gr.skip()
        found: segment.Embedded = ui.Call.of(segment.embed, picture, **ui.named(model)).run(engine)
        return ui.badge("segment", found, ui.say("segment.point"))

    @ui.answers
    def answer(
        picture: RGB | None, prompt: object, model: str, things: Things, truth: Any,
        growth: object, feather: object, backdrop: object, strength: object, colour: object, snap: object = True,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        if picture is None:
            yield *nothing(ui.say("ui.add_picture")), canvas.with_mask(None)
            return
        pointed = canvas.read(prompt, picture.shape)
        if not pointed:
            yield *nothing(ui.say("segment.point")), canvas.with_mask(None, _kept(things))
            return
        wanted = Finish.checked(growth, feather, backdrop, strength, colour)
        asked = pointed.keywords | ui.named(model) | ({} if snap else {"snap": False})
        skipped = [gr.skip()] * len(parts.results)
        for told in ui.Call.of(segment.from_prompts, picture, **asked).stream(engine):
            # what the eye waits for comes first: the other candidates and the files take longer than the best mask
            if not isinstance(told, segment.Masks):
                yield *skipped, canvas.with_mask(told, _kept(things))
                continue
            known = Answer.of(told, asked)
            shown, mask, code = _results(engine, picture, known, 0, wanted)
            yield shown, mask, _candidates(told), _badge(known, 0, truth), code, known, gr.skip()

    @ui.answers
    def choose(
        picture: RGB | None, known: Answer | None, candidate: object, things: Things,
        growth: object, feather: object, backdrop: object, strength: object, colour: object, truth: Any = None,
    ) -> tuple[Any, ...]:  # fmt: skip
        wanted = Finish.checked(growth, feather, backdrop, strength, colour)
        if picture is None or known is None:
            return None, None, "", canvas.with_mask(None, _kept(things)), gr.skip()
        laid = canvas.with_mask(known.mask(candidate), _kept(things))
        return *_results(engine, picture, known, candidate, wanted), laid, _badge(known, candidate, truth)

    source = [picture, parts.pointed, parts.model, parts.things, parts.truth, *parts.finish, parts.snap]
    asked: dict[str, Any] = {"fn": answer, "inputs": source, "outputs": [*parts.results, parts.pointed]}
    asked |= {"show_progress_on": parts.badge, **CLICKS}
    gr.on([parts.pointed.input, parts.model.change, parts.snap.change], api_name="segment", **asked)
    new: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    outputs = [parts.pointed, start, parts.truth, parts.things, *parts.results]
    shown = picture.change(show, [picture, start], outputs, **new)
    seen = shown.then(embed, [picture, parts.model], parts.badge, api_name="segment_embed", **CLICKS)
    seen.then(api_visibility="private", **asked)
    gr.on(
        [parts.candidates.input, *(part.change for part in parts.finish)],
        choose,
        [picture, parts.answer, parts.candidates, parts.things, *parts.finish, parts.truth],
        [parts.result, parts.mask, parts.code, parts.pointed, parts.badge],
        api_name="segment_choose",
        **ui.LIVE,
    )


def _kept(things: Things) -> list[Mask]:
    return [thing.mask.mask(0) for thing in things]


def _truth(start: object, picture: RGB | None) -> str | None:
    """The name of the example that came with the truth, None for any other picture."""
    if picture is None or not isinstance(start, dict) or start.get("size") != [picture.shape[1], picture.shape[0]]:
        return None
    name = start.get("truth")
    return name if isinstance(name, str) and name in samples.TRUTHS else None


def _badge(known: Answer, candidate: object, truth: str | None) -> str:
    """Who found the chosen candidate, and how well where somebody knows."""
    return ui.badge("segment", known.by, *_agreement(known.mask(candidate), truth))


def _agreement(mask: Mask, truth: str | None) -> list[str]:
    """The chip with the IoU where somebody knows what is right."""
    if truth is None:
        return []
    layers = samples.truth(truth)
    if layers.shape != mask.shape:
        return []
    best = max(masks.iou(mask, layers == number) for number in np.unique(layers)[1:])
    return [ui.say("segment.iou", iou=f"{best:.2f}")]


def _first(start: object, picture: RGB) -> canvas.Prompt | None:
    """The click that came with an example; None when another picture has come since."""
    if isinstance(start, dict) and start.get("size") == [picture.shape[1], picture.shape[0]]:
        return canvas.read({name: start.get(name) for name in ("points", "box", "size")}, picture.shape)
    return None


def nothing(hint: str) -> tuple[Any, ...]:
    """Empty results, and what to do in the badge's place."""
    return None, None, ui.Radio(choices=[], visible=False), ui.chips(hint), "", None


def _results(engine: Engine, picture: RGB, known: Answer, candidate: object, finish: Finish) -> tuple[Any, Any, str]:
    """Result, mask and code; shown at most 1024 px long, so that a 12-megapixel photo is as quick."""
    mask = known.mask(candidate)
    small, small_mask = images.fit(picture, canvas.LONGEST), canvas.shrunk(mask)
    scale = small.shape[1] / picture.shape[1]
    if not masks.grown(small_mask, finish.growth * scale).any():
        raise InputError("segment.shrunk_away", growth=f"{finish.growth:g}")
    shown = finish.apply(engine, small, small_mask, scale)
    call = ui.Call.of(segment.from_prompts, picture, **known.asked)
    code = call.code(finish.code(0 if candidate is None else int(str(candidate))), also=("masks",))
    grown = masks.grown(small_mask, finish.growth * scale)
    return shown, grown.astype(np.uint8) * 255, code


def _candidates(found: segment.Masks) -> gr.Radio:
    """What the prompt may mean, best first, to choose from; hidden when there is no choice."""
    choices = [
        (ui.say("segment.candidate", rank=i + 1, area=f"{100 * mask.mean():.1f}", score=f"{score:.2f}"), i)
        for i, (mask, score) in enumerate(zip(found.masks, found.scores, strict=True))
    ]
    return ui.Radio(choices=choices, value=0, visible=len(choices) > 1)
