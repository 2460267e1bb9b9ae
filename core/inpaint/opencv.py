"""The two classical methods of OpenCV, which continue the colours at the hole's border inwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core import windows
from core.images import RGB, Mask
from core.models.catalog import Row
from core.models.catalog.specs import OpenCVInpaintSpec

RADIUS = 3  # of the neighbourhood that a filled pixel is made of, in pixels
REACH = 4 * RADIUS  # pixels farther from the hole change nothing


class OpenCVInpainter:
    """Fast marching (Telea 2004) or Navier-Stokes (Bertalmio et al. 2001).

    Args:
        flag: name of OpenCV's constant, "INPAINT_TELEA" or "INPAINT_NS".
    """

    def __init__(self, flag: str) -> None:
        self._flag = int(getattr(cv2, flag))

    def __call__(
        self, image: RGB, mask: Mask, *, prompt: str = "", seed: int = 0, on_step: Callable[[Any], None] | None = None
    ) -> RGB:
        """The picture, uint8 RGB (H, W, 3), with the hole filled; prompt and seed are not used."""
        window, filled = windows.bounding_window(mask, REACH), image.copy()
        crop, hole = np.ascontiguousarray(image[window]), mask[window].astype(np.uint8)
        filled[window] = cv2.inpaint(crop, hole, RADIUS, self._flag)
        return filled


def load(row: Row, path: Path, device: str) -> OpenCVInpainter:
    """The method whose flag is in the row's spec."""
    return OpenCVInpainter(row.spec_as(OpenCVInpaintSpec).flag)
