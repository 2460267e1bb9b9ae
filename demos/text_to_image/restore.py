"""A picture that was drawn here brings its settings back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from core import picture_notes
from demos import ui
from demos.text_to_image.knobs import ID, OWN, Knobs
from demos.text_to_image.start import Start
from demos.ui import t


def build(start: Start, knobs: Knobs) -> None:
    """Layout, handler, wiring."""
    file = gr.File(label=t("text_to_image.restore"), file_types=[".png"], height=110, elem_id=f"{ID}-restore")

    @ui.answers
    def restore(path: str | None) -> tuple[Any, ...]:
        if path is None:
            return tuple(gr.skip() for _ in range(10))
        known = picture_notes.read(Path(path))
        names = ("prompt", "negative", "model", "steps", "guidance", "size", "seed", "sampler", "weight")
        found = [known.get(name, gr.skip()) for name in names]
        found[names.index("sampler")] = known.get("sampler", OWN)
        # the seed stays, or the next picture would be another one
        return *found, False

    outputs = [start.prompt, start.negative, knobs.model, knobs.steps, knobs.guidance, knobs.size, knobs.seed,
               knobs.sampler, knobs.weight, knobs.fresh]  # fmt: skip
    file.upload(restore, file, outputs, api_name="restore_settings", show_progress="hidden")
