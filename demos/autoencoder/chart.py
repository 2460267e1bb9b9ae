"""The loss while it falls, as inline SVG: small enough to be sent again and again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from demos.ui.charts import TRAIN_TEST_COLOURS, Plot

PLOT = Plot(width=520, height=300, left=52, right=14, top=14, bottom=46)
LEAST_GAP = 16  # pixels between two names
CURVE_WIDTHS = {"train": 1.5, "test": 2.5}
MARK_STYLE = "stroke: currentColor; stroke-dasharray: 5 4; opacity: 0.6"


def loss_chart(
    train: Sequence[float], test: Sequence[float], total: int, marks: Mapping[str, float], x_label: str, title: str
) -> Markup:
    """Losses of the epochs so far, out of `total`, on a logarithmic scale; a dashed line at each of `marks`, named."""
    # what the network reaches lies below all marks: room for it from the start, so that the scale keeps still
    low = min(0.6 * min(marks.values()), *test, *train)
    high = max(*marks.values(), *test[:1], *train[:1])
    last = max(1, total)

    def height(loss: float) -> float:
        return math.log(min(loss, high) / low) / math.log(high / low)

    def curve(part: str, losses: Sequence[float]) -> Markup:
        style = f"stroke: {TRAIN_TEST_COLOURS[part]}; stroke-width: {CURVE_WIDTHS[part]}"
        return PLOT.polyline(((i / last, height(loss)) for i, loss in enumerate(losses)), style)

    epochs = sorted({round(total * i / 4) for i in range(5)})
    parts = [
        PLOT.y_axis((f"{loss:g}", height(loss)) for loss in _round_numbers(low, high)),
        PLOT.x_axis(((f"{epoch:g}", epoch / last) for epoch in epochs), x_label),
        _mark_lines({name: PLOT.y(height(mark)) for name, mark in marks.items()}),
    ]
    return PLOT.draw(title, [*parts, curve("train", train), curve("test", test)])


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten from `low` to `high`.

    >>> _round_numbers(0.03, 0.3)
    [0.05, 0.1, 0.2]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    return [number for number in numbers if low <= number <= high]


def _mark_lines(heights: Mapping[str, float]) -> Markup:
    """A dashed line at each height and its name above it, moved up where it would hide another."""
    drawn, above = Markup(""), math.inf
    label = Markup("<text x='{}' y='{:.1f}' text-anchor='end'>{}</text>")
    for name, height in sorted(heights.items(), key=lambda item: -item[1]):
        above = min(height - 4, above - LEAST_GAP)
        drawn += PLOT.horizontal_line(height, MARK_STYLE) + label.format(PLOT.width - PLOT.right, above, name)
    return drawn
