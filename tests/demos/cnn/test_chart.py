from __future__ import annotations

from demos.cnn import chart


def test_the_chart_puts_values_where_they_belong() -> None:
    drawing = chart.probability_curve(
        [0, 1], [0, 1], kept=[True, False], tips=["<a>", "b"], x_label="x & y", title="T'"
    )
    low, high = (
        f"{chart.PLOT.left}.0,{chart.PLOT.height - chart.PLOT.bottom}.0",
        f"{chart.PLOT.width - chart.PLOT.right}.0,{chart.PLOT.top}.0",
    )
    assert f"points='{low} {high}'" in drawing
    assert "&lt;a&gt;" in drawing and "<a>" not in drawing and "x &amp; y" in drawing
    assert "cx='255.0'" in chart.probability_curve([3], [0.5], kept=[True], tips=[""], x_label="", title="")
