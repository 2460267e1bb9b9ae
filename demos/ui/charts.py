"""Charts as HTML and inline SVG: they follow the page's colours and need no script, no font and no library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from demos.ui.html import format_each
from demos.ui.language import localise

# Tableau's blue and orange, which people without colour vision tell apart too
TRAIN_TEST_COLOURS = {"train": "#4c78a8", "test": "#f58518"}


@dataclass(frozen=True)
class Plot:
    """An empty diagram with room for the numbers on its left and below it.

    Places are shares of the diagram: (0, 0) is its lower left corner, (1, 1) its upper right one.

    Attributes:
        width: of the whole drawing, in units of the SVG's view box, as all other lengths.
        height: of the whole drawing.
        left: margin.
        right: margin.
        top: margin.
        bottom: margin.
    """

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int

    def x(self, share: float) -> float:
        """The horizontal place of a share in [0, 1], from the left."""
        return self.left + (self.width - self.left - self.right) * share

    def y(self, share: float) -> float:
        """The vertical place of a share in [0, 1]; SVG counts from the top."""
        return self.height - self.bottom - (self.height - self.top - self.bottom) * share

    def horizontal_line(self, y: float, style: str = "") -> Markup:
        """A line from the left margin to the right one, at the vertical place `y`."""
        line = Markup("<line x1='{}' x2='{}' y1='{:.1f}' y2='{:.1f}'{}/>")
        return line.format(self.left, self.width - self.right, y, y, _style_attribute(style))

    def y_axis(self, marks: Iterable[tuple[str, float]]) -> Markup:
        """A line across the diagram for each (label, share), the label on its left."""
        label = Markup("<text x='{}' y='{:.1f}' text-anchor='end'>{}</text>")
        return Markup("").join(
            self.horizontal_line(self.y(share)) + label.format(self.left - 6, self.y(share) + 4, name)
            for name, share in marks
        )

    def x_axis(self, marks: Iterable[tuple[str, float]], title: str) -> Markup:
        """A label below the diagram for each (label, share), and below them what they mean."""
        label = Markup("<text x='{}' y='{}' text-anchor='middle'>{}</text>")
        ticks = (label.format(f"{self.x(share):.1f}", self.height - self.bottom + 18, name) for name, share in marks)
        middle = (self.left + self.width - self.right) / 2
        return Markup("").join([*ticks, label.format(middle, self.height - 8, title)])

    def polyline(self, shares: Iterable[tuple[float, float]], style: str = "") -> Markup:
        """A curve through the places (share, share)."""
        points = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in shares)
        return Markup("<polyline points='{}'{}/>").format(points, _style_attribute(style))

    def draw(self, title: str, parts: Sequence[Markup]) -> Markup:
        """The parts as one drawing; `title` is what screen readers say of it."""
        frame = Markup("<svg class='curve' viewBox='0 0 {} {}' role='img' aria-label='{}'>{}</svg>")
        return frame.format(self.width, self.height, title, Markup("").join(parts))


def colour_keys() -> Markup:
    """Which colour is training and which is held out."""
    key = Markup("<span><i style='background: {}'></i>{}</span>")
    keys = (key.format(colour, localise(f"transfer.part_{part}")) for part, colour in TRAIN_TEST_COLOURS.items())
    return Markup("<p class='transfer-keys'>{}</p>").format(Markup("").join(keys))


def bar_cell(share: float, label: str, kind: str) -> Markup:
    """A table's cell with a bar as long as `share`, which is cut to [0, 1], and the label on it."""
    width = min(max(share, 0), 1) * 100
    return Markup("<td><div class='{}'><i style='width:{:.1f}%'></i><span>{}</span></div></td>").format(
        kind, width, label
    )


def table(head: Markup, rows: Iterable[Markup], *, classes: str = "", row_style: str = "") -> Markup:
    """A table of a first row and others.

    Args:
        head: the cells of the first row.
        rows: the cells of each other row.
        classes: of the table.
        row_style: CSS of every row.
    """
    row = Markup("<tr{}>{{}}</tr>").format(_style_attribute(row_style))
    inside = Markup("<thead>{}</thead><tbody>{}</tbody>").format(row.format(head), format_each(row, rows))
    return Markup("<table{}>{}</table>").format(Markup(" class='{}'").format(classes) if classes else "", inside)


def _style_attribute(style: str) -> Markup:
    return Markup(" style='{}'").format(style) if style else Markup("")
