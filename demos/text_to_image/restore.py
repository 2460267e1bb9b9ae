"""A picture that was drawn here brings its settings back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from core import generate, models
from core.generate import png_metadata
from core.models.catalog.specs import DiffusionSpec
from demos import ui
from demos.text_to_image.knobs import ID, OWN_SAMPLER, DrawingControls, Outputs
from demos.text_to_image.start import StartWidgets
from demos.ui import t


@dataclass(frozen=True)
class RestoreHandler:
    """The handler, and the widgets that it sets."""

    start: StartWidgets
    controls: DrawingControls

    @property
    def outputs(self) -> list[gr.components.Component]:
        """In the order of the API's answer."""
        start, knobs = self.start, self.controls
        return [start.prompt, start.negative, start.strength, start.sketch.hold, knobs.model, knobs.size, knobs.steps,
                knobs.guidance, knobs.seed, knobs.weight, knobs.sampler, knobs.fresh]  # fmt: skip

    @ui.report_errors
    def restore_controls(self, path: str | None) -> Any:
        """What the file says goes back to where it came from; the rest stays."""
        if path is None:
            return gr.skip()
        known = png_metadata.read_parameters(Path(path))
        if "adapter" in known:
            ui.show_toast("text_to_image.add_lora", got=known["adapter"])
        guided = {row.name: row.parts["base"] for row in models.rows(generate.EDGES_TASK)}
        name = str(known.get("model"))
        row = models.row(ID, guided.get(name, name))
        return self._set_words(known, along=name in guided) | self._set_knobs(known, row)

    def _set_words(self, known: dict[str, Any], *, along: bool) -> Outputs:
        """Both prompts, and the strength of the picture or, where it was drawn along edges, of these."""
        start = self.start
        widgets: dict[str, gr.components.Component] = {"prompt": start.prompt, "negative": start.negative}
        widgets["strength"] = start.sketch.hold if along else start.strength
        return {widget: known[name] for name, widget in widgets.items() if name in known}

    def _set_knobs(self, known: dict[str, Any], row: models.Row) -> Outputs:
        """The knobs; the seed stays, or the next picture would be another one."""
        knobs, own = self.controls, row.spec_as(DiffusionSpec)
        size = gr.update(step=own.size_step, maximum=own.largest_side)
        if "size" in known:
            size["value"] = known["size"]
        plain = {name: knobs.by_name[name] for name in ("steps", "guidance", "seed", "weight")}
        shown: Outputs = {widget: known[name] for name, widget in plain.items() if name in known}
        sampler = known.get("sampler", OWN_SAMPLER)
        return shown | {knobs.model: row.name, knobs.size: size, knobs.sampler: sampler, knobs.fresh: False}


def layout_restore() -> gr.File:
    """Where the picture goes; every file is let through: what is no PNG is refused with a sentence."""
    return gr.File(label=t("text_to_image.restore"), height=130, elem_id=f"{ID}-restore")


def wire_restore(file: gr.File, start: StartWidgets, controls: DrawingControls) -> Any:
    """Returns the event after which the settings are back."""
    handler = RestoreHandler(start, controls)
    return file.upload(
        handler.restore_controls, file, handler.outputs, api_name="restore_settings", show_progress="hidden"
    )
