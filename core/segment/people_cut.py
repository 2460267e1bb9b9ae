"""A person's mask from the box around them: what stands out in the part of the picture around it."""

from __future__ import annotations

import numpy as np

from core import masks, models
from core.images import RGB, Mask
from core.segment.matting import refine_alpha

Box = tuple[float, ...]

# around the box, in parts of its width and height: a network that says what stands out needs to see what does not
MARGINS = (0.3, 0.1)
BORDER = 0.12  # of the box's own side: what is so near the picture's border is of a person who reaches beyond it
LEAST_COVER = 0.15  # part of the box below which the mask cannot be the person


def cut_person(rgb: RGB, box: Box, model: str) -> Mask | None:
    """The person in a box, bool (H, W); None where the network sees nobody who stands out there.

    On persons of Penn-Fudan it is nearer to the truth than the pocket SAM with the same box: benchmarks/people.py.

    Args:
        rgb: uint8 RGB (H, W, 3).
        box: (x1, y1, x2, y2) in pixels, inside the picture.
        model: a `matting` row.
    """
    h, w = rgb.shape[:2]
    x1, y1, x2, y2 = box
    across, down = MARGINS[0] * (x2 - x1), MARGINS[1] * (y2 - y1)
    rows = slice(int(max(0, y1 - down)), int(min(h, np.ceil(y2 + down))))
    columns = slice(int(max(0, x1 - across)), int(min(w, np.ceil(x2 + across))))
    around = np.ascontiguousarray(rgb[rows, columns])
    with models.borrow("matting", model) as (_, predict):
        coarse = predict(around)
    mask = np.zeros((h, w), bool)
    mask[rows, columns] = refine_alpha(around, coarse) > 0.5
    inside = masks.box_mask((h, w), _reach_borders(box, (h, w)))
    mask &= inside
    return mask if mask.sum() >= LEAST_COVER * inside.sum() else None


def _reach_borders(box: Box, shape: tuple[int, int]) -> Box:
    """The box with its sides that are near the picture's border moved there."""
    (h, w), (x1, y1, x2, y2) = shape, box
    across, down = BORDER * (x2 - x1), BORDER * (y2 - y1)
    return (
        0 if x1 < across else x1,
        0 if y1 < down else y1,
        w if x2 > w - across else x2,
        h if y2 > h - down else y2,
    )
