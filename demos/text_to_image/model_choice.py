"""The model that draws: what it was made for, and what it needs before it can draw here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from core import models
from core.engine import Engine
from demos import ui
from demos.text_to_image import needs
from demos.text_to_image.knobs import ID, DrawingControls, Outputs


@dataclass(frozen=True)
class ModelChoice:
    """The handlers of the model's dropdown and of the panel that says what is missing."""

    engine: Engine
    controls: DrawingControls
    panel: gr.HTML

    @ui.report_errors
    def show_needs(self, name: str) -> dict[str, Any]:
        """The panel for the model `name`; hidden where that is on this machine."""
        said = needs.needs_panel([s for s in self.engine.run(models.status) if s.row.task == ID], name)
        return gr.update(value=said, visible=bool(said))

    @ui.report_errors
    def choose_default_model(self) -> Outputs:
        """The default of this machine, chosen when the page opens."""
        row = self.engine.run(models.row, ID)
        shown: Outputs = {self.panel: self.show_needs(row.name)}
        # a late answer must not take back what a quick visitor has chosen meanwhile
        if row.name == models.rows(ID)[0].name:
            return shown
        return {self.controls.model: row.name, **self.controls.apply_model(row), **shown}

    @ui.report_errors
    def choose_model(self, name: str) -> Outputs:
        """The knobs at what the model was made for."""
        return {**self.controls.apply_model(models.row(ID, name)), self.panel: self.show_needs(name)}


def wire_model_choice(choice: ModelChoice) -> None:
    """The page opens with the default; a model brings its own settings."""
    knobs = choice.controls
    outputs = [knobs.steps, knobs.guidance, knobs.size, choice.panel]
    gr.on(None, choice.choose_default_model, None, [knobs.model, *outputs], **ui.QUIET)
    knobs.model.input(choice.choose_model, knobs.model, outputs, **ui.QUIET)
