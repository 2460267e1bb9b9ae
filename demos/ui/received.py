"""What came for a component, checked by its kind before any handler sees it: the API lets through whatever is JSON."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components.image_editor import EditorData
from gradio.i18n import I18nData
from pydantic import model_validator

from core import checks
from core.errors import InputError
from demos.ui.language import localise


class EditorPictures(EditorData):
    """What is in an editor; a picture by itself, as a program sends it, is the background of an empty one."""

    @model_validator(mode="before")
    @classmethod
    def _accept_picture(cls, sent: Any) -> Any:
        alone = isinstance(sent, dict) and "background" not in sent and (sent.get("path") or sent.get("url"))
        return {"background": sent} if alone else sent


def check_value(component: Block, value: Any) -> Any:
    """The value, of a type that this kind of component can send, without halves of emoji.

    Numbers and choices in range are the handlers' own to judge: `core` names the range.

    Raises:
        InputError: the component never sends such a thing.
    """
    try:
        clean = clean_json(value)
    except (OverflowError, RecursionError) as error:
        name, got = component_name(component), checks.short_repr(value)
        raise InputError("errors.value_unreadable", name=name, got=got) from error
    for kinds, check in _CHECKS.items():
        if isinstance(component, kinds):
            return check(component, clean)
    return clean


def component_name(component: Block) -> str:
    """What the component is called on the page, in the visitor's language; one that is not shown has no name there."""
    label = getattr(component, "label", None)
    if isinstance(label, I18nData):
        return localise(label.key)
    return str(label or getattr(component, "elem_id", None) or localise("ui.nameless"))


def clean_json(value: Any) -> Any:
    """The JSON value with every text free of lone surrogates, which no answer can carry in UTF-8.

    Raises:
        OverflowError: a whole number is too large for a float, which no component sends, and most libraries break over.
        RecursionError: it is nested too deeply.

    >>> clean_json({"a": ["x\\ud83d"]})
    {'a': ['x']}
    """
    if isinstance(value, int):
        float(value)
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "ignore").decode("utf-8")
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    if isinstance(value, dict):
        return {clean_json(key): clean_json(item) for key, item in value.items()}
    return value


def chosen_index(event: gr.SelectData, count: int) -> int:
    """Which of `count` things was clicked.

    Raises:
        InputError: none of them.
    """
    at = event.index
    if isinstance(at, int) and not isinstance(at, bool) and 0 <= at < count:
        return at
    raise InputError("errors.event_data", got=checks.short_repr(at))


def chosen_pixel(event: gr.SelectData) -> tuple[int, int]:
    """(x, y) of the pixel that was clicked, neither below 0.

    Raises:
        InputError: no pixel.
    """
    at = event.index
    if isinstance(at, (list, tuple)) and len(at) == 2 and all(_is_place(side) for side in at):
        return int(at[0]), int(at[1])
    raise InputError("errors.event_data", got=checks.short_repr(at))


def _is_place(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 2**31


def _check_text(component: Block, value: Any) -> Any:
    """Text, nothing, or a number, which a program may send for its digits."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return str(value)
    raise InputError("errors.text_type", name=component_name(component), got=checks.short_repr(value))


def _check_boolean(component: Block, value: Any) -> bool:
    """True or false; many programs write 1 and 0 for these."""
    return checks.boolean(component_name(component), bool(value) if type(value) is int and value in (0, 1) else value)


def _check_number(component: Any, value: Any) -> Any:
    """A number, or nothing; how large, the handlers say."""
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    name, low, high = component_name(component), component.minimum, component.maximum
    if low is None or high is None:
        raise InputError("errors.value_unreadable", name=name, got=checks.short_repr(value))
    raise InputError("errors.number", name=name, low=f"{low:g}", high=f"{high:g}", got=checks.short_repr(value))


def _check_choice(component: Any, value: Any) -> Any:
    """A choice, or several where several may be chosen; whether there is such a one, the handlers say."""
    several = isinstance(value, list) and getattr(component, "multiselect", False)
    if all(isinstance(item, (str, int, float, type(None))) for item in (value if several else [value])):
        return value
    raise InputError("errors.scalar", name=component_name(component), got=checks.short_repr(value))


def _check_example(component: Any, value: Any) -> int:
    """The number of an example."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(component.raw_samples):
        return value
    raise InputError("errors.event_data", got=checks.short_repr(value))


_CHECKS: dict[Any, Callable[[Any, Any], Any]] = {
    (gr.Textbox, gr.ColorPicker, gr.Code, gr.Markdown): _check_text,
    gr.Checkbox: _check_boolean,
    (gr.Slider, gr.Number): _check_number,
    (gr.Dropdown, gr.Radio): _check_choice,
    gr.Dataset: _check_example,
}
