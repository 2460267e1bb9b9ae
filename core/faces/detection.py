"""Where the faces of a picture are."""

from __future__ import annotations

from core.boxes import BoxesResult, find_boxes


def find_faces(image: object, *, threshold: float | None = None, model: str | None = None) -> BoxesResult:
    """Human faces, from the front to a profile, of a fortieth of the picture's longest side or more.

    Boxes are from the eyebrows to the chin. What goes in and what is raised is as of `core.boxes.find_boxes`.
    """
    return find_boxes("faces", image, threshold=threshold, model=model)
