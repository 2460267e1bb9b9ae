"""The page with the one tab, answering by the real functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import gradio as gr


@pytest.fixture
def demo() -> gr.Blocks:
    from core.engine import Local
    from demos import edges as tab
    from tests.stand_ins.fakes import build_tab_page

    return build_tab_page(Local(), tab)
