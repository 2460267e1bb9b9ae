"""Where on the pictures of the page something is: drawn over them by the browser, never into them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core import texts

SCRIPT = texts.ASSETS / "marks.js"

# of one place: the component and the part of its picture
Mark = dict[str, Any]


class Marks(gr.HTML):  # the browser knows the component by the name of its one base
    """A list of `mark_box`, each drawn over the picture of its component while the part that this one is in is open."""

    is_template = True

    @property
    def skip_api(self) -> bool:
        """Whoever calls the API has no page to draw on."""
        return True


def marks_slot(elem_id: str) -> Marks:
    """Draws what it is given; takes no room itself."""
    return Marks(
        [],
        html_template="",
        js_on_load=SCRIPT.read_text(encoding="utf-8"),
        elem_id=elem_id,
        elem_classes="marker",
    )


def mark_box(
    component: str, corner: tuple[int, int], size: tuple[int, ...], shape: tuple[int, ...] | None = None
) -> Mark:
    """A place on the picture that a component shows.

    Args:
        component: its elem_id.
        corner: (x, y) of the upper left corner, in pixels; a patch may begin outside of the picture.
        size: (width, height) in pixels.
        shape: (H, W) of the picture whose pixels these are; None where the component shows it pixel by pixel.
    """
    (x, y), (w, h) = corner, size
    return {"on": component, "box": [x, y, x + w, y + h], "size": None if shape is None else [shape[1], shape[0]]}
