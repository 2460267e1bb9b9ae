"""The Segment tab: point at a thing, get its mask, cut it out."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt
from gradio import processing_utils
from PIL import Image

from core import checks, images, samples, segment
from core.engine import Engine
from core.errors import InputError
from demos import canvas, ui
from demos.page import Page
from demos.ui import t

ID = "segment"
EXAMPLES = {
    "cat": (152, 120),
    "astronaut": (230, 330),
    "coffee": (300, 190),
    "flower": (300, 200),
    "rocket": (320, 200),
}
FEATHER = 20
# the last click wins, and only the badge shows that something is going on
CLICKS = {"trigger_mode": "always_last", "show_progress": "minimal", **ui.MODEL_QUEUE}


@dataclass(frozen=True)
class Kept:
    """What a visitor can choose from, at one bit per pixel: a class of thirty sends photos of 12 megapixels.

    Attributes:
        bits: uint8 (n, H * W / 8).
        shape: (n, H, W).
        asked: the keywords that `segment.from_prompts` was given.
    """

    bits: npt.NDArray[np.uint8]
    shape: tuple[int, ...]
    asked: dict[str, Any]

    @classmethod
    def of(cls, found: segment.Masks, asked: dict[str, Any]) -> Kept:
        """The masks of an answer."""
        return cls(np.packbits(found.masks.reshape(len(found.masks), -1), axis=1), found.masks.shape, asked)

    def mask(self, which: int) -> images.Mask:
        """One of them, bool (H, W)."""
        _, h, w = self.shape
        return np.unpackbits(self.bits[which], count=h * w).reshape(h, w).astype(bool)


def build(engine: Engine, page: Page) -> None:
    """Layout, handlers, wiring."""

    @ui.answers
    def show(picture: images.RGB | None, start: object) -> tuple[Any, ...]:
        first = None if picture is None else _first(start, picture)
        hint = ui.say("ui.add_picture" if picture is None else "segment.point")
        return canvas.with_picture(picture, first), None, *_nothing(hint)

    @ui.answers
    def answer(picture: images.RGB | None, prompt: object, model: str, feather: float) -> tuple[Any, ...]:
        if picture is None:
            return *_nothing(ui.say("ui.add_picture")), canvas.with_mask(None)
        pointed = canvas.read(prompt, picture.shape)
        if not pointed:
            return *_nothing(ui.say("segment.point")), canvas.with_mask(None)
        asked = pointed.keywords | ui.named(model)
        found: segment.Masks = ui.Call.of(segment.from_prompts, picture, **asked).run(engine)
        kept = Kept.of(found, asked)
        cut, mask, code, on_canvas = _results(engine, picture, kept, 0, feather)
        return cut, mask, _candidates(found), ui.badge("segment", found), code, kept, on_canvas

    @ui.answers
    def choose(picture: images.RGB | None, kept: Kept | None, candidate: object, feather: float) -> tuple[Any, ...]:
        if picture is None or kept is None:
            return None, None, "", canvas.with_mask(None)
        return _results(engine, picture, kept, candidate, feather)

    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            picture = ui.picture(ID)
            start = gr.JSON(visible=False)
            _examples(picture, start)
        with gr.Column(scale=3, min_width=320):
            pointed = canvas.build(ID)
            badge = ui.badge_slot(ID)
            candidates = ui.Radio([], label=t("segment.candidates"), visible=False, elem_id="segment-candidates")
    with gr.Row():
        with gr.Column(min_width=280):
            model, opacity, feather = _settings()
        cut = ui.shown(ID, "cutout", "segment.cutout", image_mode="RGBA", elem_classes="checkerboard", min_width=280)
        mask = ui.shown(ID, "mask", "segment.mask", min_width=280)
    kept = gr.State(time_to_live=3600)
    _downloads(engine, picture, kept, candidates, feather)
    ui.note(ID)
    code = ui.code_slot(ID)
    page.sends(ID, cut)
    page.receives(ID, picture)

    results = [cut, mask, candidates, badge, code, kept]
    asked: dict[str, Any] = {"fn": answer, "inputs": [picture, pointed, model, feather], "outputs": [*results, pointed]}
    asked |= {"show_progress_on": badge, **CLICKS}
    gr.on([pointed.input, model.change], api_name="segment", **asked)
    new: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    shown = picture.change(show, [picture, start], [pointed, start, *results], **new)
    shown.then(api_visibility="private", **asked)
    gr.on(
        [candidates.input, feather.change],
        choose,
        [picture, kept, candidates, feather],
        [cut, mask, code, pointed],
        api_name="segment_choose",
        **ui.LIVE,
    )
    opacity.input(None, opacity, None, js=f"(opacity) => {{ {canvas.tell(ID, 'opacity', 'opacity')} }}")


def _settings() -> tuple[gr.Dropdown, gr.Slider, gr.Slider]:
    """Model, opacity of the mask on the canvas, feather of the cut-out."""
    model = ui.model_picker("segment-model", "segment")
    opacity = ui.Slider(0, 1, 0.5, step=0.05, label=t("segment.opacity"), elem_id="segment-opacity")
    info = t("segment.feather_info")
    feather = ui.Slider(0, FEATHER, 0, step=0.5, label=t("segment.feather"), info=info, elem_id="segment-feather")
    return model, opacity, feather


def _downloads(engine: Engine, *source: gr.components.Component) -> None:
    """Two buttons that make the file at full size and hand it to the browser."""

    @ui.answers
    def save_cutout(picture: images.RGB | None, kept: Kept | None, candidate: object, feather: float) -> str:
        return _file(engine.run(segment.cutout, picture, _chosen(kept, candidate), feather=feather), "cutout", saved)

    @ui.answers
    def save_mask(kept: Kept | None, candidate: object) -> str:
        return _file(_chosen(kept, candidate).astype(np.uint8) * 255, "mask", saved)

    with gr.Row():
        cutout = gr.Button(t("segment.save_cutout"), size="sm", elem_id="segment-save-cutout")
        mask = gr.Button(t("segment.save_mask"), size="sm", elem_id="segment-save-mask")
    saved = gr.DownloadButton(visible="hidden", elem_id="segment-saved")
    fetch = "() => document.querySelector('#segment-saved').click()"
    ready = cutout.click(save_cutout, [*source], saved, api_name="segment_cutout", concurrency_limit=None)
    ready.success(None, None, None, js=fetch)
    ready = mask.click(save_mask, [*source[1:3]], saved, api_name="segment_mask", concurrency_limit=None)
    ready.success(None, None, None, js=fetch)


def _examples(picture: gr.components.Component, start: gr.components.Component) -> None:
    """Pictures with a first click, so that one press shows a result."""
    files = {str(samples.path(name)): click for name, click in EXAMPLES.items()}
    gr.Examples(
        [[file, {"points": [[x, y, 1]], "size": list(Image.open(file).size)}] for file, (x, y) in files.items()],
        inputs=[picture, start],
        visible_columns=[0],
        label=t("ui.examples"),
        elem_id=f"{ID}-examples",
        api_visibility="private",
    )


def _first(start: object, picture: images.RGB) -> canvas.Prompt | None:
    """The click that came with an example; None when another picture has come since."""
    if isinstance(start, dict) and start.get("size") == [picture.shape[1], picture.shape[0]]:
        return canvas.read(start, picture.shape)
    return None


def _nothing(hint: str) -> tuple[Any, ...]:
    """Empty results, and what to do in the badge's place."""
    chip = f"<div class='badge'><span>{html.escape(hint)}</span></div>"
    return None, None, ui.Radio(choices=[], visible=False), chip, "", None


def _results(
    engine: Engine, picture: images.RGB, kept: Kept, candidate: object, feather: float
) -> tuple[Any, Any, str, gr.HTML]:
    """Cut-out, mask, code and canvas; shown at most 1024 px long, so that a 12-megapixel photo is as quick."""
    sigma = checks.number("feather", feather, 0, FEATHER)
    mask = _chosen(kept, candidate)
    small, small_mask = images.fit(picture, canvas.LONGEST), canvas.shrunk(mask)
    cut = engine.run(segment.cutout, small, small_mask, feather=sigma * small.shape[1] / picture.shape[1])
    use = f"cutout = segment.cutout(picture, found.masks[{candidate or 0}], feather={sigma:g})  # uint8 (H, W, 4)"
    code = ui.Call.of(segment.from_prompts, picture, **kept.asked).code(use)
    return cut, small_mask.astype(np.uint8) * 255, code, canvas.with_mask(mask)


def _candidates(found: segment.Masks) -> gr.Radio:
    """What the prompt may mean, best first, to choose from; hidden when there is no choice."""
    choices = [
        (ui.say("segment.candidate", rank=i + 1, area=f"{100 * mask.mean():.1f}", score=f"{score:.2f}"), i)
        for i, (mask, score) in enumerate(zip(found.masks, found.scores, strict=True))
    ]
    return ui.Radio(choices=choices, value=0, visible=len(choices) > 1)


def _chosen(kept: Kept | None, candidate: object) -> images.Mask:
    if kept is None:
        raise InputError("segment.no_prompt")
    return kept.mask(0 if candidate is None else checks.integer("candidate", candidate, 0, kept.shape[0] - 1))


def _file(pixels: npt.NDArray[np.uint8], name: str, component: gr.components.Component) -> str:
    """A PNG in Gradio's cache, which clears itself."""
    return str(processing_utils.save_pil_to_cache(Image.fromarray(pixels), component.GRADIO_CACHE, name, "png"))
