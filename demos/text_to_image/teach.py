"""Teach the model a new thing from a few pictures (LoRA), look at it at weight 0 and 1, keep it as a file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from core import generate
from core.engine import Engine
from core.generate import lora
from demos import ui
from demos.text_to_image import results
from demos.text_to_image.knobs import ID, DrawingControls
from demos.ui import t


def build(engine: Engine, knobs: DrawingControls) -> None:
    """Layout, handlers, wiring."""
    with gr.Row():
        with gr.Column(min_width=280):
            pictures = gr.File(
                label=t("text_to_image.lessons"), file_count="multiple", height=160, elem_id=f"{ID}-lessons",
            )  # fmt: skip
            word = gr.Textbox(label=t("text_to_image.word"), info=t("text_to_image.word_info"), max_lines=1,
                              elem_id=f"{ID}-word")  # fmt: skip
            steps = ui.labelled_slider(ID, "lesson_steps", 20, lora.MAX_STEPS, 200, 10)
            with gr.Row():
                teach_it = gr.Button(t("text_to_image.teach"), variant="primary", elem_id=f"{ID}-teach")
                stop = gr.Button(t("ui.stop"), elem_id=f"{ID}-stop-teaching")
        with gr.Column(min_width=280):
            shown = gr.Gallery(label=t("text_to_image.taught"), format="png", columns=2, height="auto",
                               interactive=False, visible=False, elem_classes="whole grown",
                               elem_id=f"{ID}-taught")  # fmt: skip
            badge = ui.badge_slot(f"{ID}-taught")
            code = ui.code_slot(f"{ID}-taught")

    @ui.report_errors
    def run_lora_training(
        pictures: list[str] | None, word: str, steps: int, seed: int, model: str
    ) -> Iterator[tuple[Any, ...]]:
        seen = [Path(path) for path in pictures or []]
        call = ui.Call.of(lora.train_lora, seen, word, steps=steps, seed=seed, model=model)

        def show_lesson(told: lora.LoraProgress | lora.Adapter) -> tuple[Any, ...]:
            if isinstance(told, lora.LoraProgress):
                said = ui.localise("text_to_image.lesson", index=told.index, total=told.total, loss=f"{told.loss:.3f}")
                return gr.skip(), ui.progress_bar(said, told.index, told.total), gr.skip(), gr.skip()
            said, used = ui.model_badge(generate.TASK, told), call.code('found.save(Path("lora.safetensors"))')
            return _draw_comparison(engine, told, seed), said, _save_adapter(told, knobs.adapter), used

        yield from results.stream_call(engine, call, show_lesson, 2)

    taught = teach_it.click(
        run_lora_training,
        [pictures, word, steps, knobs.seed, knobs.model],
        [shown, badge, knobs.adapter, code],
        api_name="teach",
        show_progress="minimal",
        show_progress_on=shown,
        **ui.MODEL_QUEUE,
    )
    results.cancel_on_click(stop, badge, [taught])


def _draw_comparison(engine: Engine, adapter: lora.Adapter, seed: int) -> gr.Gallery:
    """The taught words drawn without and with what was learnt, from the same noise."""
    drawn = []
    for weight in (0.0, 1.0):
        found = engine.run(
            generate.text_to_image, adapter.word, seed=seed, adapter=adapter, weight=weight, model=adapter.model
        )
        drawn.append((found.images[0], ui.localise("text_to_image.at_weight", weight=f"{weight:g}")))
    return gr.Gallery(drawn, visible=True)


def _save_adapter(adapter: lora.Adapter, component: gr.components.Component) -> str:
    folder = Path(component.GRADIO_CACHE) / "lora" / uuid.uuid4().hex
    folder.mkdir(parents=True)
    return str(adapter.save(folder / "lora.safetensors"))
