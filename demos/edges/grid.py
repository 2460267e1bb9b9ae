"""The kernel as a table of numbers that works with a thumb."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from markupsafe import Markup

from core.edges.convolution import PRESETS
from demos.ui import format_each, t

SCRIPT = Path(__file__).with_suffix(".js")
SIZES = (3, 5, 7)
START = "sobel_right"


def build_grid() -> gr.HTML:
    """The widget: its value is the rows of the kernel; it triggers `input` when the visitor has typed."""
    return gr.HTML(
        preset_rows(START, 3),
        label=t("edges.kernel"),
        html_template="<div class='kernel' role='group'></div>",
        js_on_load=SCRIPT.read_text(encoding="utf-8"),
        elem_id="edges-grid",
    )


def preset_rows(preset: str, size: int) -> list[list[float]]:
    """A preset's weights, (size, size), as rows for the widget."""
    table: list[list[float]] = PRESETS[preset].make(size).tolist()
    return table


def number_table(values: Any, *, digits: int = 0, classes: str = "", shades: list[list[str]] | None = None) -> Markup:
    """Numbers (h, w) as an HTML table; `shades` gives each cell's style."""
    cell = Markup("<td style='{}'>{}</td>")
    rows = (
        Markup("").join(
            cell.format(shades[y][x] if shades else "", format_number(v, digits)) for x, v in enumerate(row)
        )
        for y, row in enumerate(values)
    )
    body = format_each(Markup("<tr>{}</tr>"), rows)
    return Markup("<table class='numbers {}'>{}</table>").format(classes, body)


def format_number(value: float, digits: int = 2) -> str:
    """A number without needless zeros, with a true minus sign."""
    text = f"{round(float(value), digits) + 0.0:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")
