"""The sum behind one pixel, and the size of the output, as HTML with the numbers of the moment."""

from __future__ import annotations

import html

from core.edges.convolution import ConvolutionResult, PixelConvolution, output_size, padding_size
from demos import ui
from demos.edges.grid import format_number, number_table

_BLUE, _RED = "33,102,172", "178,24,43"


def output_size_html(shape: tuple[int, int], found: ConvolutionResult, stride: int, padding: str) -> str:
    """The output-size formula with the current numbers, for height and width."""
    lines = ["<p><var>out</var> = ⌊(<var>n</var> + 2<var>p</var> − <var>k</var>) / <var>s</var>⌋ + 1</p>"]
    for name, n, k in zip(("edges.height", "edges.width"), shape, found.weights.shape, strict=True):
        p = padding_size(padding, k)
        sum_of = f"⌊({n} + 2·{p} − {k}) / {stride}⌋ + 1 = <b>{output_size(n, k, p, stride)}</b>"
        lines.append(f"<p>{html.escape(ui.localise(name))}: {sum_of}</p>")
    return f"<div class='edges-size'>{''.join(lines)}</div>"


def worked_sum_html(found: PixelConvolution) -> str:
    """Patch, kernel, products and their sum."""
    parts = [
        _figure_html("edges.patch", number_table(found.patch, shades=_grey_styles(found))),
        "<span class='sign'>×</span>",
        _figure_html(
            "edges.kernel", number_table(found.weights, digits=3, shades=_sign_styles(found.weights.tolist()))
        ),
        "<span class='sign'>=</span>",
        _figure_html(
            "edges.products", number_table(found.products, digits=1, shades=_sign_styles(found.products.tolist()))
        ),
        "<span class='sign'>Σ</span>",
        _figure_html("edges.sum", f"<output id='edges-total'>{format_number(found.total)}</output>"),
    ]
    where = ui.localise("edges.where", x=found.centre[0], y=found.centre[1], out_x=found.at[0], out_y=found.at[1])
    outside = "" if found.inside.all() else f"<p>{html.escape(ui.localise('edges.outside'))}</p>"
    return (
        f"<div class='edges-sums'><p>{html.escape(where)}</p><div class='terms'>{''.join(parts)}</div>"
        f"<p class='line'>{_sum_line(found)}</p>{outside}</div>"
    )


def _figure_html(key: str, inside: str) -> str:
    return f"<figure>{inside}<figcaption>{html.escape(ui.localise(key))}</figcaption></figure>"


def _sum_line(found: PixelConvolution) -> str:
    """The sum in one line, terms of weight 0 left out."""
    pairs = zip(found.patch.ravel().tolist(), found.weights.ravel().tolist(), strict=True)
    terms = [
        f"{format_number(v, 0)}·({format_number(w, 3)})" if w < 0 else f"{format_number(v, 0)}·{format_number(w, 3)}"
        for v, w in pairs
        if w
    ]
    return f"{' + '.join(terms) or '0'} = <b>{format_number(found.total)}</b>"


def _grey_styles(found: PixelConvolution) -> list[list[str]]:
    """Each cell in its own grey; values that come from the padding have a dashed outline."""

    def cell_style(value: float, inside: bool) -> str:
        ink = "#fff" if value < 128 else "#000"
        border = "" if inside else ";outline:2px dashed #d97706;outline-offset:-3px"
        return f"background:rgb({value:.0f},{value:.0f},{value:.0f});color:{ink}{border}"

    rows = zip(found.patch.tolist(), found.inside.tolist(), strict=True)
    return [[cell_style(v, i) for v, i in zip(values, inside, strict=True)] for values, inside in rows]


def _sign_styles(values: list[list[float]]) -> list[list[str]]:
    """Blue below zero, red above, stronger where larger."""
    largest = max(max(abs(v) for v in row) for row in values) or 1
    return [
        [f"background:rgba({_BLUE if v < 0 else _RED},{0.55 * abs(v) / largest:.2f})" for v in row] for row in values
    ]
