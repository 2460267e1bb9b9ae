"""The Inpaint tab."""

from __future__ import annotations

from core.engine import Engine
from demos import ui
from demos.page import Page

ID = "inpaint"


def build(engine: Engine, page: Page) -> None:
    """Layout, handlers, wiring."""
    ui.note(ID)
