from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def cnn_demo() -> Any:
    # pytest may read this file before the root one has set the environment for Gradio and the Hub
    from demos import cnn
    from tests.demos.cnn.samples import TWO
    from tests.stand_ins.fakes import FakeEngine, build_tab_page

    return build_tab_page(FakeEngine(TWO), cnn)
