"""Few long lines instead of many short ones: what a person would draw of a picture, as far as a network can tell."""

from __future__ import annotations

import cv2
import numpy as np

from core import checks, images
from core.edges import evaluation
from core.images import Mask

LONGEST = 640  # what the learned detector looks at


def find_outlines(image: object, *, threshold: float = 0.5, share: float = 0.15, most: int = 12) -> Mask:
    """The longest lines that people would draw, one pixel wide, bool (h, w); the picture is first made 640 pixels long.

    Args:
        image: what `core.images.to_rgb` takes.
        threshold: least probability of a line, in [0.001, 1].
        share: as in `keep_longest`.
        most: as in `keep_longest`.

    Raises:
        InputError: no picture, a number out of range.
        ModelUnavailable: the learned detector's weights are not on this machine.
    """
    level = checks.number("threshold", threshold, 0.001, 1)
    (lines,) = evaluation.edge_lines(images.fit(images.to_rgb(image), LONGEST), "learned", [level])
    return keep_longest(lines, share=share, most=most)


def keep_longest(lines: Mask, *, share: float = 0.15, most: int = 12) -> Mask:
    """Of lines bool (H, W) the connected ones of most pixels; all of them where there are few, as in a drawing.

    Args:
        lines: True on a line.
        share: of the longest one's pixels that another must have to be kept, in [0, 1].
        most: so many are kept at most, at least 1.
    """
    share, most = checks.number("share", share, 0, 1), checks.integer("most", most, 1, 10_000)
    _, labels, figures, _ = cv2.connectedComponentsWithStats(lines.astype(np.uint8), connectivity=8)
    sizes = figures[1:, cv2.CC_STAT_AREA]
    if not len(sizes):
        return lines
    if len(sizes) <= most:
        return lines
    order = np.argsort(-sizes, kind="stable")[:most]
    return np.isin(labels, 1 + order[sizes[order] >= share * sizes[order[0]]])
