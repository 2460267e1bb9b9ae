"""Let the picture grow beyond its borders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks, images, inpaint
from core.engine import Engine
from demos import ui
from demos.inpaint import frame, results
from demos.inpaint.frame import SIDES
from demos.inpaint.knobs import FillControls, arguments_by_seed
from demos.inpaint.results import FillResults
from demos.ui import t

PREVIEW = 360

SmallPicture = tuple[images.RGB, tuple[int, int]]
"""The picture at most `PREVIEW` pixels long, and its own (H, W)."""


@dataclass(frozen=True)
class BorderWidgets:
    """The components of this half.

    Attributes:
        margins: a slider for each of `SIDES`.
        framed: the picture in its frame to be.
        size: its size now and then.
        extend: fills the frame.
        stop: stops that.
        small: a `SmallPicture`, or None.
    """

    margins: list[ui.Slider]
    framed: gr.Image
    size: gr.HTML
    extend: gr.Button
    stop: gr.Button
    small: gr.State


def layout_borders() -> BorderWidgets:
    """A slider for each side, the frame to be, buttons."""
    look: dict[str, Any] = {"step": 1, "min_width": 220}
    with gr.Row():
        margins = [
            ui.Slider(0, inpaint.MAX_MARGIN, 0, label=t(f"inpaint.{side}"), elem_id=f"inpaint-{side}", **look)
            for side in SIDES
        ]
    framed = gr.Image(
        label=t("inpaint.frame"), format="png", buttons=[], height=200, interactive=False, elem_id="inpaint-frame"
    )
    size = gr.HTML(elem_id="inpaint-size")
    with gr.Row():
        extend = gr.Button(t("inpaint.extend"), variant="primary", elem_id="inpaint-extend")
        stop = gr.Button(t("ui.stop"), elem_id="inpaint-stop-extending")
    return BorderWidgets(margins, framed, size, extend, stop, gr.State(None, time_to_live=3600))


@dataclass(frozen=True, eq=False)
class BorderHandlers:
    """The sliders draw the frame, the button fills it."""

    engine: Engine
    borders: BorderWidgets
    shown: FillResults

    def reset_borders(self, picture: images.RGB | None) -> dict[Any, Any]:
        """Sliders for the new picture, a quarter wider to both sides: a square photo becomes a wide one."""
        h, w = (0, 0) if picture is None else picture.shape[:2]
        limits = [min(inpaint.MAX_MARGIN, side) for side in (w, w, h, h)]
        values = [limit // 4 if side in ("left", "right") else 0 for side, limit in zip(SIDES, limits, strict=True)]
        sliders = [ui.Slider(maximum=max(1, limit), value=value) for limit, value in zip(limits, values, strict=True)]
        small = None if picture is None else (images.fit(picture, PREVIEW), (h, w))
        return {
            self.borders.small: small,
            **dict(zip(self.borders.margins, sliders, strict=True)),
            **self.show_frame(small, *values),
        }

    @ui.report_errors
    def show_frame(self, small: SmallPicture | None, *margins: float) -> dict[Any, Any]:
        """The frame to be, and its size; `margins` in the order of `SIDES`."""
        if small is None:
            return {self.borders.framed: None, self.borders.size: ""}
        given = zip(SIDES, margins, strict=True)
        left, right, top, bottom = (round(checks.number(side, margin, 0, inpaint.MAX_MARGIN)) for side, margin in given)
        h, w = small[1]
        sizes = {"width": w, "height": h, "new_width": w + left + right, "new_height": h + top + bottom}
        return {
            self.borders.framed: frame.draw_frame(*small, (left, right, top, bottom)),
            self.borders.size: ui.status_line(ui.localise("inpaint.grows", **sizes)),
        }

    @ui.report_errors
    def extend_picture(
        self, picture: images.RGB | None, left: int, right: int, top: int, bottom: int,
        method: str, prompt: str = "", seed: int = 0, count: int = 1,
    ) -> Iterator[dict[Any, Any]]:  # fmt: skip
        """Progress, then the larger picture, once for each seed."""
        given = {"left": left, "right": right, "top": top, "bottom": bottom}
        margins = {side: checks.integer(side, margin, 0, inpaint.MAX_MARGIN) for side, margin in given.items()}
        calls = [
            ui.Call.of(inpaint.outpaint, picture, **margins, **arguments)
            for arguments in arguments_by_seed(method, prompt, seed, count)
        ]
        before = None if picture is None else frame.draw_frame(picture, picture.shape[:2], tuple(margins.values()))
        yield from results.stream_fills(self.shown, self.engine, calls, before)


def wire_borders(
    borders: BorderWidgets, engine: Engine, picture: ui.Picture, knobs: FillControls, shown: FillResults
) -> None:
    """A new picture sets the sliders, they draw the frame, the button fills it."""
    handlers = BorderHandlers(engine, borders, shown)
    frames = [borders.framed, borders.size]
    ui.enable_when_filled(borders.extend, "ui.need_picture", picture)
    picture.change(handlers.reset_borders, picture, [borders.small, *borders.margins, *frames], **ui.QUIET)
    gr.on(
        [margin.input for margin in borders.margins],
        handlers.show_frame,
        [borders.small, *borders.margins],
        frames,
        api_visibility="private",
        **ui.LIVE,
    )
    working: dict[str, Any] = {"show_progress": "minimal", "show_progress_on": shown.picture, **ui.MODEL_QUEUE}
    inputs = [picture, *borders.margins, *knobs.inputs, knobs.count]
    growing = borders.extend.click(handlers.extend_picture, inputs, shown.outputs, api_name="outpaint", **working)
    ui.clear_on_failure(growing, [shown.picture, shown.badge, shown.compared, shown.mask, shown.code])
    borders.stop.click(results.stop_message, None, shown.badge, cancels=[growing], **ui.QUIET)
