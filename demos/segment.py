"""The Segment tab: point at a thing, get its mask, cut it out."""

from __future__ import annotations

import html
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt
from gradio import processing_utils
from PIL import Image

from core import checks, images, models, samples, segment
from core.engine import Engine
from core.errors import InputError
from demos import canvas, ui
from demos.page import Page
from demos.ui import t

ID = "segment"
EXAMPLES = {
    "cat": (200, 150),
    "astronaut": (230, 330),
    "coffee": (300, 190),
    "flower": (300, 200),
    "rocket": (320, 200),
}
FEATHER = 20
# the last click wins, and only the badge shows that something is going on
CLICKS = {"trigger_mode": "always_last", "show_progress": "minimal", **ui.MODEL_QUEUE}


def build(engine: Engine, page: Page) -> None:
    """Layout, handlers, wiring."""

    def show(picture: images.RGB | None, start: object) -> tuple[Any, ...]:
        prompt = None if picture is None else canvas.read(start, picture.shape)
        hint = ui.say("ui.add_picture" if picture is None else "segment.point")
        return canvas.with_picture(picture, prompt), None, *_nothing(hint)

    @ui.answers
    def answer(picture: images.RGB | None, prompt: object, model: str, feather: float) -> tuple[Any, ...]:
        if picture is None:
            return *_nothing(ui.say("ui.add_picture")), canvas.with_mask(None)
        pointed = canvas.read(prompt, picture.shape)
        if not pointed:
            return *_nothing(ui.say("segment.point")), canvas.with_mask(None)
        call = ui.Call.of(segment.from_prompts, picture, **pointed.keywords, **({"model": model} if model else {}))
        found: segment.Masks = call.run(engine)
        cut, mask = _results(engine, picture, found.masks[0], feather)
        code = call.code(f"cutout = segment.cutout(picture, found.masks[0], feather={feather:g})  # uint8 (H, W, 4)")
        return cut, mask, _candidates(found), ui.badge("segment", found), code, found, canvas.with_mask(found.masks[0])

    @ui.answers
    def choose(
        picture: images.RGB | None, found: segment.Masks | None, candidate: object, feather: float
    ) -> tuple[Any, ...]:
        if picture is None or found is None:
            return None, None, canvas.with_mask(None)
        mask = _chosen(found, candidate)
        return *_results(engine, picture, mask, feather), canvas.with_mask(mask)

    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            picture = ui.picture(ID, height=240)
            start = gr.JSON(visible=False)
            _examples(picture, start)
            titles = [(row.title, row.name) for row in models.rows("segment")]
            model = gr.Dropdown(
                [(t("segment.model_auto"), ""), *titles], value="", label=t("ui.model"), elem_id="segment-model"
            )
            opacity = gr.Slider(0, 1, 0.5, step=0.05, label=t("segment.opacity"), elem_id="segment-opacity")
            feather = gr.Slider(
                0,
                FEATHER,
                0,
                step=0.5,
                label=t("segment.feather"),
                info=t("segment.feather_info"),
                elem_id="segment-feather",
            )
        with gr.Column(scale=3, min_width=320):
            pointed = canvas.build(ID)
            badge = ui.badge_slot(ID)
            candidates = gr.Radio([], label=t("segment.candidates"), visible=False, elem_id="segment-candidates")
    with gr.Row():
        cut = ui.shown(ID, "cutout", "segment.cutout", image_mode="RGBA", elem_classes="checkerboard")
        mask = ui.shown(ID, "mask", "segment.mask")
    found = gr.State(time_to_live=3600)
    _downloads(engine, picture, found, candidates, feather)
    ui.note(ID)
    code = ui.code_slot(ID)
    page.sends(ID, cut)
    page.receives(ID, picture)

    results = [cut, mask, candidates, badge, code, found]
    asked: dict[str, Any] = {"fn": answer, "inputs": [picture, pointed, model, feather], "outputs": [*results, pointed]}
    asked |= {"show_progress_on": badge, **CLICKS}
    gr.on([pointed.input, model.change], api_name="segment", **asked)
    picture.change(
        show, [picture, start], [pointed, start, *results], show_progress="hidden", api_visibility="private"
    ).then(api_visibility="private", **asked)
    gr.on(
        [candidates.input, feather.change],
        choose,
        [picture, found, candidates, feather],
        [cut, mask, pointed],
        api_name="segment_choose",
        **ui.LIVE,
    )
    opacity.input(None, opacity, None, js=f"(opacity) => {{ {canvas.tell(ID, 'opacity', 'opacity')} }}")


def _downloads(engine: Engine, *source: gr.components.Component) -> None:
    """Two buttons that make the file at full size and hand it to the browser."""

    @ui.answers
    def save_cutout(picture: images.RGB | None, found: segment.Masks | None, candidate: object, feather: float) -> str:
        return _file(engine.run(segment.cutout, picture, _chosen(found, candidate), feather=feather), "cutout", saved)

    @ui.answers
    def save_mask(found: segment.Masks | None, candidate: object) -> str:
        return _file(_chosen(found, candidate).astype(np.uint8) * 255, "mask", saved)

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
    gr.Examples(
        [[str(samples.path(name)), {"points": [[x, y, 1]]}] for name, (x, y) in EXAMPLES.items()],
        inputs=[picture, start],
        visible_columns=[0],
        label=t("ui.examples"),
        elem_id=f"{ID}-examples",
        api_visibility="private",
    )


def _nothing(hint: str) -> tuple[Any, ...]:
    """Empty results, and what to do in the badge's place."""
    chip = f"<div class='badge'><span>{html.escape(hint)}</span></div>"
    return None, None, gr.Radio(choices=[], visible=False), chip, "", None


def _results(engine: Engine, picture: images.RGB, mask: images.Mask, feather: float) -> tuple[Any, Any]:
    """Cut-out and mask as shown: at most 1024 px long, so that a click on a 12-megapixel photo is as quick."""
    small, small_mask = images.fit(picture, canvas.LONGEST), canvas.shrunk(mask)
    cut = engine.run(segment.cutout, small, small_mask, feather=feather * small.shape[1] / picture.shape[1])
    return cut, small_mask.astype(np.uint8) * 255


def _candidates(found: segment.Masks) -> gr.Radio:
    """What the prompt may mean, best first, to choose from; hidden when there is no choice."""
    choices = [
        (ui.say("segment.candidate", rank=i + 1, area=f"{100 * mask.mean():.0f}", score=f"{score:.2f}"), i)
        for i, (mask, score) in enumerate(zip(found.masks, found.scores, strict=True))
    ]
    return gr.Radio(choices=choices, value=0, visible=len(choices) > 1)


def _chosen(found: segment.Masks | None, candidate: object) -> images.Mask:
    if found is None:
        raise InputError("segment.no_prompt")
    which = 0 if candidate is None else checks.integer("candidate", candidate, 0, len(found.masks) - 1)
    mask: images.Mask = found.masks[which]
    return mask


def _file(pixels: npt.NDArray[np.uint8], name: str, component: gr.components.Component) -> str:
    """A PNG in Gradio's cache, which clears itself."""
    return str(processing_utils.save_pil_to_cache(Image.fromarray(pixels), component.GRADIO_CACHE, name, "png"))
