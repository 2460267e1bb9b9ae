"""Side by side: one knob or two turned step by step with everything else alike, or one prompt becoming another."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from core import images, sweeps
from core.engine import Engine
from demos import ui
from demos.text_to_image import results
from demos.text_to_image.knobs import ID, Knobs, arguments
from demos.text_to_image.start import Start
from demos.ui import t

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
    "size": "128, 192",
}


def build(engine: Engine, start: Start, knobs: Knobs, quietly: dict[str, Any]) -> None:
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
        given = arguments(model, steps, guidance, size, seed, 1, sampler, adapter, weight) | {"negative": negative}
        axes = {"x": (x, values(x, across))} | ({} if y == NONE else {"y": (y, values(y, down))})
        if "strength" in (x, y) and picture is not None:
            given["image"] = picture
        yield from follow(engine, ui.Call.of(sweeps.sweep, prompt, **axes, **given), _values_of)

    @ui.answers
    def mix(prompt: str, second: str, model: str, steps: int, guidance: float, seed: int) -> Iterator[tuple[Any, ...]]:
        knobs = {"model": model, "steps": steps, "guidance": guidance, "seed": seed}
        yield from follow(engine, ui.Call.of(sweeps.interpolate, prompt, second, **knobs), _values_of)

    @ui.answers
    def strip(
        picture: images.RGB | None, prompt: str, model: str, steps: int, guidance: float, size: int, seed: int
    ) -> Iterator[tuple[Any, ...]]:
        given = arguments(model, steps, guidance, size, seed)
        axis = ("strength", values("strength", DEFAULTS["strength"]))
        yield from follow(engine, ui.Call.of(sweeps.sweep, prompt, axis, image=picture, **given), _values_of)

    x.input(DEFAULTS.get, x, across, **quietly)
    y.input(lambda name: DEFAULTS.get(name, ""), y, down, **quietly)
    outputs = [shown, badge, code]
    alike = [knobs.model, knobs.steps, knobs.guidance, knobs.size, knobs.seed, knobs.sampler, knobs.adapter,
             knobs.weight]  # fmt: skip
    swept = sweep_it.click(
        sweep,
        [start.prompt, start.negative, x, across, y, down, start.picture, *alike],
        outputs,
        api_name="sweep",
        **ui.MODEL_QUEUE,
    )
    mixed = gr.on(
        [mix_it.click, second.submit],
        mix,
        [start.prompt, second, knobs.model, knobs.steps, knobs.guidance, knobs.seed],
        outputs,
        api_name="interpolate",
        **ui.MODEL_QUEUE,
    )
    stripped = start.strip.click(
        strip,
        [start.picture, start.prompt, knobs.model, knobs.steps, knobs.guidance, knobs.size, knobs.seed],
        outputs,
        api_name="strength_strip",
        **ui.MODEL_QUEUE,
    )
    stop.click(
        lambda: results.line(ui.say("errors.cancelled")), None, badge, cancels=[swept, mixed, stripped], **quietly
    )


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


def follow(
    engine: Engine, call: ui.Call, caption: Callable[[sweeps.Cell], str], columns: int | None = None
) -> Iterator[tuple[Any, ...]]:
    """Gallery, badge and code: the pictures as they are done, in as many columns as the first knob has values."""
    done: list[tuple[images.RGB, str]] = []
    yield gr.skip(), results.line(ui.say("text_to_image.starting")), gr.skip()
    for told in call.stream(engine):
        if isinstance(told, sweeps.Cell):
            done.append((told.image, html.escape(caption(told))))
            said = ui.say("text_to_image.cell", index=told.index, total=told.total)
            yield gr.Gallery(list(done), visible=True), results.progress(said, told.index, told.total), gr.skip()
        else:
            gallery = gr.Gallery(columns=columns or len(told.x[1]), visible=True)
            yield gallery, ui.badge(ID, told), call.code("found.images[0][0]  # rows of uint8 (H, W, 3)")


def _values_of(cell: sweeps.Cell) -> str:
    return ", ".join(f"{knob} {value}" for knob, value in cell.values.items())


def _values(axis: str, text: str) -> gr.Textbox:
    label, info = t("text_to_image.values"), t("text_to_image.values_info")
    return gr.Textbox(text, label=label, info=info, max_lines=1, elem_id=f"{ID}-{axis}-values")
