"""What every drawing of the tab is made with: model, steps, guidance, sampler, size, count, seed, LoRA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import models
from core.generate import settings
from core.generate.steps import SAMPLERS
from core.models.catalog.specs import DiffusionSpec
from demos import ui
from demos.ui import t

ID = "text_to_image"
OWN_SAMPLER = "own"  # the model's own sampler
# a new seed is drawn in the browser, so that the handler is told the seed it must use
NEW_SEED = "(seed, fresh) => fresh || seed === null ? Math.floor(Math.random() * 2 ** 32) : seed"


@dataclass(frozen=True)
class DrawingControls:
    """The widgets."""

    model: gr.Dropdown
    steps: gr.Slider
    guidance: gr.Slider
    size: gr.Slider
    seed: gr.Number
    fresh: gr.Checkbox
    count: gr.Slider
    sampler: gr.Dropdown
    adapter: gr.File
    weight: gr.Slider

    @property
    def inputs(self) -> list[gr.components.Component]:
        """In the order of `drawing_arguments`."""
        return [self.model, self.steps, self.guidance, self.size, self.seed, self.count, self.sampler, self.adapter,
                self.weight]  # fmt: skip

    @property
    def model_widgets(self) -> list[gr.components.Component]:
        """What a model sets to what it was made for."""
        return [self.steps, self.guidance, self.size]


def drawing_arguments(
    model: str,
    steps: object,
    guidance: object,
    size: object,
    seed: object,
    count: object = 1,
    sampler: str = OWN_SAMPLER,
    adapter: str | None = None,
    weight: object = 1.0,
) -> dict[str, Any]:
    """The widgets' values as `core.generate` takes them, without what changes nothing."""
    given: dict[str, Any] = {"model": model, "steps": steps, "guidance": guidance, "size": size, "seed": seed}
    given["count"] = count
    if sampler != OWN_SAMPLER:
        given["sampler"] = sampler
    if adapter:
        given["adapter"] = adapter
    if adapter or weight != 1:
        given["weight"] = weight
    return given


def explicit_steps(model: str, steps: object) -> object:
    """None for the model's own number of steps: `core` then takes more where a picture's strength needs them."""
    return None if steps == models.row(ID, model).spec_as(DiffusionSpec).steps else steps


def model_options(row: models.Row) -> tuple[Any, ...]:
    """Steps, guidance and size that the model was made for."""
    own = row.spec_as(DiffusionSpec)
    return own.steps, own.guidance, gr.update(value=own.size, step=own.size_step, maximum=own.largest_side)


def layout_drawing_controls() -> DrawingControls:
    """The widgets, most used first."""
    rows = models.rows(ID)
    first = rows[0].spec_as(DiffusionSpec)
    samplers: list[Any] = [(t("text_to_image.sampler_own"), OWN_SAMPLER), *((n.upper(), n) for n in SAMPLERS)]
    with gr.Row():
        seed = ui.Number(0, label=t("ui.seed"), precision=0, minimum=0, min_width=140, elem_id=f"{ID}-seed")
        fresh = gr.Checkbox(True, label=t("text_to_image.new_seed"), min_width=140, elem_id=f"{ID}-new-seed")
        count = ui.labelled_slider(ID, "count", 1, settings.MAX_COUNT, 1, 1)
    with gr.Row():
        steps = ui.labelled_slider(ID, "steps", 1, settings.MAX_STEPS, first.steps, 1)
        guidance = ui.labelled_slider(ID, "guidance", 0, settings.MAX_GUIDANCE, first.guidance, 0.5)
    with gr.Accordion(t("text_to_image.more"), open=False, elem_id=f"{ID}-more"):
        with gr.Row():
            model = ui.Dropdown(
                [(row.title, row.name) for row in rows],
                value=rows[0].name,
                label=t("ui.model"),
                info=t("text_to_image.model_info"),
                elem_id=f"{ID}-model",
            )
            sampler = ui.Dropdown(
                samplers,
                value=OWN_SAMPLER,
                label=t("text_to_image.sampler"),
                info=t("text_to_image.sampler_info"),
                elem_id=f"{ID}-sampler",
            )
        size = ui.labelled_slider(ID, "size", settings.MIN_SIZE, first.largest_side, first.size, first.size_step)
        with gr.Row():
            # every file is let through: what is no safetensors is refused with the reason
            adapter = gr.File(label=t("text_to_image.adapter"), height=120, elem_id=f"{ID}-adapter")
            weight = ui.labelled_slider(ID, "weight", 0, settings.MAX_WEIGHT, 1, 0.05)
    return DrawingControls(model, steps, guidance, size, seed, fresh, count, sampler, adapter, weight)
