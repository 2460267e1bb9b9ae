"""What a tab says of itself; `app.TABS` is the list of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.engine import Engine
from demos.page.exchange import Page


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One tab of the page.

    Attributes:
        id: the first part of its element ids, of its text keys (`<id>.title` is its name) and of its address.
        build: lays the tab out, where it is called, and connects its events.
        models: tasks of the catalogue whose default models are loaded as the tab opens, before somebody waits for them.
        probe: how it is tried before a lecture, a name in `core/preflight/probes.py`; None takes the probe of the
            tab's own id. A tab without a probe is shown as not tried, with the sentence that says what to add.
    """

    id: str
    build: Callable[[Engine, Page], None]
    models: tuple[str, ...] = ()
    probe: str | None = None
