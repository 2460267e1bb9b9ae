"""The sum behind one pixel, and the size of the output, as HTML with the numbers of the moment."""

from __future__ import annotations

from markupsafe import Markup

from core.edges.convolution import ConvolutionResult, PixelConvolution, output_size, padding_size
from demos import ui
from demos.edges.grid import format_number, number_table

_BLUE, _RED = "33,102,172", "178,24,43"


def output_size_html(shape: tuple[int, int], found: ConvolutionResult, stride: int, padding: str) -> Markup:
    """The output-size formula with the current numbers, for height and width."""
    lines = Markup("<p><var>out</var> = ⌊(<var>n</var> + 2<var>p</var> − <var>k</var>) / <var>s</var>⌋ + 1</p>")
    line = Markup("<p>{}: ⌊({} + 2·{} − {}) / {}⌋ + 1 = <b>{}</b></p>")
    for name, n, k in zip(("edges.height", "edges.width"), shape, found.weights.shape, strict=True):
        p = padding_size(padding, k)
        lines += line.format(ui.localise(name), n, p, k, stride, output_size(n, k, p, stride))
    return Markup("<div class='edges-size'>{}</div>").format(lines)


def worked_sum_html(found: PixelConvolution) -> Markup:
    """Patch, kernel, products and their sum."""
    total = Markup("<output id='edges-total'>{}</output>").format(format_number(found.total))
    weights, products = _sign_styles(found.weights.tolist()), _sign_styles(found.products.tolist())
    figures = (
        _figure_html("edges.patch", number_table(found.patch, shades=_grey_styles(found))),
        _figure_html("edges.kernel", number_table(found.weights, digits=3, shades=weights)),
        _figure_html("edges.products", number_table(found.products, digits=1, shades=products)),
        _figure_html("edges.sum", total),
    )
    terms = Markup("{}<span class='sign'>×</span>{}<span class='sign'>=</span>{}<span class='sign'>Σ</span>{}").format(
        *figures
    )
    where = ui.localise("edges.where", x=found.centre[0], y=found.centre[1], out_x=found.at[0], out_y=found.at[1])
    outside = "" if found.inside.all() else Markup("<p>{}</p>").format(ui.localise("edges.outside"))
    return Markup("<div class='edges-sums'><p>{}</p><div class='terms'>{}</div><p class='line'>{}</p>{}</div>").format(
        where, terms, _sum_line(found), outside
    )


def _figure_html(key: str, inside: Markup) -> Markup:
    return Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(inside, ui.localise(key))


def _sum_line(found: PixelConvolution) -> Markup:
    """The sum in one line, terms of weight 0 left out."""
    pairs = zip(found.patch.ravel().tolist(), found.weights.ravel().tolist(), strict=True)
    terms = [
        f"{format_number(v, 0)}·({format_number(w, 3)})" if w < 0 else f"{format_number(v, 0)}·{format_number(w, 3)}"
        for v, w in pairs
        if w
    ]
    return Markup("{} = <b>{}</b>").format(" + ".join(terms) or "0", format_number(found.total))


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
