from __future__ import annotations

import json

import numpy as np
import pytest
from gradio_client import handle_file
from PIL import Image

from core import edges, samples
from core.edges import convolution
from demos import edges as tab
from demos.edges import grid
from tests.demos.edges.samples import EDGES
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_without_a_picture_every_result_is_empty() -> None:
    engine = FakeEngine(EDGES)
    demo = build_tab_page(engine, tab)
    assert "Add a picture" in find_api_handler(demo, "edges")(None, {"method": "canny"})[1]
    assert find_api_handler(demo, "edges_beside")(None, None) == (None, "")
    assert find_api_handler(demo, "convolve")(None, [[1]], 1, "zero", False, "clip")[0] is None
    assert find_api_handler(demo, "arithmetic")(None, [[1]], 0, 0, 1, "zero", False) == ("", [])
    assert find_api_handler(demo, "canny_stages")(None, 1, 2, 0, 3, False)[:6] == (None,) * 6
    assert engine.calls == []


def test_api_edges(client) -> None:
    cat = handle_file(samples.sample_path("cat"))
    path, badge, code = client.predict(cat, {"method": "canny", "low": 40, "high": 120}, api_name="/edges")
    with Image.open(path) as shown:
        found = np.asarray(shown) > 127
    expected = edges.detect(samples.sample_path("cat"), "canny", low=40, high=120).edges > 0
    assert np.array_equal(found if found.ndim == 2 else found[..., 0], expected)
    assert "Canny" in badge and "low=40" in code
    beside, badge = client.predict(cat, {"method": "log", "sigma": 3}, False, api_name="/edges_beside")
    assert "Laplacian of Gaussian" in badge and beside
    with pytest.raises(Exception, match="swap them"):
        client.predict(cat, {"method": "canny", "low": 9, "high": 2}, api_name="/edges")


def test_api_kernel(client) -> None:
    cat = handle_file(samples.sample_path("cat"))
    rows, normalise, view = client.predict("sharpen", 3, api_name="/kernel")
    rows = json.loads(rows) if isinstance(rows, str) else rows
    assert rows == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]] and normalise is False and view == "clip"
    path, formula, badge, code = client.predict(cat, rows, 2, "valid", False, "clip", api_name="/convolve")
    with Image.open(path) as shown:
        assert shown.size == (225, 149)
    assert "<b>149</b>" in formula and "<b>225</b>" in formula and "Convolution" in badge and "stride=2" in code
    sums = client.predict(cat, rows, 100, 90, 1, "reflect", False, False, api_name="/arithmetic")
    total = convolution.convolve_pixel(samples.sample_path("cat"), rows, 100, 90).total
    assert f"<b>{grid.format_number(total)}</b>" in sums


def test_api_canny_stages(client) -> None:
    *paths, badge, code = client.predict(
        handle_file(samples.sample_path("cat")), 40, 120, 1.4, 3, False, api_name="/canny_stages"
    )
    assert len(paths) == 6 and all(paths) and "step by step" in badge and "1.4" in code
