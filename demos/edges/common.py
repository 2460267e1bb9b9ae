"""What the sub-tabs share: how results become pictures, and the wheel that explains the colours of directions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.images import Grey

Levels = npt.NDArray[np.uint8]
SMALLEST = 400  # Gradio shows small pictures small

WHEEL = (
    "<div class='edges-wheel' aria-hidden='true'><i></i><span>→</span><span>↓</span><span>←</span><span>↑</span></div>"
)


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
