"""Fill what the brush, or an uploaded mask, covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from core import images, inpaint, texts
from core.engine import Engine
from demos import files, ui
from demos.inpaint import mask as masks
from demos.inpaint import results
from demos.inpaint.knobs import Knobs, arguments, several
from demos.inpaint.results import Results
from demos.page import Page
from demos.ui import t

READY = texts.ASSETS / "samples" / "masks"


Handed = tuple[str, images.Mask]
"""A mask from another tab: the digest of the picture that it belongs to, and the mask bool (H, W)."""


@dataclass(frozen=True)
class Hole:
    """The widgets."""

    canvas: gr.ImageEditor
    uploaded: ui.Picture
    grow: gr.Slider
    feather: gr.Slider
    keep: gr.Checkbox
    collect: gr.Button
    invert: gr.Button
    save: gr.Button
    saved: gr.DownloadButton
    fill: gr.Button
    stop: gr.Button


def layout() -> Hole:
    """Editor, buttons, and what can be done with the mask."""
    hexadecimal = "#" + "".join(f"{channel:02x}" for channel in masks.INK)
    # no listeners: each of them would send every stroke to the server
    canvas = gr.ImageEditor(
        label=t("inpaint.canvas"),
        layers=False,
        sources=(),
        transforms=(),
        brush=gr.Brush(default_size=18, colors=[(hexadecimal, masks.OPACITY)], color_mode="fixed"),
        eraser=gr.Eraser(default_size=18),
        format="png",
        height=440,
        placeholder=t("inpaint.empty"),  # type: ignore[arg-type]
        elem_id="inpaint-canvas",
    )
    with gr.Row():
        fill = gr.Button(t("inpaint.fill"), variant="primary", elem_id="inpaint-fill")
        stop = gr.Button(t("ui.stop"), elem_id="inpaint-stop")
    with gr.Accordion(t("inpaint.upload"), open=False, elem_id="inpaint-upload"):
        gr.Markdown(t("inpaint.upload_info"))
        uploaded = ui.Picture(
            label=t("inpaint.mask"),
            sources=["upload", "clipboard"],
            format="png",
            height=200,
            interactive=True,
            elem_id="inpaint-mask",
        )
        with gr.Row():
            collect, invert, save = (
                gr.Button(t(f"inpaint.mask_{name}"), size="sm", min_width=120, elem_id=f"inpaint-mask-{name}")
                for name in ("collect", "invert", "save")
            )
        with gr.Row():
            grow = ui.Slider(-40, 40, 0, step=1, label=t("inpaint.grow"), elem_id="inpaint-grow", min_width=200)
            feather = ui.Slider(0, 40, 0, step=1, label=t("inpaint.feather"), elem_id="inpaint-feather", min_width=200)
        keep = gr.Checkbox(False, label=t("inpaint.keep"), elem_id="inpaint-keep")
    saved = files.slot("inpaint-saved")
    return Hole(canvas, uploaded, grow, feather, keep, collect, invert, save, saved, fill, stop)


def wire(
    engine: Engine,
    hole: Hole,
    picture: gr.components.Component,
    ready: gr.components.Component,
    knobs: Knobs,
    shown: Results,
    page: Page,
) -> None:
    """A new picture fills the editor; the button, an example and a program fill the hole."""

    @ui.answers
    def arrive(
        picture: images.RGB | None, ready: str | None, handed: Handed | None,
        keep: bool, painted: dict[str, Any] | None, uploaded: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        mask = images.to_mask(READY / f"{ready}.png", picture.shape[:2]) if picture is not None and ready else None
        if mask is None and keep and picture is not None:
            mask = masks.kept(picture, painted, uploaded)
        if picture is not None and handed is not None and handed[0] == images.digest(picture):
            mask = handed[1]
        as_picture = None if mask is None else mask.astype(np.uint8) * 255
        return masks.canvas(picture, mask), as_picture, None, bool(ready), *results.nothing()

    @ui.answers
    def take_mask(picture: images.RGB | None, uploaded: Any, painted: dict[str, Any] | None) -> Any:
        return masks.canvas(picture, masks.upload(picture, uploaded), painted)

    @ui.answers
    def paint(
        picture: images.RGB | None, painted: dict[str, Any] | None, uploaded: Any,
        grow: float, feather: float, method: str, prompt: str, seed: int, count: int,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        mask, shape = masks.read(picture, painted, uploaded), {"grow": grow, "feather": feather}
        calls = [_call(picture, mask, given | shape) for given in several(method, prompt, seed, count)]
        yield from results.follow(engine, calls, picture)

    @ui.answers
    def at_once(has_mask: bool, picture: images.RGB | None, *others: Any) -> Iterator[tuple[Any, ...]]:
        if has_mask:
            yield from paint(picture, None, *others)
        else:
            yield tuple(gr.skip() for _ in shown.outputs)

    @ui.answers
    def fill(
        picture: images.RGB | None, mask: Any, method: str, prompt: str, seed: int, grow: float = 0, feather: float = 0
    ) -> tuple[images.RGB, str, str]:
        given = arguments(method, prompt, seed) | {"grow": grow, "feather": feather}
        call = _call(picture, masks.read(picture, None, mask), given)
        found: inpaint.Filled = call.run(engine)
        return found.image, ui.badge("inpaint", found), results.code(call)

    @ui.answers
    def collect(picture: images.RGB | None, painted: Any, uploaded: Any) -> Any:
        mask = masks.read(picture, painted, uploaded)
        return masks.canvas(picture, mask), mask.astype(np.uint8) * 255

    @ui.answers
    def invert(picture: images.RGB | None, painted: Any, uploaded: Any) -> Any:
        mask = ~masks.read(picture, painted, uploaded)
        return masks.canvas(picture, mask), mask.astype(np.uint8) * 255

    @ui.answers
    def save(picture: images.RGB | None, painted: Any, uploaded: Any) -> str:
        mask = masks.read(picture, painted, uploaded)
        return files.png(mask.astype(np.uint8) * 255, "mask", hole.saved)

    has_mask = gr.State(False)
    quietly: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}
    working: dict[str, Any] = {"outputs": shown.outputs, "show_progress": "minimal", "show_progress_on": shown.picture}
    one_at_a_time: dict[str, Any] = {**ui.MODEL_QUEUE}
    working |= {"api_visibility": "private", **one_at_a_time}
    shape = [hole.grow, hole.feather]
    handed = gr.State(time_to_live=3600)
    coming: dict[str, Any] = {
        "fn": arrive,
        "inputs": [picture, ready, handed, hole.keep, hole.canvas, hole.uploaded],
        **quietly,
    }
    coming["outputs"] = [hole.canvas, hole.uploaded, ready, has_mask, *shown.outputs]
    page.receives_holes("inpaint", handed, coming)
    example = picture.change(**coming).then(  # type: ignore[attr-defined]
        at_once, [has_mask, picture, hole.uploaded, *shape, *knobs.inputs, knobs.count], **working
    )
    changed = [hole.uploaded.upload, hole.uploaded.clear]
    gr.on(changed, take_mask, [picture, hole.uploaded, hole.canvas], hole.canvas, **quietly)
    drawn = [picture, hole.canvas, hole.uploaded]
    filling = hole.fill.click(paint, [*drawn, *shape, *knobs.inputs, knobs.count], **working)
    for button, change in ((hole.collect, collect), (hole.invert, invert)):
        button.click(change, drawn, [hole.canvas, hole.uploaded], **quietly)
    files.saves(hole.save, save, drawn, hole.saved, api_visibility="private")
    hole.stop.click(results.stopped, None, shown.badge, cancels=[example, filling], **quietly)
    # a brush's value is awkward to make outside a browser: programs send a picture and a mask
    gr.Button(visible=False).click(
        fill,
        [picture, hole.uploaded, *knobs.inputs, *shape],
        [shown.picture, shown.badge, shown.code],
        api_name="inpaint",
        **one_at_a_time,
    )


def _call(picture: images.RGB | None, mask: images.Mask, given: dict[str, Any]) -> ui.Call:
    """The call, without what changes nothing."""
    return ui.Call.of(
        inpaint.fill, picture, mask, **{n: v for n, v in given.items() if v or n not in ("grow", "feather")}
    )
