"""The loss while it falls, as inline SVG: small enough to be sent again and again."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 46
LEAST_GAP = 16  # pixels between two names
# told apart without colour vision too
COLOURS = {"train": "#4c78a8", "test": "#f58518"}


def loss_chart(
    train: Sequence[float], test: Sequence[float], total: int, marks: Mapping[str, float], x_label: str, title: str
) -> str:
    """Losses of the epochs so far, out of `total`, on a logarithmic scale; a dashed line at each of `marks`, named."""
    # what the network reaches lies below all marks: room for it from the start, so that the scale keeps still
    low = min(0.6 * min(marks.values()), *test, *train)
    high = max(*marks.values(), *test[:1], *train[:1])

    def x(epoch: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * epoch / max(1, total)

    def y(loss: float) -> float:
        share = math.log(min(loss, high) / low) / math.log(high / low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    def draw_polyline(values: Sequence[float], style: str) -> str:
        points = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in enumerate(values))
        return f"<polyline points='{points}' style='{style}'/>"

    grid = "".join(
        f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y(v):.1f}' y2='{y(v):.1f}'/>"
        f"<text x='{LEFT - 6}' y='{y(v) + 4:.1f}' text-anchor='end'>{v:g}</text>"
        for v in _round_numbers(low, high)
    )
    ticks = "".join(
        f"<text x='{x(v):.1f}' y='{HEIGHT - BOTTOM + 18}' text-anchor='middle'>{v:g}</text>"
        for v in sorted({round(total * i / 4) for i in range(5)})
    )
    middle = (LEFT + WIDTH - RIGHT) / 2
    label = f"<text x='{middle}' y='{HEIGHT - 8}' text-anchor='middle'>{html.escape(x_label)}</text>"
    curves = draw_polyline(train, f"stroke: {COLOURS['train']}; stroke-width: 1.5")
    curves += draw_polyline(test, f"stroke: {COLOURS['test']}; stroke-width: 2.5")
    return (
        f"<svg class='curve' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{html.escape(title, quote=True)}'>"
        f"{grid}{ticks}{label}{_mark_lines({name: y(mark) for name, mark in marks.items()})}{curves}</svg>"
    )


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten from `low` to `high`.

    >>> _round_numbers(0.03, 0.3)
    [0.05, 0.1, 0.2]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    return [number for number in numbers if low <= number <= high]


def _mark_lines(heights: Mapping[str, float]) -> str:
    """A dashed line at each height and its name above it, moved up where it would hide another."""
    drawn, above = "", float("inf")
    for name, height in sorted(heights.items(), key=lambda item: -item[1]):
        above = min(height - 4, above - LEAST_GAP)
        drawn += (
            f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{height:.1f}' y2='{height:.1f}' "
            "style='stroke: currentColor; stroke-dasharray: 5 4; opacity: 0.6'/>"
            f"<text x='{WIDTH - RIGHT}' y='{above:.1f}' text-anchor='end'>{html.escape(name)}</text>"
        )
    return drawn
