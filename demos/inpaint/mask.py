"""From the editor's value to a mask and back: the editor shows the picture small, the mask has its full size."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from core import images
from core.errors import InputError

LONGEST = 1024  # in the editor: a browser without a graphics card stalls on more
INK, OPACITY = (255, 45, 85), 0.6


def editor_value(
    picture: images.RGB | None, uploaded: images.Mask | None, painted: Any = None
) -> dict[str, Any] | None:
    """The editor's value: the picture with the uploaded mask tinted, and the strokes that were painted before.

    The uploaded mask is part of what is shown, not a layer: Gradio 6.31 lays a layer that comes together with a
    picture of another size in the wrong place.
    """
    if picture is None:
        return None
    small = images.fit(picture, LONGEST)
    if uploaded is not None:
        small = images.overlay_mask(small, resize_editor_mask(uploaded, small.shape), INK, OPACITY)
    layers = [] if painted is None else painted["layers"]
    return {"background": small, "layers": layers, "composite": None}


def read_upload(picture: images.RGB | None, uploaded: Any) -> images.Mask | None:
    """The uploaded mask, bool (H, W) at the picture's size; None where there is none.

    Raises:
        InputError: there is no picture, or the mask has another size.
    """
    if picture is None:
        raise InputError("errors.picture_missing")
    return None if uploaded is None else images.to_mask(uploaded, picture.shape[:2])


def read_mask(picture: images.RGB | None, painted: dict[str, Any] | None, uploaded: Any) -> images.Mask:
    """What the brush and the uploaded mask cover together, bool (H, W) at the picture's size.

    Raises:
        InputError: as in `read_upload`, or the editor shows another picture.
    """
    found = read_upload(picture, uploaded)
    assert picture is not None
    if found is None:
        found = np.zeros(picture.shape[:2], bool)
    strokes = _read_strokes(painted)
    if strokes is not None and strokes.any():
        small = images.fit(picture, LONGEST).shape[:2]
        found = found | resize_editor_mask(images.to_mask(strokes, small), picture.shape)
    return found


def keep_mask(picture: images.RGB, painted: dict[str, Any] | None, uploaded: Any) -> images.Mask | None:
    """The mask of the picture before, bool (H, W); None where that had another size, or no mask."""
    try:
        found = read_mask(picture, painted, uploaded)
    except InputError:
        return None
    return found if found.any() else None


def resize_editor_mask(mask: images.Mask, shape: tuple[int, ...]) -> images.Mask:
    """The mask at the size of `shape`, (H, W, ...); when it shrinks, a pixel that it touches is covered."""
    way = cv2.INTER_AREA if shape[0] < mask.shape[0] else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=way) > 0)


def _read_strokes(painted: dict[str, Any] | None) -> images.Mask | None:
    """Where the editor's layers cover its picture, bool (H, W) at the editor's size; None where it has no picture."""
    if painted is None or painted.get("background") is None:
        return None
    covered = np.zeros(painted["background"].shape[:2], bool)
    for layer in painted["layers"]:
        covered |= layer[..., 3] > 0
    return covered
