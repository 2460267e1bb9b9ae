"""Controls that hand on whatever came, so that `core` refuses what it cannot use, with a sentence in both languages.

Gradio's own ones check first, in English only for a number out of range, and break over a value of another type.
"""

from __future__ import annotations

from typing import Any

import gradio as gr


class Slider(gr.Slider):
    """A number between two ends."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        """What came."""
        return payload


class Number(gr.Number):
    """A number."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        """What came."""
        return payload


class Dropdown(gr.Dropdown):
    """One of several values."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        """What came."""
        return payload


class ModelList(Dropdown):
    """The rows of a task; `demos/page/model_lists.py` says which of them are here.

    Attributes:
        task: the catalogue's.
        others: choices that are no rows, (text, value), which come first.
    """

    is_template = True
    task: str = ""
    others: tuple[tuple[Any, str], ...] = ()


class Radio(gr.Radio):
    """One of a few values."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        """What came."""
        return payload


class File(gr.File):
    """A file or several: `file_types` is what the browser's window offers, not what is let in."""

    is_template = True

    def _process_single_file(self, f: Any) -> Any:
        """The path of a file that came."""
        return str(f.path)
