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
from demos.inpaint.knobs import FillControls, arguments_by_seed, fill_arguments
from demos.inpaint.results import FillResults
from demos.inpaint.tools import MaskTools
from demos.page import Page
from demos.ui import t

EXAMPLE_MASKS = texts.ASSETS / "samples" / "masks"


SentMask = tuple[str, images.Mask]
"""A mask from another tab: the digest of the picture that it belongs to, and the mask bool (H, W)."""


@dataclass(frozen=True)
class HoleWidgets:
    """The widgets."""

    canvas: gr.ImageEditor
    tools: MaskTools
    fill: gr.Button
    stop: gr.Button


def layout_hole() -> HoleWidgets:
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
    return HoleWidgets(canvas, tools.layout_mask_tools(), fill, stop)


def wire_hole(
    engine: Engine,
    hole: HoleWidgets,
    picture: ui.Picture,
    ready: gr.components.Component,
    knobs: FillControls,
    shown: FillResults,
    page: Page,
) -> None:
    """A new picture fills the editor; the button, an example and a program fill the hole."""

    @ui.report_errors
    def fill_painted(
        picture: images.RGB | None, painted: dict[str, Any] | None, uploaded: Any,
        grow: float, feather: float, method: str, prompt: str, seed: int, count: int,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        mask, shape = masks.read_mask(picture, painted, uploaded), {"grow": grow, "feather": feather}
        calls = [_fill_call(picture, mask, given | shape) for given in arguments_by_seed(method, prompt, seed, count)]
        yield from results.stream_fills(engine, calls, picture)

    @ui.report_errors
    def fill_example(has_mask: bool, picture: images.RGB | None, *others: Any) -> Iterator[tuple[Any, ...]]:
        if has_mask:
            yield from fill_painted(picture, None, *others)
        else:
            yield tuple(gr.skip() for _ in shown.outputs)

    working: dict[str, Any] = {"outputs": shown.outputs, "show_progress": "minimal", "show_progress_on": shown.picture}
    working |= {"api_visibility": "private", **ui.MODEL_QUEUE}
    asked = [hole.tools.uploaded, *hole.tools.shape_inputs, *knobs.inputs, knobs.count]
    has_mask, arrived = _wire_new_picture(hole, picture, ready, shown, page)
    example = arrived.then(fill_example, [has_mask, picture, *asked], **working)
    filling = hole.fill.click(fill_painted, [picture, hole.canvas, *asked], **working)
    hole.stop.click(results.stop_message, None, shown.badge, cancels=[example, filling], **ui.QUIET)
    tools.wire_mask_tools(hole.tools, picture, hole.canvas)
    _add_api_event(engine, hole, picture, knobs, shown)


def _wire_new_picture(
    hole: HoleWidgets, picture: ui.Picture, ready: gr.components.Component, shown: FillResults, page: Page
) -> tuple[gr.State, Any]:
    """A new picture, with the mask of its example, of another tab or of the picture before.

    Returns:
        Whether it is an example with a mask, and the event.
    """

    @ui.report_errors
    def show_new_picture(
        picture: images.RGB | None, ready: str | None, handed: SentMask | None,
        keep: bool, painted: dict[str, Any] | None, uploaded: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        mask = (
            images.to_mask(EXAMPLE_MASKS / f"{ready}.png", picture.shape[:2]) if picture is not None and ready else None
        )
        if mask is None and keep and picture is not None:
            mask = masks.keep_mask(picture, painted, uploaded)
        if picture is not None and handed is not None and handed[0] == images.hash_pixels(picture):
            mask = handed[1]
        shown_mask = None if mask is None else tools.mask_picture(mask)
        return masks.editor_value(picture, mask), shown_mask, None, bool(ready), *results.empty_fill_outputs()

    has_mask, handed = gr.State(False), gr.State(time_to_live=3600)
    coming: dict[str, Any] = {
        "fn": show_new_picture,
        "inputs": [picture, ready, handed, hole.tools.keep, hole.canvas, hole.tools.uploaded],
        "outputs": [hole.canvas, hole.tools.uploaded, ready, has_mask, *shown.outputs],
        **ui.QUIET,
    }
    page.receive_masks("inpaint", handed, coming)
    return has_mask, picture.change(**coming)


def _add_api_event(
    engine: Engine, hole: HoleWidgets, picture: ui.Picture, knobs: FillControls, shown: FillResults
) -> None:
    """For programs, which send a picture and a mask: a brush's value is awkward to make outside a browser."""

    @ui.report_errors
    def fill_uploaded(
        picture: images.RGB | None, mask: Any, method: str, prompt: str, seed: int, grow: float = 0, feather: float = 0
    ) -> tuple[images.RGB, str, str]:
        given = fill_arguments(method, prompt, seed) | {"grow": grow, "feather": feather}
        call = _fill_call(picture, masks.read_mask(picture, None, mask), given)
        found: inpaint.FillResult = call.run(engine)
        return found.image, results.fill_badge(found), results.fill_code(call)

    gr.Button(visible=False).click(
        fill_uploaded,
        [picture, hole.tools.uploaded, *knobs.inputs, *hole.tools.shape_inputs],
        [shown.picture, shown.badge, shown.code],
        api_name="inpaint",
        **ui.MODEL_QUEUE,
    )


def _fill_call(picture: images.RGB | None, mask: images.Mask, given: dict[str, Any]) -> ui.Call:
    """The call, without what changes nothing."""
    return ui.Call.of(
        inpaint.fill, picture, mask, **{n: v for n, v in given.items() if v or n not in ("grow", "feather")}
    )
