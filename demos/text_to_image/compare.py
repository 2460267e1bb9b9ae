"""Side by side: one knob or two turned step by step with everything else alike, or one prompt becoming another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import checks, images
from core.engine import Engine
from core.generate import sweeps
from core.generate.settings import KNOBS
from core.normalisation import normalise_text
from demos import ui
from demos.text_to_image import grid, streams
from demos.text_to_image.grid import PictureGrid
from demos.text_to_image.knobs import ID, DrawingControls, Outputs, drawing_arguments, free_steps
from demos.text_to_image.start import StartWidgets
from demos.ui import t

NONE = "none"
DEFAULTS = {
    "guidance": "1, 2, 3, 5, 8",
    "steps": "1, 2, 4, 8, 20",
    "seed": "0, 1, 2, 3, 4",
    "sampler": "ddim, euler, dpm++, unipc",
    "strength": "0.2, 0.4, 0.6, 0.8, 1",
    "weight": "0, 0.5, 1, 1.5",
    "prompt": "",
    "negative": "",
    "size": "",
}


@dataclass(frozen=True)
class CompareWidgets:
    """What the columns and the rows differ in, the second prompt, the buttons, and where the pictures come."""

    x: gr.Dropdown
    across: gr.Textbox
    y: gr.Dropdown
    down: gr.Textbox
    sweep: gr.Button
    second: gr.Textbox
    interpolate: gr.Button
    stop: gr.Button
    grid: PictureGrid


def layout_compare() -> CompareWidgets:
    """The axes, the buttons, the pictures."""
    choices: list[tuple[Any, str]] = [(t(f"text_to_image.{name}"), name) for name in DEFAULTS]
    none: tuple[Any, str] = (t("text_to_image.no_rows"), NONE)
    with gr.Row():
        x = ui.Dropdown(choices, value="guidance", label=t("text_to_image.columns"), elem_id=f"{ID}-x")
        across = _values_textbox("x", DEFAULTS["guidance"])
        y = ui.Dropdown([none, *choices], value=NONE, label=t("text_to_image.rows"), elem_id=f"{ID}-y")
        down = _values_textbox("y", "")
    with gr.Row():
        sweep = gr.Button(t("text_to_image.sweep"), variant="primary", elem_id=f"{ID}-sweep")
        second = gr.Textbox(label=t("text_to_image.second"), max_lines=1, elem_id=f"{ID}-second")
        interpolate = gr.Button(t("text_to_image.interpolate"), elem_id=f"{ID}-interpolate")
        stop = gr.Button(t("ui.stop"), elem_id=f"{ID}-stop-sweep")
    shown = grid.layout_grid("compared", t("text_to_image.compared"), 5, elem_classes="whole grown")
    return CompareWidgets(x, across, y, down, sweep, second, interpolate, stop, shown)


def _values_textbox(axis: str, text: str) -> gr.Textbox:
    label, info = t("text_to_image.values"), t("text_to_image.values_info")
    return gr.Textbox(text, label=label, info=info, max_lines=1, elem_id=f"{ID}-{axis}-values")


@dataclass(frozen=True)
class CompareHandlers:
    """What the buttons do; the knobs come by the names of `DrawSettings`."""

    engine: Engine
    shown: PictureGrid

    @ui.report_errors
    def draw_sweep(
        self, prompt: str, negative: str, x: str, across: str, y: str, down: str,
        picture: images.RGB | None = None, *,
        adapter: str | None = None, **knobs: Any,
    ) -> Iterator[Outputs]:  # fmt: skip
        """A picture for each value of one knob or two; from the page's picture where its strength is one of them."""
        from_picture = "strength" in (x, y) and picture is not None
        given = drawing_arguments(adapter, free_steps(knobs) if from_picture else knobs)
        given |= {"count": 1, "negative": negative} | ({"image": picture} if from_picture else {})
        axes = {"x": (x, parse_values(x, across))} | ({} if y == NONE else {"y": (y, parse_values(y, down))})
        call = ui.Call.of(sweeps.sweep_parameters, prompt, **axes, **given)
        yield from grid.stream_cells(self.engine, call, self.shown)

    @ui.report_errors
    def draw_interpolation(
        self, prompt: str, second: str, negative: str, *, adapter: str | None = None, **knobs: Any
    ) -> Iterator[Outputs]:
        """What lies between two prompts."""
        given = drawing_arguments(adapter, knobs) | {"count": sweeps.DEFAULT_SHARES, "negative": negative}
        call = ui.Call.of(sweeps.interpolate_prompts, prompt, second, **given)
        yield from grid.stream_cells(self.engine, call, self.shown)

    @ui.report_errors
    def draw_strengths(
        self, picture: images.RGB | None, prompt: str, negative: str, *, adapter: str | None = None, **knobs: Any
    ) -> Iterator[Outputs]:
        """The page's picture drawn anew at several strengths."""
        axis = ("strength", parse_values("strength", DEFAULTS["strength"]))
        given = {"negative": negative, **drawing_arguments(adapter, free_steps(knobs)), "count": 1}
        call = ui.Call.of(sweeps.sweep_parameters, prompt, x=axis, image=picture, **given)
        yield from grid.stream_cells(self.engine, call, self.shown)


def wire_compare(compare: CompareWidgets, engine: Engine, start: StartWidgets, controls: DrawingControls) -> None:
    """An axis brings usual values; the buttons draw with every other knob of the page."""
    handlers, shown = CompareHandlers(engine, compare.grid), compare.grid
    compare.x.input(usual_values, compare.x, compare.across, **ui.QUIET)
    compare.y.input(usual_values, compare.y, compare.down, **ui.QUIET)
    # an axis of prompts brings its own
    own = dict.fromkeys((compare.x, compare.y), "prompt")
    ui.enable_when_filled(compare.sweep, "ui.need_prompt", start.prompt, unless=own)
    ui.enable_when_filled(compare.interpolate, "ui.need_two", start.prompt, compare.second)
    axes = [compare.x, compare.across, compare.y, compare.down]
    between = [start.prompt, compare.second, start.negative]
    asked: list[tuple[Any, Callable[..., Any], list[Any], str]] = [
        ([compare.sweep.click], handlers.draw_sweep, [*start.words, *axes, start.picture], "sweep"),
        ([compare.interpolate.click, compare.second.submit], handlers.draw_interpolation, between, "interpolate"),
        ([start.strip.click], handlers.draw_strengths, [start.picture, *start.words], "strength_strip"),
    ]
    alike = {name: widget for name, widget in controls.by_name.items() if name != "count"}
    working: dict[str, Any] = {"inputs_kwargs": alike, **ui.MODEL_QUEUE}
    running = [gr.on(on, fn, given, shown.outputs, api_name=name, **working) for on, fn, given, name in asked]
    streams.cancel_on_click(compare.stop, shown.badge, running)
    streams.cancel_on_click(start.stop, shown.badge, running[-1:])


@ui.report_errors
def usual_values(knob: str) -> str:
    """Values that are worth a look, as they are written; none where there are no rows."""
    return DEFAULTS.get(checks.choice("knob", knob, (NONE, *DEFAULTS)), "")


def parse_values(knob: str, text: str) -> list[Any]:
    """The values that were written: prompts with | between them, everything else with commas.

    >>> parse_values("steps", "1, 2,4"), parse_values("prompt", "a cat | a dog"), parse_values("guidance", "1.5 x")
    ([1, 2, 4], ['a cat', 'a dog'], ['1.5 x'])
    """
    said = normalise_text(str(text))
    parts = [part.strip() for part in re.split(r"\||\n" if knob in ("prompt", "negative") else r"[,|\n]", said)]
    return [_parse_number(knob, part) for part in parts if part]


def _parse_number(knob: str, part: str) -> Any:
    """A number where the knob takes one; what is none goes on as it is, and is refused with a sentence."""
    # a program may send a knob that is no text, which has no place in a mapping either
    kind = KNOBS[knob].kind if isinstance(knob, str) and knob in KNOBS else str
    try:
        return kind(part) if kind in (int, float) else part
    except ValueError:
        return part
