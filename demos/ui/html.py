"""Small pieces of HTML for every tab.

`Markup.format` and `Markup.join` escape what they are given unless it is `Markup` itself, so whatever a visitor wrote
stays text. Plain strings must not be added to `Markup`: they would be escaped too.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup


def format_each(template: Markup, values: Iterable[object]) -> Markup:
    """The template once for each value, which takes the place of `{}`.

    >>> format_each(Markup("<li>{}</li>"), ["a", "<b>"])
    Markup('<li>a</li><li>&lt;b&gt;</li>')
    """
    return Markup("").join(template.format(value) for value in values)


def status_line(sentence: str) -> Markup:
    """A paragraph that screen readers read out when it changes."""
    return Markup("<p class='said' role='status'>{}</p>").format(sentence)


def progress_bar(sentence: str, index: int, total: int) -> Markup:
    """A sentence above a progress bar, of which `index` of `total` steps are filled."""
    bar = Markup("<progress max='{}' value='{}' aria-label='{}'></progress>").format(total, index, sentence)
    return status_line(sentence) + bar


def fact_chips(*facts: str) -> Markup:
    """A row of short facts, each in a frame of its own."""
    return Markup("<div class='badge'>{}</div>").format(format_each(Markup("<span>{}</span>"), facts))


def column_heads(names: Iterable[str]) -> Markup:
    """The cells of a table's first row."""
    return format_each(Markup("<th scope='col'>{}</th>"), names)
