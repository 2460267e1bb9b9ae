from __future__ import annotations

from core import edges
from demos.edges import knobs


def test_few_knobs_stay_open() -> None:
    assert knobs.open_parameters("canny") == ["low", "high", "sigma"]
    assert knobs.open_parameters("sobel") == ["threshold", "gain"], "the switch to colour is the third"
    assert all(1 <= len(knobs.open_parameters(method)) <= 3 for method in edges.METHODS)


def test_every_method_has_its_own_knobs_and_the_page_starts_with_valid_ones(demo) -> None:
    for method in edges.METHODS:
        settings = knobs.start_settings(method)
        assert settings.pop("method") == method
        assert edges.check_parameters(method, settings) == settings
    ids = {block.elem_id for block in demo.blocks.values() if block.elem_id}
    for method, known in edges.METHODS.items():
        assert {f"{side}-{method}-{p}" for side in ("edges", "edges-other") for p in known.parameters} <= ids
