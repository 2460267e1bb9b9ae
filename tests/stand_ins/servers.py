"""Pages that run while a test needs them, each with a temporary folder of its own."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import gradio as gr

_SERVED: list[gr.Blocks] = []


@contextlib.contextmanager
def serve_blocks(build: Callable[[], gr.Blocks], *flags: str) -> Iterator[str]:
    """Builds a page and serves it as `app.py` with these flags does; gives its address."""
    import app
    from core.engine import Local

    around = Path(os.environ["GRADIO_TEMP_DIR"])
    around.mkdir(parents=True, exist_ok=True)
    # below that of a server which runs already: what that one writes meanwhile is still its own to hand out
    folder = tempfile.TemporaryDirectory(dir=around, ignore_cleanup_errors=True)
    with folder as own, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", own)
        demo = build()
        _, address, _ = app.launch(demo, app.parser().parse_args(flags), Local())
        _SERVED.append(demo)
        try:
            yield address
        finally:
            _SERVED.remove(demo)
            demo.close()


def has_work() -> bool:
    """Whether an event of a page that is served waits or runs."""
    if not _SERVED:
        return False
    from demos.page import status

    counts = [status.queue_status(demo) for demo in _SERVED]
    return any(count["waiting"] or count["running"] for count in counts)
