"""The CLIP zero-shot tab."""

from __future__ import annotations

from core.engine import Engine
from demos import ui
from demos.page import Page

ID = "zeroshot"


def build(engine: Engine, page: Page) -> None:
    """Layout, handlers, wiring."""
    ui.note(ID)
