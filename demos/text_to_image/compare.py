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
from demos.text_to_image.knobs import ID, Knobs, arguments, raised
from demos.text_to_image.start import Start
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
Shown = list[tuple[str, str]]
"""Files of pictures and what is written under them."""


def build(engine: Engine, start: Start, knobs: Knobs) -> None:
    """Layout, handlers, wiring."""
    choices = [(t(f"text_to_image.{name}"), name) for name in DEFAULTS]
    none: tuple[Any, str] = (t("text_to_image.no_rows"), NONE)
    with gr.Row():
        x = ui.Dropdown(choices, value="guidance", label=t("text_to_image.columns"), elem_id=f"{ID}-x")
        across = _values("x", DEFAULTS["guidance"])
        y = ui.Dropdown([none, *choices], value=NONE, label=t("text_to_image.rows"), elem_id=f"{ID}-y")
        down = _values("y", "")
    with gr.Row():
        sweep_it = gr.Button(t("text_to_image.sweep"), variant="primary", elem_id=f"{ID}-sweep")
        second = gr.Textbox(label=t("text_to_image.second"), max_lines=1, elem_id=f"{ID}-second")
        mix_it = gr.Button(t("text_to_image.interpolate"), elem_id=f"{ID}-interpolate")
        stop = gr.Button(t("ui.stop"), elem_id=f"{ID}-stop-sweep")
    shown = gr.Gallery(label=t("text_to_image.compared"), format="png", columns=5, height="auto", interactive=False,
                       visible=False, elem_classes="whole grown", elem_id=f"{ID}-compared")  # fmt: skip
    badge = ui.badge_slot(f"{ID}-compared")
    code = ui.code_slot(f"{ID}-compared")

    @ui.answers
    def sweep(
        prompt: str, negative: str, x: str, across: str, y: str, down: str, picture: images.RGB | None,
        model: str, steps: int, guidance: float, size: int, seed: int, sampler: str,
        adapter: str | None = None, weight: float = 1,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        strong = "strength" in (x, y) and picture is not None
        steps_ = raised(model, steps) if strong else steps
        given = arguments(model, steps_, guidance, size, seed, 1, sampler, adapter, weight) | {"negative": negative}
        axes = {"x": (x, values(x, across))} | ({} if y == NONE else {"y": (y, values(y, down))})
        if strong:
            given["image"] = picture
        yield from follow(engine, ui.Call.of(sweeps.sweep, prompt, **axes, **given), shown)

    @ui.answers
    def mix(
        prompt: str, second: str, negative: str, model: str, steps: int, guidance: float, size: int, seed: int,
        sampler: str, adapter: str | None = None, weight: float = 1,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        given = arguments(model, steps, guidance, size, seed, 7, sampler, adapter, weight) | {"negative": negative}
        yield from follow(engine, ui.Call.of(sweeps.interpolate, prompt, second, **given), shown)

    @ui.answers
    def strip(
        picture: images.RGB | None, prompt: str, negative: str, model: str, steps: int, guidance: float, size: int,
        seed: int, sampler: str, adapter: str | None = None, weight: float = 1,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        given = arguments(model, raised(model, steps), guidance, size, seed, 1, sampler, adapter, weight)
        axis = ("strength", values("strength", DEFAULTS["strength"]))
        call = ui.Call.of(sweeps.sweep, prompt, x=axis, image=picture, negative=negative, **given)
        yield from follow(engine, call, shown)

    x.input(DEFAULTS.get, x, across, **ui.QUIET)
    y.input(lambda name: DEFAULTS.get(name, ""), y, down, **ui.QUIET)
    outputs = [shown, badge, code]
    words, alike = [start.prompt, start.negative], [knob for knob in knobs.inputs if knob is not knobs.count]
    asked: list[tuple[Any, Any, list[Any], str]] = [
        ([sweep_it.click], sweep, [*words, x, across, y, down, start.picture, *alike], "sweep"),
        ([mix_it.click, second.submit], mix, [start.prompt, second, start.negative, *alike], "interpolate"),
        ([start.strip.click], strip, [start.picture, *words, *alike], "strength_strip"),
    ]
    running = [gr.on(on, fn, given, outputs, api_name=name, **ui.MODEL_QUEUE) for on, fn, given, name in asked]
    results.cancels(stop, badge, running)
    results.cancels(start.stop, badge, running[-1:])


def values(knob: str, text: str) -> list[Any]:
    """The values that were written: prompts with | between them, everything else with commas.

    >>> values("steps", "1, 2,4"), values("prompt", "a cat | a dog"), values("guidance", "1.5 x")
    ([1, 2, 4], ['a cat', 'a dog'], ['1.5 x'])
    """
    parts = [part.strip() for part in re.split(r"\||\n" if knob in ("prompt", "negative") else r"[,|\n]", str(text))]
    return [_number(knob, part) for part in parts if part]


def _number(knob: str, part: str) -> Any:
    """A number where the knob takes one; what is none goes on as it is, and is refused with a sentence."""
    kind = int if knob in WHOLE else float if knob in REAL else str
    try:
        return kind(part)
    except ValueError:
        return part


def follow(engine: Engine, call: ui.Call, component: gr.Gallery) -> Iterator[tuple[Any, ...]]:
    """Gallery, badge and code: the pictures as they are done, each with what is its own."""
    done: Shown = []
    columns = len(call.kwargs["x"][1]) if "x" in call.kwargs else call.kwargs["count"]

    def show(told: sweeps.Cell | sweeps.Sweep) -> tuple[Any, ...]:
        if isinstance(told, sweeps.Sweep):
            return gr.skip(), ui.badge(ID, told), call.code("found.images[0][0]  # rows of uint8 (H, W, 3)")
        done.append((_file(told, call, component), _caption(told)))
        said = ui.say("text_to_image.cell", index=told.index, total=told.total)
        gallery = gr.Gallery(list(done), visible=True, columns=columns)
        return gallery, ui.progress(said, told.index, told.total), gr.skip()

    yield from results.each(engine, call, show, 1)


def _file(cell: sweeps.Cell, call: ui.Call, component: gr.Gallery) -> str:
    """The picture as a PNG that remembers how it was drawn, where a single call can draw it again."""
    facts = {"prompt": call.args[0], **call.kwargs, **cell.values, "count": 1} if "share" not in cell.values else {}
    return files.data(png_metadata.png(cell.image, facts), results.PNG, component)


def _caption(cell: sweeps.Cell) -> str:
    """The knobs and their values, in the visitor's language; a prompt says enough alone."""
    if list(cell.values) == ["prompt"]:
        return str(cell.values["prompt"])
    pairs = [(ui.say(f"text_to_image.{knob}"), value) for knob, value in cell.values.items()]
    return ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in pairs)


def _values(axis: str, text: str) -> gr.Textbox:
    label, info = t("text_to_image.values"), t("text_to_image.values_info")
    return gr.Textbox(text, label=label, info=info, max_lines=1, elem_id=f"{ID}-{axis}-values")
