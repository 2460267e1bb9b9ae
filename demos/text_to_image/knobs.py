"""What every drawing of the tab is made with: model, steps, guidance, sampler, size, count, seed, LoRA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import models
from core.generate.settings import KNOBS
from core.generate.steps import SAMPLERS
from core.models.catalog.specs import DiffusionSpec
from demos import ui
from demos.ui import t

ID = "text_to_image"
OWN_SAMPLER = "own"  # the model's own sampler
# a new seed is drawn in the browser, so that the handler is told the seed it must use
NEW_SEED = "(seed, fresh) => fresh || seed === null ? Math.floor(Math.random() * 2 ** 32) : seed"
Outputs = dict[gr.components.Component, Any]
"""What a handler gives to components; those that it leaves out stay as they are."""


@dataclass(frozen=True)
class DrawingControls:
    """The widgets; those that are called like a field of `DrawSettings` set it."""

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
    def by_name(self) -> dict[str, gr.components.Component]:
        """The widgets that set something, by its name; a handler is given their values as keywords."""
        return {name: widget for name, widget in vars(self).items() if name in KNOBS}

    def apply_model(self, row: models.Row) -> Outputs:
        """Steps, guidance and size that the model was made for."""
        own = row.spec_as(DiffusionSpec)
        size = gr.update(value=own.size, step=own.size_step, maximum=own.largest_side)
        return {self.steps: own.steps, self.guidance: own.guidance, self.size: size}


def drawing_arguments(adapter: str | None, knobs: Mapping[str, Any]) -> dict[str, Any]:
    """The widgets' values, by name, as `core.generate` takes them, without what changes nothing."""
    given = dict(knobs)
    weight = given.pop("weight")
    if given["sampler"] == OWN_SAMPLER:
        del given["sampler"]
    if adapter:
        given["adapter"] = adapter
    if adapter or weight != 1:
        given["weight"] = weight
    return given


def free_steps(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """The same with None for the model's own number of steps: `core` then takes more where a strength needs them."""
    own = models.row(ID, knobs["model"]).spec_as(DiffusionSpec).steps
    return {**knobs, "steps": None if knobs["steps"] == own else knobs["steps"]}


def knob_slider(name: str, value: float, **limits: float) -> gr.Slider:
    """A slider for a setting, from its lowest to its highest value, unless `limits` (low, high, step) say otherwise."""
    knob = KNOBS[name]
    low, high, step = (limits.get(end, getattr(knob, end)) for end in ("low", "high", "step"))
    return ui.labelled_slider(ID, name, low, high, value, step)


def layout_drawing_controls() -> tuple[DrawingControls, gr.Accordion]:
    """The widgets, most used first, and where there is room for more that few will touch."""
    rows = models.rows(ID)
    own = rows[0].spec_as(DiffusionSpec)
    with gr.Row():
        count, steps = knob_slider("count", 1), knob_slider("steps", own.steps)
    fresh = gr.Checkbox(True, label=t("text_to_image.new_seed"), elem_id=f"{ID}-new-seed")
    with ui.more_settings(f"{ID}-more") as more:
        seed = ui.Number(0, label=t("ui.seed"), precision=0, minimum=0, elem_id=f"{ID}-seed")
        guidance = knob_slider("guidance", own.guidance)
        with gr.Row():
            model = ui.model_picker(f"{ID}-model", ID, automatic=False, info=t("text_to_image.model_info"))
            sampler = _layout_sampler()
        size = knob_slider("size", own.size, high=own.largest_side, step=own.size_step)
        with gr.Row():
            # every file is let through: what is no safetensors is refused with the reason
            adapter = gr.File(label=t("text_to_image.adapter"), height=120, elem_id=f"{ID}-adapter")
            weight = knob_slider("weight", 1)
    return DrawingControls(model, steps, guidance, size, seed, fresh, count, sampler, adapter, weight), more


def _layout_sampler() -> gr.Dropdown:
    own: list[Any] = [(t("text_to_image.sampler_own"), OWN_SAMPLER)]
    return ui.Dropdown(
        [*own, *((name.upper(), name) for name in SAMPLERS)],
        value=OWN_SAMPLER,
        label=t("text_to_image.sampler"),
        info=t("text_to_image.sampler_info"),
        elem_id=f"{ID}-sampler",
    )
