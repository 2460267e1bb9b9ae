"""Pictures with their names above them, where the names hide nothing, and the table of what they cost."""

from __future__ import annotations

import html
import math
from typing import Any

import gradio as gr

from core import images
from core.autoencoder import Reconstruction, RoundTrip
from demos import ui
from demos.ui import t

ID = "autoencoder"
_LINE = "style='border: 0; border-bottom: 1px solid var(--border-color-primary)'"


def titled_picture(name: str, title: str, *, least: int = 150, **settings: Any) -> gr.Image:
    """A picture as wide as its column, which is at least `least` pixels: two fit beside each other on a phone."""
    with gr.Column(min_width=least):
        gr.Markdown(t(title))
        return ui.result_picture(ID, name, title, **{"height": None, "show_label": False, **settings})


def enlarge_to(picture: images.RGB, side: int) -> images.RGB:
    """Its pixels as squares, until it is about `side` wide: the page does not enlarge a picture."""
    return images.enlarge_pixels(picture, max(1, side // picture.shape[0]))


def quality_table(found: RoundTrip) -> str:
    """The code and each file: quality, bytes, whole file, PSNR and SSIM."""
    head = "".join(
        f"<th scope='col'>{_column_name(name)}</th>" for name in ("way", "quality", "bytes", "whole", "psnr", "ssim")
    )
    rows = _quality_row(ui.localise("autoencoder.by_code"), "", found.copy, "")
    for file in found.files.values():
        # even the worst quality takes some bytes
        name = (
            file.format if file.bytes <= found.copy.bytes else ui.localise("autoencoder.smallest", format=file.format)
        )
        rows += _quality_row(name, str(file.quality), file, f"{file.whole:,}")
    return f"<table class='bars'><thead><tr {_LINE}>{head}</tr></thead><tbody>{rows}</tbody></table>"


def format_psnr(psnr: float) -> str:
    """With one decimal; equal pictures have infinitely many."""
    return "∞" if math.isinf(psnr) else f"{psnr:.1f}"


def _quality_row(name: str, quality: str, copy: Reconstruction, whole: str) -> str:
    cells = (quality, f"{copy.bytes:,}", whole, format_psnr(copy.psnr), f"{copy.ssim:.2f}")
    return f"<tr {_LINE}><th scope='row'>{html.escape(name)}</th>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"


def _column_name(name: str) -> str:
    return html.escape(ui.localise(f"autoencoder.column_{name}"))
