"""The sum behind one pixel, and the size of the output, as HTML with the numbers of the moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from core.edges.convolution import ConvolutionResult, PixelConvolution, Weights, output_size, padding_size
from demos import ui
from demos.edges.grid import format_number, number_table

# that somebody would recognise; the last one is of the largest blur by binomial numbers, 7 x 7
_DENOMINATORS = np.array([*range(1, 1025), 2048, 4096])[:, None]
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
    """Patch, kernel, products and their sum; whole numbers over one denominator wherever the kernel has one."""
    below = common_denominator(found.weights)
    used = WrittenKernel(found.weights * below if below else found.weights, below or 1)
    figures = (
        _figure_html("edges.patch", number_table(found.patch, shades=_grey_styles(found))),
        _figure_html("edges.kernel", number_table(used.weights, digits=used.digits, shades=used.styles), used.divided),
        _figure_html("edges.products", _product_table(found, used), used.divided),
        _figure_html("edges.sum", Markup("<output id='edges-total'>{}</output>").format(format_number(found.total))),
    )
    terms = Markup("{}<span class='sign'>×</span>{}<span class='sign'>=</span>{}<span class='sign'>Σ</span>{}").format(
        *figures
    )
    where = ui.localise("edges.where", x=found.centre[0], y=found.centre[1], out_x=found.at[0], out_y=found.at[1])
    outside = "" if found.inside.all() else Markup("<p>{}</p>").format(ui.localise("edges.outside"))
    return Markup("<div class='edges-sums'><p>{}</p><div class='terms'>{}</div><p class='line'>{}</p>{}</div>").format(
        where, terms, _sum_line(found, used), outside
    )


@dataclass(frozen=True)
class WrittenKernel:
    """A kernel as it is written: `weights`, float32 (h, w), each to be divided by `below`."""

    weights: Weights
    below: int

    @property
    def digits(self) -> int:
        """Digits after the point of a weight: none where all are whole."""
        return 0 if (abs(self.weights - self.weights.round()) < 0.01).all() else 4

    @property
    def styles(self) -> list[list[str]]:
        """The colour of each cell."""
        return _sign_styles(self.weights.tolist())

    @property
    def divided(self) -> str:
        """What the caption says of the denominator."""
        return f" ÷ {self.below}" if self.below > 1 else ""


def common_denominator(weights: Weights) -> int | None:
    """The smallest number, at most 4096, of which every weight (h, w) is a whole multiple's share; None: there is none.

    >>> common_denominator(np.full((7, 7), 1 / 49, np.float32))
    49
    """
    values = weights.astype(np.float64).ravel()
    many = values * _DENOMINATORS
    # as far as float32 can tell
    near = abs(many - many.round()) <= 1.5e-7 * abs(many)
    fits = near.all(axis=1)
    return int(_DENOMINATORS[fits.argmax(), 0]) if fits.any() else None


def _product_table(found: PixelConvolution, used: WrittenKernel) -> Markup:
    products = found.patch * used.weights
    digits = 0 if used.digits == 0 else 2
    return number_table(products, digits=digits, shades=_sign_styles(products.tolist()))


def _figure_html(key: str, inside: Markup, more: str = "") -> Markup:
    return Markup("<figure>{}<figcaption>{}{}</figcaption></figure>").format(inside, ui.localise(key), more)


def _sum_line(found: PixelConvolution, used: WrittenKernel) -> Markup:
    """The sum in one line, terms of weight 0 left out; what was rounded stands behind a wavy sign."""
    pairs = zip(found.patch.ravel().tolist(), used.weights.ravel().tolist(), strict=True)
    digits = used.digits
    terms = [
        f"{format_number(v, 0)}·({format_number(w, digits)})"
        if w < 0
        else f"{format_number(v, 0)}·{format_number(w, digits)}"
        for v, w in pairs
        if w
    ]
    total, line = format_number(found.total), " + ".join(terms) or "0"
    if used.below == 1:
        return Markup("{} {} <b>{}</b>").format(line, "≈" if digits else "=", total)
    above = round(float((found.patch.astype(np.float64) * used.weights.round()).sum()))
    sign = "=" if round(above / used.below, 2) * used.below == above else "≈"
    fraction = f"{format_number(above, 0)} ÷ {used.below}"
    return Markup("({}) ÷ {} = {} {} <b>{}</b>").format(line, used.below, fraction, sign, total)


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
