"""A curve of probabilities as inline SVG: it follows the page's colours, needs no font of its own and no script."""

from __future__ import annotations

import html
from collections.abc import Sequence

WIDTH, HEIGHT = 480, 230
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 12, 46


def probability_curve(
    values: Sequence[float],
    shares: Sequence[float],
    *,
    kept: Sequence[bool],
    tips: Sequence[str],
    x_label: str,
    title: str,
) -> str:
    """Shares in [0, 1] over values, as SVG; a filled dot where `kept`, a hollow one elsewhere, a tip on each."""
    low, high = min(values), max(values)
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ((value - low) / span if high > low else 0.5)

    def y(share: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    grid = "".join(
        f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y(s):.1f}' y2='{y(s):.1f}'/>"
        f"<text x='{LEFT - 6}' y='{y(s) + 4:.1f}' text-anchor='end'>{s:.0%}</text>"
        for s in (0, 0.25, 0.5, 0.75, 1)
    )
    ticks = "".join(
        f"<text x='{x(v):.1f}' y='{HEIGHT - BOTTOM + 18}' text-anchor='middle'>{v:g}</text>"
        for v in (round(low + span * i / 4, 2) for i in range(5 if high > low else 1))
    )
    line = " ".join(f"{x(v):.1f},{y(s):.1f}" for v, s in zip(values, shares, strict=True))
    dots = "".join(
        f"<circle class='{'kept' if same else 'lost'}' cx='{x(v):.1f}' cy='{y(s):.1f}' r='4'>"
        f"<title>{html.escape(tip)}</title></circle>"
        for v, s, same, tip in zip(values, shares, kept, tips, strict=True)
    )
    name = f"<text x='{(LEFT + WIDTH - RIGHT) / 2}' y='{HEIGHT - 8}' text-anchor='middle'>{html.escape(x_label)}</text>"
    return (
        f"<svg class='curve' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{html.escape(title, quote=True)}'>"
        f"{grid}{ticks}{name}<polyline points='{line}'/>{dots}</svg>"
    )
