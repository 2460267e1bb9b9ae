"""Sentences in the badge's place: what is under way, how far it is, and facts as chips."""

from __future__ import annotations

import html


def status_line(sentence: str) -> str:
    """A sentence, read out by screen readers."""
    return f"<p class='said' role='status'>{html.escape(sentence)}</p>"


def progress_bar(sentence: str, index: int, total: int) -> str:
    """The sentence over a bar: `index` of `total` are done."""
    bar = f"<progress max='{total}' value='{index}' aria-label='{html.escape(sentence)}'></progress>"
    return status_line(sentence) + bar


def fact_chips(*facts: str) -> str:
    """Facts beside each other."""
    return "<div class='badge'>" + "".join(f"<span>{html.escape(fact)}</span>" for fact in facts) + "</div>"
