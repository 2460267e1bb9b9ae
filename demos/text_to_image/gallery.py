"""What can this model draw? Prompts with pictures that the chosen model draws on the spot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core.engine import Engine
from core.generate import sweeps
from demos import ui
from demos.text_to_image import grid, streams
from demos.text_to_image.grid import PictureGrid
from demos.text_to_image.knobs import ID, Outputs
from demos.ui import t

PROMPTS = (
    "a cat", "a dog face", "a red apple", "a slice of pizza", "a rocket", "a rainbow", "an angry face", "a red heart",
    "a sunflower, fluent style", "a guitar, twemoji style", "a penguin, light blue background", "a cat left of a pizza",
)  # fmt: skip


@dataclass(frozen=True)
class GalleryWidgets:
    """The buttons, and where the pictures come."""

    draw: gr.Button
    stop: gr.Button
    grid: PictureGrid


def layout_gallery() -> GalleryWidgets:
    """The buttons over the pictures."""
    with gr.Row():
        draw = gr.Button(t("text_to_image.draw_gallery"), elem_id=f"{ID}-draw-gallery")
        stop = gr.Button(t("ui.stop"), elem_id=f"{ID}-stop-gallery")
    label = t("text_to_image.gallery")
    return GalleryWidgets(draw, stop, grid.layout_grid("gallery", label, 6, allow_preview=False, elem_classes="strip"))


@dataclass(frozen=True)
class GalleryHandlers:
    """What the button does."""

    engine: Engine
    shown: PictureGrid

    @ui.report_errors
    def draw_prompts(self, model: str) -> Iterator[Outputs]:
        """A picture for each of `PROMPTS`."""
        call = ui.Call.of(sweeps.sweep_parameters, "", x=("prompt", list(PROMPTS)), seed=1, model=model)
        yield from grid.stream_cells(self.engine, call, self.shown)


def take_prompt(event: gr.SelectData) -> Any:
    """The prompt of the picture that was clicked."""
    at = event.index if isinstance(event.index, int) else -1
    return PROMPTS[at] if 0 <= at < len(PROMPTS) else gr.skip()


def wire_gallery(gallery: GalleryWidgets, engine: Engine, prompt: gr.Textbox, model: gr.Dropdown) -> None:
    """The button draws, a click on a picture takes its prompt."""
    shown = gallery.grid
    draw = GalleryHandlers(engine, shown).draw_prompts
    drawing = gallery.draw.click(draw, model, shown.outputs, api_name="prompt_gallery", **ui.MODEL_QUEUE)
    shown.gallery.select(take_prompt, None, prompt, **ui.QUIET)
    streams.cancel_on_click(gallery.stop, shown.badge, [drawing])
