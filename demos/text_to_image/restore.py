"""A picture that was drawn here brings its settings back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from core import generate, models
from core.generate import png_metadata
from core.models.catalog.specs import DiffusionSpec
from demos import ui
from demos.text_to_image.knobs import ID, OWN_SAMPLER, DrawingControls
from demos.text_to_image.start import StartWidgets
from demos.ui import t


def build(start: StartWidgets, knobs: DrawingControls) -> Any:
    """Layout, handler, wiring; returns the event after which the settings are back."""
    # every file is let through: what is no PNG is refused with a sentence
    file = gr.File(label=t("text_to_image.restore"), height=130, elem_id=f"{ID}-restore")

    @ui.report_errors
    def restore_controls(path: str | None) -> tuple[Any, ...]:
        if path is None:
            return tuple(gr.skip() for _ in outputs)
        known = png_metadata.read_parameters(Path(path))
        if "adapter" in known:
            ui.show_toast("text_to_image.add_lora", got=known["adapter"])
        guided = {row.name: row.parts["base"] for row in models.rows(generate.EDGES_TASK)}
        name = str(known.get("model"))
        along = name in guided
        row = models.row(ID, guided.get(name, name))
        own = row.spec_as(DiffusionSpec)
        words = [known.get(name, gr.skip()) for name in ("prompt", "negative")]
        strength = known.get("strength", gr.skip())
        size = gr.update(step=own.size_step, maximum=own.largest_side)
        if "size" in known:
            size["value"] = known["size"]
        plain = [known.get(name, gr.skip()) for name in ("steps", "guidance", "seed", "weight")]
        # the seed stays, or the next picture would be another one
        return (
            *words, gr.skip() if along else strength, strength if along else gr.skip(), row.name, size, *plain,
            known.get("sampler", OWN_SAMPLER), False,
        )  # fmt: skip

    outputs = [start.prompt, start.negative, start.strength, start.hold, knobs.model, knobs.size, knobs.steps,
               knobs.guidance, knobs.seed, knobs.weight, knobs.sampler, knobs.fresh]  # fmt: skip
    return file.upload(restore_controls, file, outputs, api_name="restore_settings", show_progress="hidden")
