"""Galleries of results."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.ui import t


def result_gallery(elem_id: str, label: str, **settings: Any) -> gr.Gallery:
    """Pictures to look at, each whole and in its own proportions."""
    defaults: dict[str, Any] = {"height": "auto", "object_fit": "contain", "interactive": False}
    return gr.Gallery(label=t(label), elem_id=elem_id, **defaults | settings)
