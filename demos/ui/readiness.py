"""Buttons that wait for what they need, and results that go when what was asked for failed.

The browser does both by itself: no call of the server, and nothing that a program would meet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import gradio as gr
from markupsafe import Markup

from core import texts
from demos.ui.language import Language
from demos.ui.widgets import QUIET

# a text of blanks, an empty list and nothing are all nothing; behind what is needed come the values of `unless`
_ALL_FILLED = """(...values) => {
    const filled = v => typeof v === 'string' ? v.trim() : Array.isArray(v) ? v.length : (v ?? null) !== null;
    const others = OTHERS, rest = values.splice(values.length - others.length);
    const ready = values.every(filled) || others.some((other, at) => rest[at] === other);
    return {interactive: Boolean(ready), __type__: 'update'};
}"""
# a fault has one sentence in one place: where a toast tells it, Gradio's red "error" goes; a bug has only that
_HIDE_TOLD = """() => {
    const told = () => document.querySelector('[data-testid="toast-body"]') && document
        .querySelectorAll('[data-testid="status-tracker"]:has(.error)').forEach(box => box.classList.add('told'));
    setTimeout(told); setTimeout(told, 300);
    return EMPTY;
}"""


def enable_when_filled(button: gr.Button, hint: str, *needed: Any, unless: Mapping[Any, str] | None = None) -> None:
    """`button` can be pressed once every one of `needed` holds something; until then it says `hint`, a sentence's key.

    The hint is part of the button, so that no layout moves; it is called beside the button, whose `elem_id` it needs.

    Args:
        button: waits.
        hint: what for.
        needed: components.
        unless: components with the value of each that makes the button work without any of `needed`.
    """
    assert button.elem_id, "the hint finds its button by its elem_id"
    others = dict(unless or {})
    begins = any(component.value == value for component, value in others.items())
    button.interactive = begins or all(_holds_something(component) for component in needed)
    gr.HTML(_hint_style(button.elem_id, hint), elem_classes="unseen", padding=False)
    asked = [*needed, *others]
    script = _ALL_FILLED.replace("OTHERS", json.dumps([*others.values()]))
    gr.on([component.change for component in asked], None, asked, button, js=script, **QUIET)


def clear_on_failure(event: Any, outputs: Iterable[gr.components.Component]) -> None:
    """What an earlier call has shown goes when `event` fails, and does not stand beside the sentence that says why."""
    shown = [component for component in outputs if not isinstance(component, gr.State)]
    empty = ["" if isinstance(component, (gr.HTML, gr.Markdown, gr.Code)) else None for component in shown]
    event.failure(None, None, shown, js=_HIDE_TOLD.replace("EMPTY", json.dumps(empty)), **QUIET)


def _holds_something(component: Any) -> bool:
    value = getattr(component, "value", None)
    return bool(value.strip() if isinstance(value, str) else value)


def _hint_style(elem_id: str, hint: str) -> Markup:
    """CSS that writes the hint behind a button's own word while it is disabled, in the language of the page."""
    texts.check_key(hint)
    rules = []
    for language in texts.LANGUAGES:
        said = json.dumps(texts.format_sentence(hint, Language.forced or language), ensure_ascii=False)
        rules.append(f"html[lang^={language}] #{elem_id}:disabled::after {{ content: {said} }}")
    # our own sentences and names: nothing of a visitor
    return Markup("<style>{}</style>").format(Markup(" ".join(rules)))  # noqa: S704
