"""How a class probability follows a change of the picture, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from demos.ui.charts import Plot

PLOT = Plot(width=480, height=230, left=44, right=14, top=12, bottom=46)


def probability_curve(
    values: Sequence[float],
    shares: Sequence[float],
    *,
    kept: Sequence[bool],
    tips: Sequence[str],
    x_label: str,
    title: str,
) -> Markup:
    """Shares in [0, 1] over values, as SVG; a filled dot where `kept`, a hollow one elsewhere, a tip on each."""
    low, high = min(values), max(values)

    def place(value: float) -> float:
        return (value - low) / (high - low) if high > low else 0.5

    marks = [round(low + (high - low) * i / 4, 2) for i in range(5 if high > low else 1)]
    places = [place(value) for value in values]
    dot = Markup("<circle class='{}' cx='{:.1f}' cy='{:.1f}' r='4'><title>{}</title></circle>")
    dots = (
        dot.format("kept" if same else "lost", PLOT.x(x), PLOT.y(y), tip)
        for x, y, same, tip in zip(places, shares, kept, tips, strict=True)
    )
    parts = [
        PLOT.y_axis((f"{share:.0%}", share) for share in (0, 0.25, 0.5, 0.75, 1)),
        PLOT.x_axis(((f"{mark:g}", place(mark)) for mark in marks), x_label),
        PLOT.polyline(zip(places, shares, strict=True)),
        *dots,
    ]
    return PLOT.draw(title, parts)
