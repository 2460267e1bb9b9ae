"""Where the persons of a picture are."""

from __future__ import annotations

from core.boxes import BoxesResult, find_boxes


def find_people(image: object, *, threshold: float | None = None, model: str | None = None) -> BoxesResult:
    """Persons of any age and dress, from head to foot or as far as they are seen.

    What goes in and what is raised is as of `core.boxes.find_boxes`.
    """
    return find_boxes("people", image, threshold=threshold, model=model)
