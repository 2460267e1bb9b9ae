from __future__ import annotations

from demos.edges import grid


def test_the_grid_starts_with_its_preset() -> None:
    assert grid.preset_rows(grid.START, 3) == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert [grid.format_number(n, 3) for n in (0.11111, -3.0, -0.0, 1e6)] == ["0.111", "−3", "0", "1000000"]
