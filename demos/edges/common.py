"""What the sub-tabs share: the size at which is computed, how results become pictures, the wheel of directions."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core import images
from core.edges import evaluation
from core.images import RGB, Grey, Mask
from demos import ui

Levels = npt.NDArray[np.uint8]
SMALLEST = 400  # Gradio shows small pictures small
# longest side of what is computed, unless the visitor wants it whole: thresholds and blurs are in pixels, and those of
# a phone's photo are so fine that a step takes ten of them and no detector sees one
LONGEST = 1024

WHEEL = (
    "<div class='edges-wheel' aria-hidden='true'><i></i><span>→</span><span>↓</span><span>←</span><span>↑</span></div>"
)


def limit_size(picture: RGB, full: bool = False) -> RGB:
    """The picture at most `LONGEST` pixels long, or as it is where `full` is wanted."""
    return picture if full else images.fit(picture, LONGEST)


def size_chips(used: RGB, picture: RGB) -> list[str]:
    """At what size was computed, for the badge; nothing where that is the picture's own."""
    if used.shape == picture.shape:
        return []
    return [ui.localise("edges.computed_at", width=used.shape[1], height=used.shape[0])]


def to_uint8(values: Grey) -> Levels:
    """Values (H, W) in [0, 1] as uint8 (H, W): a third of the bytes of a colour picture."""
    return (values * 255).round().astype(np.uint8)


def enlarge_if_small(picture: Levels) -> Levels:
    """The picture, its pixels repeated while it is small."""
    factor = enlarge_factor(*picture.shape[:2])
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def enlarge_factor(height: int, width: int) -> int:
    """How many times `enlarge_if_small` repeats each pixel."""
    return max(1, SMALLEST // max(height, width))


def shrink_lines(lines: Mask, shape: tuple[int, ...]) -> Mask:
    """Lines bool (H, W) at a smaller `shape`, (h, w, ...): a pixel that one touches has one."""
    if lines.shape == shape[:2]:
        return lines
    smaller = cv2.resize(lines.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(smaller > 0)


def thicken_lines(lines: Mask, width: int) -> Mask:
    """Lines bool (H, W) so many pixels wide."""
    return np.asarray(cv2.dilate(lines.astype(np.uint8), np.ones((width, width), np.uint8)) > 0)


def thicken_colours(compared: RGB) -> RGB:
    """The lines of a comparison wide enough to be seen where it is shown smaller, about half a column wide."""
    width = 1 + 2 * (max(compared.shape[:2]) // 500)
    shown = np.full_like(compared, 255)
    for colour in (evaluation.ONLY_PEOPLE, evaluation.ONLY_EDGES, evaluation.BOTH):
        shown[thicken_lines((compared == colour).all(axis=2), width)] = colour
    return shown
