"""What can this model draw? Prompts with pictures that the chosen model draws on the spot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from core.engine import Engine
from core.generate import sweeps
from demos import ui
from demos.text_to_image import compare, results
from demos.text_to_image.knobs import ID
from demos.ui import t

PROMPTS = (
    "a cat", "a dog face", "a red apple", "a slice of pizza", "a rocket", "a rainbow", "an angry face", "a red heart",
    "a sunflower, fluent style", "a guitar, twemoji style", "a penguin, light blue background", "a cat left of a pizza",
)  # fmt: skip


def build(engine: Engine, prompt: gr.Textbox, model: gr.Dropdown) -> None:
    """Layout, handlers, wiring."""
    with gr.Row():
        draw = gr.Button(t("text_to_image.draw_gallery"), elem_id=f"{ID}-draw-gallery")
        stop = gr.Button(t("ui.stop"), elem_id=f"{ID}-stop-gallery")
    shown = gr.Gallery(label=t("text_to_image.gallery"), format="png", columns=6, height="auto",
                       interactive=False, visible=False, allow_preview=False,
                       elem_classes="strip", elem_id=f"{ID}-gallery")  # fmt: skip
    badge = ui.badge_slot(f"{ID}-gallery")
    code = ui.code_slot(f"{ID}-gallery")

    @ui.report_errors
    def draw_prompts(model: str) -> Iterator[tuple[Any, ...]]:
        call = ui.Call.of(sweeps.sweep_parameters, "", x=("prompt", list(PROMPTS)), seed=1, model=model)
        yield from compare.stream_cells(engine, call, shown)

    def take_prompt(event: gr.SelectData) -> Any:
        at = event.index if isinstance(event.index, int) else -1
        return PROMPTS[at] if 0 <= at < len(PROMPTS) else gr.skip()

    drawing = draw.click(draw_prompts, model, [shown, badge, code], api_name="prompt_gallery", **ui.MODEL_QUEUE)
    shown.select(take_prompt, None, prompt, **ui.QUIET)
    results.cancel_on_click(stop, badge, [drawing])
