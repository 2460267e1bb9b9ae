"""Pictures of one sweep in a gallery, filled one after the other, each with what is its own."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from core.engine import Engine
from core.generate import png_metadata, sweeps
from demos import ui
from demos.text_to_image import results, streams
from demos.text_to_image.knobs import ID, Outputs
from demos.ui import files

CaptionedFiles = list[tuple[str, str]]
"""Files of pictures and what is written under them."""


@dataclass(frozen=True)
class PictureGrid:
    """The widgets, in the order of the API's answer."""

    gallery: gr.Gallery
    badge: gr.HTML
    code: gr.Code

    @property
    def outputs(self) -> list[gr.components.Component]:
        """All of them."""
        return [self.gallery, self.badge, self.code]


def layout_grid(name: str, label: Any, columns: int, **settings: Any) -> PictureGrid:
    """A gallery that is hidden until there is something to see, its badge and its code."""
    elem_id = f"{ID}-{name}"
    gallery = gr.Gallery(label=label, format="png", columns=columns, height="auto", interactive=False, visible=False,
                         elem_id=elem_id, **settings)  # fmt: skip
    return PictureGrid(gallery, ui.badge_slot(elem_id), ui.code_slot(elem_id))


def stream_cells(engine: Engine, call: ui.Call, grid: PictureGrid) -> Iterator[Outputs]:
    """The pictures as they are done; in the end badge and code."""
    show = functools.partial(_show_cell, grid, call, [])
    yield from streams.stream_call(engine, call, show, grid.badge)


def _show_cell(
    grid: PictureGrid, call: ui.Call, done: CaptionedFiles, told: sweeps.SweepCell | sweeps.Sweep
) -> Outputs:
    columns = len(call.kwargs["x"][1]) if "x" in call.kwargs else call.kwargs["count"]
    if isinstance(told, sweeps.Sweep):
        use = "found.images[0][0]  # rows of uint8 (H, W, 3)"
        notes = Markup("").join(map(ui.status_line, results.lora_lines(told.lora_notes)))
        # a program is told only what comes last
        shown = gr.Gallery(list(done), visible=True, columns=columns)
        return {grid.gallery: shown, grid.badge: ui.model_badge(ID, told) + notes, grid.code: call.code(use)}
    done.append((_save_cell(told, call, grid.gallery), _cell_caption(told)))
    said = ui.localise("text_to_image.cell", index=told.index, total=told.total)
    shown = gr.Gallery(list(done), visible=True, columns=columns)
    return {grid.gallery: shown, grid.badge: ui.progress_bar(said, told.index, told.total)}


def _save_cell(cell: sweeps.SweepCell, call: ui.Call, component: gr.Gallery) -> str:
    """The picture as a PNG that remembers how it was drawn, where a single call can draw it again."""
    facts = {"prompt": call.args[0], **call.kwargs, **cell.values, "count": 1} if "share" not in cell.values else {}
    return files.save_bytes(png_metadata.embed_parameters(cell.image, facts), results.PNG, component)


def _cell_caption(cell: sweeps.SweepCell) -> str:
    """The settings and their values, in the visitor's language; a prompt says enough alone."""
    if list(cell.values) == ["prompt"]:
        return str(cell.values["prompt"])
    pairs = [(ui.localise(f"text_to_image.{knob}"), value) for knob, value in cell.values.items()]
    return ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in pairs)
