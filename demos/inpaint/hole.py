"""Fill what the brush, or an uploaded mask, covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import images, inpaint, texts
from core.engine import Engine
from demos import ui
from demos.inpaint import mask as masks
from demos.inpaint import results, tools
from demos.inpaint.knobs import Knobs, arguments, several
from demos.inpaint.results import Results
from demos.inpaint.tools import Tools
from demos.page import Page
from demos.ui import t

READY = texts.ASSETS / "samples" / "masks"


Handed = tuple[str, images.Mask]
"""A mask from another tab: the digest of the picture that it belongs to, and the mask bool (H, W)."""


@dataclass(frozen=True)
class Hole:
    """The widgets."""

    canvas: gr.ImageEditor
    tools: Tools
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
    return Hole(canvas, tools.layout(), fill, stop)


def wire(
    engine: Engine,
    hole: Hole,
    picture: ui.Picture,
    ready: gr.components.Component,
    knobs: Knobs,
    shown: Results,
    page: Page,
) -> None:
    """A new picture fills the editor; the button, an example and a program fill the hole."""

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

    working: dict[str, Any] = {"outputs": shown.outputs, "show_progress": "minimal", "show_progress_on": shown.picture}
    working |= {"api_visibility": "private", **ui.MODEL_QUEUE}
    asked = [hole.tools.uploaded, *hole.tools.shape, *knobs.inputs, knobs.count]
    has_mask, arrived = _arriving(hole, picture, ready, shown, page)
    example = arrived.then(at_once, [has_mask, picture, *asked], **working)
    filling = hole.fill.click(paint, [picture, hole.canvas, *asked], **working)
    hole.stop.click(results.stopped, None, shown.badge, cancels=[example, filling], **ui.QUIET)
    tools.wire(hole.tools, picture, hole.canvas)
    _serve(engine, hole, picture, knobs, shown)


def _arriving(
    hole: Hole, picture: ui.Picture, ready: gr.components.Component, shown: Results, page: Page
) -> tuple[gr.State, Any]:
    """A new picture, with the mask of its example, of another tab or of the picture before.

    Returns:
        Whether it is an example with a mask, and the event.
    """

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
        shown_mask = None if mask is None else tools.as_picture(mask)
        return masks.canvas(picture, mask), shown_mask, None, bool(ready), *results.nothing()

    has_mask, handed = gr.State(False), gr.State(time_to_live=3600)
    coming: dict[str, Any] = {
        "fn": arrive,
        "inputs": [picture, ready, handed, hole.tools.keep, hole.canvas, hole.tools.uploaded],
        "outputs": [hole.canvas, hole.tools.uploaded, ready, has_mask, *shown.outputs],
        **ui.QUIET,
    }
    page.receives_holes("inpaint", handed, coming)
    return has_mask, picture.change(**coming)


def _serve(engine: Engine, hole: Hole, picture: ui.Picture, knobs: Knobs, shown: Results) -> None:
    """For programs, which send a picture and a mask: a brush's value is awkward to make outside a browser."""

    @ui.answers
    def fill(
        picture: images.RGB | None, mask: Any, method: str, prompt: str, seed: int, grow: float = 0, feather: float = 0
    ) -> tuple[images.RGB, str, str]:
        given = arguments(method, prompt, seed) | {"grow": grow, "feather": feather}
        call = _call(picture, masks.read(picture, None, mask), given)
        found: inpaint.Filled = call.run(engine)
        return found.image, results.badge(found), results.code(call)

    gr.Button(visible=False).click(
        fill,
        [picture, hole.tools.uploaded, *knobs.inputs, *hole.tools.shape],
        [shown.picture, shown.badge, shown.code],
        api_name="inpaint",
        **ui.MODEL_QUEUE,
    )


def _call(picture: images.RGB | None, mask: images.Mask, given: dict[str, Any]) -> ui.Call:
    """The call, without what changes nothing."""
    return ui.Call.of(
        inpaint.fill, picture, mask, **{n: v for n, v in given.items() if v or n not in ("grow", "feather")}
    )
