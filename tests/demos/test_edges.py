from __future__ import annotations

import numpy as np
import pytest
from gradio_client import handle_file

from core import edges, samples
from demos import edges as tab
from tests.fakes import FakeEngine, build, handler


def test_the_thresholds_reach_core() -> None:
    engine = FakeEngine(edges.Edges(edges=np.zeros((4, 5), np.float32), model="canny", seconds=0.1))
    shown = handler(build(engine, tab), "edges")(np.zeros((4, 5, 3), np.uint8), 50, 90)
    assert engine.calls[0].kwargs == {"method": "canny", "low": 50, "high": 90}
    assert shown[0].shape == (4, 5, 3)


@pytest.mark.parametrize("low", [10])
def test_api(client, low) -> None:
    _, badge, code = client.predict(handle_file(samples.path("cat")), low, 200, api_name="/edges")
    assert "Canny" in badge
    assert f"low={low}" in code
