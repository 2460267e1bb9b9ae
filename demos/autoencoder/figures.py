"""Pictures with their names above them, where the names hide nothing, and the table of what they cost."""

from __future__ import annotations

import math
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import images
from core.autoencoder import Reconstruction, RoundTrip
from demos import ui
from demos.ui import charts, t

ID = "autoencoder"
_ROW_STYLE = "border: 0; border-bottom: 1px solid var(--border-color-primary)"


def titled_picture(name: str, title: str, *, least: int = 150, **settings: Any) -> gr.Image:
    """A picture as wide as its column, which is at least `least` pixels: two fit beside each other on a phone."""
    with gr.Column(min_width=least):
        gr.Markdown(t(title))
        return ui.result_picture(ID, name, title, **{"height": None, "show_label": False, **settings})


def enlarge_to(picture: images.RGB, side: int) -> images.RGB:
    """Its pixels as squares, until it is about `side` wide: the page does not enlarge a picture."""
    return images.enlarge_pixels(picture, max(1, side // picture.shape[0]))


def quality_table(found: RoundTrip) -> Markup:
    """The code and each file: quality, bytes, whole file, PSNR and SSIM."""
    names = ("way", "quality", "bytes", "whole", "psnr", "ssim")
    head = ui.column_heads(ui.localise(f"autoencoder.column_{name}") for name in names)
    rows = [_quality_row(ui.localise("autoencoder.by_code"), "", found.copy, "")]
    for file in found.files.values():
        # even the worst quality takes some bytes
        fits = file.bytes <= found.copy.bytes
        name = file.format if fits else ui.localise("autoencoder.smallest", format=file.format)
        rows.append(_quality_row(name, str(file.quality), file, f"{file.whole:,}"))
    return charts.table(head, rows, classes="bars", row_style=_ROW_STYLE)


def format_psnr(psnr: float) -> str:
    """Decibels with one decimal, as text; equal pictures have infinitely many."""
    return "∞" if math.isinf(psnr) else f"{psnr:.1f}"


def _quality_row(name: str, quality: str, copy: Reconstruction, whole: str) -> Markup:
    cells = (quality, f"{copy.bytes:,}", whole, format_psnr(copy.psnr), f"{copy.ssim:.2f}")
    return Markup("<th scope='row'>{}</th>").format(name) + ui.format_each(Markup("<td>{}</td>"), cells)
