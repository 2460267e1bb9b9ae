"""A mask's outline moved to the picture's edges: GrabCut (Rother et al. 2004) in a narrow band around the outline.

The last step for a network whose masks are coarser than the picture. The colour models are fitted to the mask's inside
and to what lies just outside.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core import masks, windows
from core.images import RGB, Mask, fit
from core.segment import trimap as trimaps
from core.segment.trimap import Trimap

LONGEST_SIDE = 320  # of the picture that is cut
BAND_WIDTH = 0.02  # of the band on either side of the outline, in parts of the longest side
ITERATIONS = 1  # a second one changes no figure
MARGIN = 12  # pixels around the band that are looked at: the colours near by tell more than all, and sooner
CLICK_RADIUS = 3  # radius in pixels around a click that is certain
MIN_CERTAIN_PIXELS = 40  # certain pixels on each side that the colour models need

Clicks = npt.NDArray[np.float32]
Signs = npt.NDArray[np.int_]


def refine_mask(
    image: RGB, mask: Mask, clicks: Clicks | None = None, signs: Signs | None = None, box: Clicks | None = None
) -> Mask:
    """The mask with its outline moved to an edge, if there is one within 2% of the picture's longest side.

    Args:
        image: uint8 RGB (H, W, 3).
        mask: bool (H, W).
        clicks: (n, 2), (x, y) in pixels.
        signs: (n,), 1 for clicks that stay inside, 0 for those that stay outside.
        box: (x1, y1, x2, y2) in pixels; nothing outside is kept.

    Returns:
        bool (H, W); `mask` itself where there is too little to go by.
    """
    small = fit(image, LONGEST_SIDE)
    h, w = small.shape[:2]
    scale = np.array([w / image.shape[1], h / image.shape[0]], np.float32)
    trimap = trimaps.mask_to_trimap(trimaps.rescale_mask(mask, (h, w)), max(1, round(BAND_WIDTH * max(h, w))))
    places = {1: list[tuple[int, int]](), 0: list[tuple[int, int]]()}
    if clicks is not None and signs is not None:
        for (x, y), sign in zip(clicks * scale, signs, strict=True):
            places[int(sign)].append((int(x), int(y)))
            cv2.circle(trimap, (int(x), int(y)), CLICK_RADIUS, cv2.GC_FGD if sign else cv2.GC_BGD, -1)
    if box is not None:
        trimap[~masks.box_mask((h, w), box * np.tile(scale, 2))] = cv2.GC_BGD
    if not _resolve_trimap(small, trimap):
        return mask
    found = trimaps.rescale_mask(trimaps.clean_cut(trimap, places[1], places[0]), image.shape[:2])
    if box is not None:
        found = found & masks.box_mask(found.shape, box)
    return found if found.any() else mask


def _resolve_trimap(image: RGB, trimap: Trimap) -> bool:
    """Decides in place what the trimap leaves open.

    Returns:
        False where nothing is open, or too few pixels are certain to fit the colour models.
    """
    undecided = trimaps.undecided_pixels(trimap)
    if not undecided.any():
        return False
    window = windows.bounding_window(undecided, MARGIN)
    near = np.ascontiguousarray(trimap[window])
    inside = trimaps.trimap_to_mask(near)
    if min(inside.sum(), (~inside).sum()) < MIN_CERTAIN_PIXELS:
        return False
    background, thing = np.zeros((2, 1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(np.ascontiguousarray(image[window]), near, None, background, thing, ITERATIONS, cv2.GC_INIT_WITH_MASK)
    trimap[window] = near
    return True
