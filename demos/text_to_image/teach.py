"""Teach the model a new thing from a few pictures (LoRA), look at it at weight 0 and 1, keep it as a file."""

from __future__ import annotations

import contextlib
import functools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from markupsafe import escape

from core import generate, images
from core.checks import list_names
from core.engine import Engine
from core.errors import InputError
from core.generate import lora
from demos import ui
from demos.text_to_image import grid, streams
from demos.text_to_image.grid import PictureGrid
from demos.text_to_image.knobs import ID, DrawingControls, Outputs
from demos.ui import t


@dataclass(frozen=True)
class TeachWidgets:
    """The lesson, the buttons, and where the pictures come."""

    pictures: gr.File
    word: gr.Textbox
    steps: gr.Slider
    teach: gr.Button
    stop: gr.Button
    grid: PictureGrid


def layout_teach() -> TeachWidgets:
    """The lesson on the left, what was learnt on the right."""
    with gr.Row():
        with gr.Column(min_width=280):
            pictures = gr.File(
                label=t("text_to_image.lessons"), file_count="multiple", height=160, elem_id=f"{ID}-lessons",
            )  # fmt: skip
            word = gr.Textbox(label=t("text_to_image.word"), info=t("text_to_image.word_info"), max_lines=1,
                              elem_id=f"{ID}-word")  # fmt: skip
            steps = ui.labelled_slider(ID, "lesson_steps", 20, lora.MAX_STEPS, 200, 10)
            with gr.Row():
                teach = gr.Button(t("text_to_image.teach"), variant="primary", elem_id=f"{ID}-teach")
                stop = gr.Button(t("ui.stop"), elem_id=f"{ID}-stop-teaching")
        with gr.Column(min_width=280):
            shown = grid.layout_grid("taught", t("text_to_image.taught"), 2, elem_classes="whole grown")
    ui.enable_when_filled(teach, "ui.need_lesson", pictures, word)
    return TeachWidgets(pictures, word, steps, teach, stop, shown)


@dataclass(frozen=True)
class TeachHandlers:
    """What the button does; `adapter` is where the drawings take their LoRA from."""

    engine: Engine
    shown: PictureGrid
    adapter: gr.File

    @ui.report_errors
    def run_lora_training(
        self, pictures: list[str] | None, word: str, steps: int, seed: int, model: str
    ) -> Iterator[Outputs]:
        """The lesson as it goes on, then what was learnt."""
        seen = _choose_readable([Path(path) for path in pictures or []])
        call = ui.Call.of(lora.train_lora, seen, word, steps=steps, seed=seed, model=model)
        yield from streams.stream_call(self.engine, call, functools.partial(self._show_lesson, call), self.shown.badge)

    def _show_lesson(self, call: ui.Call, told: lora.LoraProgress | lora.Adapter) -> Outputs:
        shown = self.shown
        if isinstance(told, lora.LoraProgress):
            said = ui.localise("text_to_image.lesson", index=told.index, total=told.total, loss=f"{told.loss:.3f}")
            return {shown.badge: ui.progress_bar(said, told.index, told.total)}
        return {
            shown.gallery: _draw_comparison(self.engine, told, call.kwargs["seed"]),
            shown.badge: ui.model_badge(generate.TASK, told),
            self.adapter: _save_adapter(told, self.adapter),
            shown.code: call.code('found.save(Path("lora.safetensors"))'),
        }


def wire_teach(teach: TeachWidgets, engine: Engine, controls: DrawingControls) -> None:
    """The button teaches, with the page's seed and model."""
    shown = teach.grid
    taught = teach.teach.click(
        TeachHandlers(engine, shown, controls.adapter).run_lora_training,
        [teach.pictures, teach.word, teach.steps, controls.seed, controls.model],
        [shown.gallery, shown.badge, controls.adapter, shown.code],
        api_name="teach",
        show_progress="minimal",
        show_progress_on=shown.gallery,
        **ui.MODEL_QUEUE,
    )
    ui.clear_on_failure(taught, [shown.gallery, shown.code])
    streams.cancel_on_click(teach.stop, shown.badge, [taught])


def _choose_readable(files: list[Path]) -> list[Path]:
    """The pictures among the files, as many as are taken; a sentence in passing names the others.

    Where none can be read they all go on, to the sentence that says why.
    """
    found: list[Path] = []
    for file in files:
        with contextlib.suppress(InputError):
            if len(found) < lora.MAX_PICTURES:
                images.to_rgb(file)
                found.append(file)
    others = [escape(file.name) for file in files if file not in found]
    if not found or not others:
        return found or files
    names = list_names(others)
    ui.show_toast("text_to_image.teach_left_out", count=len(others), most=lora.MAX_PICTURES, names=names)
    return found


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
