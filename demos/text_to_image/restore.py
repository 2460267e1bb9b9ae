"""A picture that was drawn here brings its settings back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from core import checks, generate, models
from core.generate import png_metadata, settings
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
        known, refused = png_metadata.split_parameters(Path(path))
        guided = {row.name: row.parts["base"] for row in models.rows(generate.EDGES_TASK)}
        along = known.get("model") in guided
        row = models.row(ID, guided.get(known["model"], known["model"])) if "model" in known else None
        refused |= {name: known.pop(name) for name in _find_misfits(known, row, along=along)}
        if "adapter" in known:
            ui.show_toast("text_to_image.add_lora", got=known["adapter"])
        if refused:
            names = ", ".join(f"{name} {checks.short_repr(value)}" for name, value in refused.items())
            ui.show_toast("text_to_image.not_restored", names=names)
        words = self._set_words(known, along=along)
        return words | self._set_knobs(known, row, keep_sampler="sampler" in refused)

    def _set_words(self, known: dict[str, Any], *, along: bool) -> Outputs:
        """Both prompts, and the strength of the picture or, where it was drawn along edges, of these."""
        start = self.start
        widgets: dict[str, gr.components.Component] = {"prompt": start.prompt, "negative": start.negative}
        widgets["strength"] = start.sketch.hold if along else start.strength
        return {widget: known[name] for name, widget in widgets.items() if name in known}

    def _set_knobs(self, known: dict[str, Any], row: models.Row | None, *, keep_sampler: bool) -> Outputs:
        """The knobs; the seed stays, or the next picture would be another one. Without a row the model stays, too."""
        knobs = self.controls
        plain = {name: knobs.by_name[name] for name in ("steps", "guidance", "seed", "weight")}
        shown: Outputs = {widget: known[name] for name, widget in plain.items() if name in known}
        sampler: Outputs = {} if keep_sampler else {knobs.sampler: known.get("sampler", OWN_SAMPLER)}
        model: Outputs = {} if row is None else {knobs.model: row.name, knobs.size: _size_update(known, row)}
        return shown | sampler | model | {knobs.fresh: False}


def _find_misfits(known: dict[str, Any], row: models.Row | None, *, along: bool) -> list[str]:
    """Names of values that are right by themselves, but not with this model, or with what it was drawn from."""
    wrong = []
    if "size" in known and (row is None or not _fits_size(known["size"], row.spec_as(DiffusionSpec))):
        wrong.append("size")
    limits = settings.EDGES_STRENGTH if along else settings.IMAGE_STRENGTH
    if not limits.low <= known.get("strength", limits.high) <= limits.high:
        wrong.append("strength")
    return wrong


def _fits_size(size: float, own: DiffusionSpec) -> bool:
    return size <= own.largest_side and size % own.size_step == 0


def _size_update(known: dict[str, Any], row: models.Row) -> Any:
    """How far the model's sides go, and the one that was drawn."""
    own = row.spec_as(DiffusionSpec)
    size = gr.update(step=own.size_step, maximum=own.largest_side)
    if "size" in known:
        size["value"] = known["size"]
    return size


def layout_restore() -> gr.File:
    """Where the picture goes; every file is let through: what is no PNG is refused with a sentence."""
    return gr.File(label=t("text_to_image.restore"), height=130, elem_id=f"{ID}-restore")


def wire_restore(file: gr.File, start: StartWidgets, controls: DrawingControls) -> Any:
    """Returns the event after which the settings are back."""
    handler = RestoreHandler(start, controls)
    return file.upload(
        handler.restore_controls, file, handler.outputs, api_name="restore_settings", show_progress="hidden"
    )
