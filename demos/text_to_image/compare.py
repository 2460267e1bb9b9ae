"""Side by side: one knob or two turned step by step with everything else alike, or one prompt becoming another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import gradio as gr

from core import images
from core.engine import Engine
from core.generate import png_metadata, sweeps
from demos import ui
from demos.text_to_image import results
from demos.text_to_image.knobs import ID, DrawingControls, drawing_arguments, explicit_steps
from demos.text_to_image.start import StartWidgets
from demos.ui import files, t

NONE = "none"
WHOLE, REAL = ("steps", "seed", "size"), ("guidance", "weight", "strength")
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
CaptionedFiles = list[tuple[str, str]]
"""Files of pictures and what is written under them."""


def build(engine: Engine, start: StartWidgets, knobs: DrawingControls) -> None:
    """Layout, handlers, wiring."""
    choices = [(t(f"text_to_image.{name}"), name) for name in DEFAULTS]
    none: tuple[Any, str] = (t("text_to_image.no_rows"), NONE)
    with gr.Row():
        x = ui.Dropdown(choices, value="guidance", label=t("text_to_image.columns"), elem_id=f"{ID}-x")
        across = _values_textbox("x", DEFAULTS["guidance"])
        y = ui.Dropdown([none, *choices], value=NONE, label=t("text_to_image.rows"), elem_id=f"{ID}-y")
        down = _values_textbox("y", "")
    with gr.Row():
        sweep_it = gr.Button(t("text_to_image.sweep"), variant="primary", elem_id=f"{ID}-sweep")
        second = gr.Textbox(label=t("text_to_image.second"), max_lines=1, elem_id=f"{ID}-second")
        mix_it = gr.Button(t("text_to_image.interpolate"), elem_id=f"{ID}-interpolate")
        stop = gr.Button(t("ui.stop"), elem_id=f"{ID}-stop-sweep")
    shown = gr.Gallery(label=t("text_to_image.compared"), format="png", columns=5, height="auto", interactive=False,
                       visible=False, elem_classes="whole grown", elem_id=f"{ID}-compared")  # fmt: skip
    badge = ui.badge_slot(f"{ID}-compared")
    code = ui.code_slot(f"{ID}-compared")

    @ui.report_errors
    def draw_sweep(
        prompt: str, negative: str, x: str, across: str, y: str, down: str, picture: images.RGB | None,
        model: str, steps: int, guidance: float, size: int, seed: int, sampler: str,
        adapter: str | None = None, weight: float = 1,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        strong = "strength" in (x, y) and picture is not None
        steps_ = explicit_steps(model, steps) if strong else steps
        given = drawing_arguments(model, steps_, guidance, size, seed, 1, sampler, adapter, weight) | {
            "negative": negative
        }
        axes = {"x": (x, parse_values(x, across))} | ({} if y == NONE else {"y": (y, parse_values(y, down))})
        if strong:
            given["image"] = picture
        yield from stream_cells(engine, ui.Call.of(sweeps.sweep_parameters, prompt, **axes, **given), shown)

    @ui.report_errors
    def draw_interpolation(
        prompt: str, second: str, negative: str, model: str, steps: int, guidance: float, size: int, seed: int,
        sampler: str, adapter: str | None = None, weight: float = 1,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        given = drawing_arguments(model, steps, guidance, size, seed, 7, sampler, adapter, weight) | {
            "negative": negative
        }
        yield from stream_cells(engine, ui.Call.of(sweeps.interpolate_prompts, prompt, second, **given), shown)

    @ui.report_errors
    def draw_strengths(
        picture: images.RGB | None, prompt: str, negative: str, model: str, steps: int, guidance: float, size: int,
        seed: int, sampler: str, adapter: str | None = None, weight: float = 1,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        given = drawing_arguments(
            model, explicit_steps(model, steps), guidance, size, seed, 1, sampler, adapter, weight
        )
        axis = ("strength", parse_values("strength", DEFAULTS["strength"]))
        call = ui.Call.of(sweeps.sweep_parameters, prompt, x=axis, image=picture, negative=negative, **given)
        yield from stream_cells(engine, call, shown)

    x.input(DEFAULTS.get, x, across, **ui.QUIET)
    y.input(lambda name: DEFAULTS.get(name, ""), y, down, **ui.QUIET)
    outputs = [shown, badge, code]
    words, alike = [start.prompt, start.negative], [knob for knob in knobs.inputs if knob is not knobs.count]
    asked: list[tuple[Any, Any, list[Any], str]] = [
        ([sweep_it.click], draw_sweep, [*words, x, across, y, down, start.picture, *alike], "sweep"),
        (
            [mix_it.click, second.submit],
            draw_interpolation,
            [start.prompt, second, start.negative, *alike],
            "interpolate",
        ),
        ([start.strip.click], draw_strengths, [start.picture, *words, *alike], "strength_strip"),
    ]
    running = [gr.on(on, fn, given, outputs, api_name=name, **ui.MODEL_QUEUE) for on, fn, given, name in asked]
    results.cancel_on_click(stop, badge, running)
    results.cancel_on_click(start.stop, badge, running[-1:])


def parse_values(knob: str, text: str) -> list[Any]:
    """The values that were written: prompts with | between them, everything else with commas.

    >>> values("steps", "1, 2,4"), values("prompt", "a cat | a dog"), values("guidance", "1.5 x")
    ([1, 2, 4], ['a cat', 'a dog'], ['1.5 x'])
    """
    parts = [part.strip() for part in re.split(r"\||\n" if knob in ("prompt", "negative") else r"[,|\n]", str(text))]
    return [_parse_number(knob, part) for part in parts if part]


def _parse_number(knob: str, part: str) -> Any:
    """A number where the knob takes one; what is none goes on as it is, and is refused with a sentence."""
    kind = int if knob in WHOLE else float if knob in REAL else str
    try:
        return kind(part)
    except ValueError:
        return part


def stream_cells(engine: Engine, call: ui.Call, component: gr.Gallery) -> Iterator[tuple[Any, ...]]:
    """Gallery, badge and code: the pictures as they are done, each with what is its own."""
    done: CaptionedFiles = []
    columns = len(call.kwargs["x"][1]) if "x" in call.kwargs else call.kwargs["count"]

    def show_cell(told: sweeps.SweepCell | sweeps.Sweep) -> tuple[Any, ...]:
        if isinstance(told, sweeps.Sweep):
            return gr.skip(), ui.model_badge(ID, told), call.code("found.images[0][0]  # rows of uint8 (H, W, 3)")
        done.append((_save_cell(told, call, component), _cell_caption(told)))
        said = ui.localise("text_to_image.cell", index=told.index, total=told.total)
        gallery = gr.Gallery(list(done), visible=True, columns=columns)
        return gallery, ui.progress_bar(said, told.index, told.total), gr.skip()

    yield from results.stream_call(engine, call, show_cell, 1)


def _save_cell(cell: sweeps.SweepCell, call: ui.Call, component: gr.Gallery) -> str:
    """The picture as a PNG that remembers how it was drawn, where a single call can draw it again."""
    facts = {"prompt": call.args[0], **call.kwargs, **cell.values, "count": 1} if "share" not in cell.values else {}
    return files.save_bytes(png_metadata.embed_parameters(cell.image, facts), results.PNG, component)


def _cell_caption(cell: sweeps.SweepCell) -> str:
    """The knobs and their values, in the visitor's language; a prompt says enough alone."""
    if list(cell.values) == ["prompt"]:
        return str(cell.values["prompt"])
    pairs = [(ui.localise(f"text_to_image.{knob}"), value) for knob, value in cell.values.items()]
    return ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in pairs)


def _values_textbox(axis: str, text: str) -> gr.Textbox:
    label, info = t("text_to_image.values"), t("text_to_image.values_info")
    return gr.Textbox(text, label=label, info=info, max_lines=1, elem_id=f"{ID}-{axis}-values")
