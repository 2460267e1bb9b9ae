"""Fill what the brush, or an uploaded mask, covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks, images, inpaint, texts
from core import masks as core_masks
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
    """The components of this half.

    Attributes:
        canvas: the editor to paint in.
        painted: what was in it when it was last read.
        fill: fills what is painted.
        stop: stops that.
        tools: what can be done with the mask.
        has_mask: whether the picture is an example that came with a mask.
        handed: a `SentMask`, or None.
    """

    canvas: gr.ImageEditor
    painted: ui.EditorContents
    fill: gr.Button
    stop: gr.Button
    tools: MaskTools
    has_mask: gr.State
    handed: gr.State


def layout_hole() -> HoleWidgets:
    """Editor, buttons, and what can be done with the mask."""
    canvas = _layout_editor()
    with gr.Row():
        fill = gr.Button(t("inpaint.fill"), variant="primary", elem_id="inpaint-fill")
        stop = gr.Button(t("ui.stop"), elem_id="inpaint-stop")
    painted, has_mask, handed = ui.EditorContents(visible=False), gr.State(False), gr.State(time_to_live=3600)
    return HoleWidgets(canvas, painted, fill, stop, tools.layout_mask_tools(), has_mask, handed)


def _layout_editor() -> gr.ImageEditor:
    """A brush and an eraser; no listeners, for each of them would send every stroke to the server."""
    empty: Any = t("inpaint.empty")  # typed as str, though it takes what every label takes
    hexadecimal = "#" + "".join(f"{channel:02x}" for channel in masks.INK)
    return gr.ImageEditor(
        label=t("inpaint.canvas"),
        layers=False,
        sources=(),
        transforms=(),
        brush=gr.Brush(default_size=18, colors=[(hexadecimal, masks.OPACITY)], color_mode="fixed"),
        eraser=gr.Eraser(default_size=18),
        format="png",
        height=340,
        placeholder=empty,
        elem_id="inpaint-canvas",
    )


@dataclass(frozen=True, eq=False)
class HoleHandlers:
    """A new picture fills the editor; the button, an example and a program fill the hole.

    Attributes:
        engine: runs the calls.
        hole: the left half.
        ready: the name of the example that comes, or nothing.
        shown: the right half.
    """

    engine: Engine
    hole: HoleWidgets
    ready: gr.components.Component
    shown: FillResults

    @ui.report_errors
    def fill_painted(
        self, picture: images.RGB | None, painted: dict[str, Any] | None, uploaded: Any,
        grow: float, feather: float, method: str, prompt: str, seed: int, count: int,
    ) -> Iterator[dict[Any, Any]]:  # fmt: skip
        """Progress, then the filled picture, once for each seed."""
        mask, shape = masks.read_mask(picture, painted, uploaded), {"grow": grow, "feather": feather}
        calls = [_fill_call(picture, mask, given | shape) for given in arguments_by_seed(method, prompt, seed, count)]
        yield from results.stream_fills(self.shown, self.engine, calls, picture)

    @ui.report_errors
    def fill_example(self, has_mask: bool, picture: images.RGB | None, *others: Any) -> Iterator[dict[Any, Any]]:
        """Fills an example that came with a mask; leaves any other picture alone."""
        if has_mask:
            yield from self.fill_painted(picture, None, *others)
        else:
            yield gr.skip()

    @ui.report_errors
    def show_new_picture(
        self, picture: images.RGB | None, ready: str | None, handed: SentMask | None,
        keep: bool, painted: dict[str, Any] | None, uploaded: Any,
    ) -> dict[Any, Any]:  # fmt: skip
        """The picture in the editor, with the mask of another tab, of its example, or of the picture before."""
        mask = None
        if picture is not None and handed is not None and handed[0] == images.hash_pixels(picture):
            mask = handed[1]
        elif picture is not None and ready:
            mask = example_mask(ready, picture.shape[:2])
        elif picture is not None and keep:
            mask = masks.keep_mask(picture, painted, uploaded)
        return {
            self.hole.canvas: masks.editor_value(picture, mask),
            self.hole.tools.uploaded: None if mask is None else core_masks.mask_to_alpha(mask),
            self.ready: None,
            self.hole.has_mask: bool(ready),
            **self.shown.empty_outputs(),
        }

    @ui.report_errors
    def fill_uploaded(
        self, picture: images.RGB | None, mask: Any, method: str, prompt: str = "", seed: int = 0,
        grow: float = 0, feather: float = 0,
    ) -> tuple[images.RGB, str, str]:  # fmt: skip
        """For programs, which send a picture and a mask: a brush's value is awkward to make outside a browser."""
        given = fill_arguments(method, prompt, seed) | {"grow": grow, "feather": feather}
        call = _fill_call(picture, masks.read_mask(picture, None, mask), given)
        found: inpaint.FillResult = call.run(self.engine)
        return found.image, results.fill_badge(found), results.fill_code(call)


def wire_hole(
    hole: HoleWidgets,
    engine: Engine,
    picture: ui.Picture,
    ready: gr.components.Component,
    knobs: FillControls,
    shown: FillResults,
    page: Page,
) -> None:
    """A new picture fills the editor; the button, an example and a program fill the hole."""
    handlers = HoleHandlers(engine, hole, ready, shown)
    ui.enable_when_filled(hole.fill, "ui.need_picture", picture)
    coming: dict[str, Any] = {
        "fn": handlers.show_new_picture,
        "inputs": [picture, ready, hole.handed, hole.tools.keep, hole.painted, hole.tools.uploaded],
        "outputs": [hole.canvas, hole.tools.uploaded, ready, hole.has_mask, *shown.outputs],
        **ui.QUIET,
    }
    page.receive_masks("inpaint", hole.handed, coming)
    _wire_filling(handlers, ui.read_editor([picture.change], hole.canvas, hole.painted).then(**coming), picture, knobs)
    tools.wire_mask_tools(hole.tools, picture, hole.canvas, hole.painted)
    gr.Button(visible=False).click(
        handlers.fill_uploaded,
        [picture, hole.tools.uploaded, *knobs.inputs, *hole.tools.shape_inputs],
        [shown.picture, shown.badge, shown.code],
        api_name="inpaint",
        **ui.MODEL_QUEUE,
    )


def _wire_filling(handlers: HoleHandlers, arrived: Any, picture: ui.Picture, knobs: FillControls) -> None:
    """An example is filled after it has `arrived`, what is painted at a press of the button."""
    hole, shown = handlers.hole, handlers.shown
    working: dict[str, Any] = {"outputs": shown.outputs, "show_progress": "minimal", "show_progress_on": shown.picture}
    working |= {"api_visibility": "private", **ui.MODEL_QUEUE}
    asked = [hole.tools.uploaded, *hole.tools.shape_inputs, *knobs.inputs, knobs.count]
    example = arrived.then(handlers.fill_example, [hole.has_mask, picture, *asked], **working)
    read = ui.read_editor([hole.fill.click], hole.canvas, hole.painted)
    filling = read.then(handlers.fill_painted, [picture, hole.painted, *asked], **working)
    ui.clear_on_failure(filling, [shown.picture, shown.badge, shown.compared, shown.mask, shown.code])
    hole.stop.click(results.stop_message, None, shown.badge, cancels=[example, filling], **ui.QUIET)


def example_mask(name: object, shape: tuple[int, int]) -> images.Mask:
    """What an example is shown without, bool (H, W) of that shape.

    Raises:
        InputError: there is no example of that name; a path is none.
    """
    known = {file.stem: file for file in EXAMPLE_MASKS.glob("*.png")}
    return images.to_mask(known[checks.choice("example", name, sorted(known))], shape)


def _fill_call(picture: images.RGB | None, mask: images.Mask, given: dict[str, Any]) -> ui.Call:
    """The call, without arguments that change nothing."""
    return ui.Call.of(
        inpaint.fill, picture, mask, **{n: v for n, v in given.items() if v or n not in ("grow", "feather")}
    )
