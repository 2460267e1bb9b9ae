"""Classes as the visitor's page shows them."""

from __future__ import annotations

from collections.abc import Iterable

from core.classify import shown_class_name
from demos import ui


def show_class(label: str) -> str:
    """A class in the visitor's language: "호랑이고양이 (tiger cat)" on a Korean page, "tiger cat" on an English one."""
    return shown_class_name(label, ui.visitor_language())


def class_choices(labels: Iterable[str]) -> list[tuple[str, str]]:
    """Choices of a list: what is shown, and the label."""
    return [(show_class(label), label) for label in labels]
