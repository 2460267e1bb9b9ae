"""The sum behind one pixel, and the size of the output, as HTML with the numbers of the moment."""

from __future__ import annotations

import html

from core.edges.convolution import Arithmetic, Convolved, output_size, padding_of
from demos import ui
from demos.edges.grid import number, table

_BLUE, _RED = "33,102,172", "178,24,43"


def size(shape: tuple[int, int], found: Convolved, stride: int, padding: str) -> str:
    """The output-size formula with the current numbers, for height and width."""
    lines = ["<p><var>out</var> = ⌊(<var>n</var> + 2<var>p</var> − <var>k</var>) / <var>s</var>⌋ + 1</p>"]
    for name, n, k in zip(("edges.height", "edges.width"), shape, found.weights.shape, strict=True):
        p = padding_of(padding, k)
        sum_of = f"⌊({n} + 2·{p} − {k}) / {stride}⌋ + 1 = <b>{output_size(n, k, p, stride)}</b>"
        lines.append(f"<p>{html.escape(ui.say(name))}: {sum_of}</p>")
    return f"<div class='edges-size'>{''.join(lines)}</div>"


def spelled_out(found: Arithmetic) -> str:
    """Patch, kernel, products and their sum."""
    parts = [
        _figure("edges.patch", table(found.patch, shades=_greys(found))),
        "<span class='sign'>×</span>",
        _figure("edges.kernel", table(found.weights, digits=3, shades=_signs(found.weights.tolist()))),
        "<span class='sign'>=</span>",
        _figure("edges.products", table(found.products, digits=1, shades=_signs(found.products.tolist()))),
        "<span class='sign'>Σ</span>",
        _figure("edges.sum", f"<output id='edges-total'>{number(found.total)}</output>"),
    ]
    where = ui.say("edges.where", x=found.centre[0], y=found.centre[1], out_x=found.at[0], out_y=found.at[1])
    outside = "" if found.inside.all() else f"<p>{html.escape(ui.say('edges.outside'))}</p>"
    return (
        f"<div class='edges-sums'><p>{html.escape(where)}</p><div class='terms'>{''.join(parts)}</div>"
        f"<p class='line'>{_line(found)}</p>{outside}</div>"
    )


def _figure(key: str, inside: str) -> str:
    return f"<figure>{inside}<figcaption>{html.escape(ui.say(key))}</figcaption></figure>"


def _line(found: Arithmetic) -> str:
    """The sum in one line, terms of weight 0 left out."""
    pairs = zip(found.patch.ravel().tolist(), found.weights.ravel().tolist(), strict=True)
    terms = [f"{number(v, 0)}·({number(w, 3)})" if w < 0 else f"{number(v, 0)}·{number(w, 3)}" for v, w in pairs if w]
    return f"{' + '.join(terms) or '0'} = <b>{number(found.total)}</b>"


def _greys(found: Arithmetic) -> list[list[str]]:
    """Each cell in its own grey; what the padding made up is dashed."""

    def style(value: float, inside: bool) -> str:
        ink = "#fff" if value < 128 else "#000"
        border = "" if inside else ";outline:2px dashed #d97706;outline-offset:-3px"
        return f"background:rgb({value:.0f},{value:.0f},{value:.0f});color:{ink}{border}"

    rows = zip(found.patch.tolist(), found.inside.tolist(), strict=True)
    return [[style(v, i) for v, i in zip(values, inside, strict=True)] for values, inside in rows]


def _signs(values: list[list[float]]) -> list[list[str]]:
    """Blue below zero, red above, stronger where larger."""
    largest = max(max(abs(v) for v in row) for row in values) or 1
    return [
        [f"background:rgba({_BLUE if v < 0 else _RED},{0.55 * abs(v) / largest:.2f})" for v in row] for row in values
    ]
