from __future__ import annotations

import re

import pytest

from demos.autoencoder import chart


def test_the_chart_keeps_its_marks_and_names_apart() -> None:
    drawing = chart.loss_chart([0.2, 0.05], [0.2, 0.06], 10, {"<a>": 0.1, "b": 0.099, "c": 0.03}, "epoch", "loss")
    assert drawing.count("stroke-dasharray") == 3 and "<a>" not in drawing
    names = re.findall(r"y='([\d.]+)' text-anchor='end'>(&lt;a&gt;|b|c)<", drawing)
    heights = {name: float(y) for y, name in names}
    assert heights["b"] - heights["&lt;a&gt;"] >= chart.LEAST_GAP
    points = [tuple(map(float, p.split(","))) for p in re.findall("points='(.*?)'", drawing)[1].split()]
    # the first of two epochs is at the left end and at the top, the second a tenth of the way on
    assert points[0] == (chart.PLOT.left, chart.PLOT.top)
    assert points[1][0] == pytest.approx(
        chart.PLOT.left + (chart.PLOT.width - chart.PLOT.left - chart.PLOT.right) / 10, abs=0.1
    )
