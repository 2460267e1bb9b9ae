"""A mask's outline moved to the picture's edges: a cut of the pixel grid in a narrow band around it.

The last step of a network whose masks are coarser than the picture; the cut is GrabCut's (Rother et al. 2004), its
colour models are fitted to what the mask holds and what lies outside.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core import windows
from core.images import RGB, Mask, fit
from core.segment import grabcut

LONGEST_SIDE = 320  # of the picture that is cut
BAND_WIDTH = 0.02  # of the band on either side of the outline, in parts of the longest side
ITERATIONS = 1  # a second one changes no figure
MARGIN = 12  # pixels around the band that are looked at: the colours near by tell more than all, and sooner
CLICK_RADIUS = 3  # radius in pixels around a click that is certain
MIN_CERTAIN_PIXELS = 40  # certain pixels on each side that the colour models need

Clicks = npt.NDArray[np.float32]
Signs = npt.NDArray[np.int_]
Trimap = npt.NDArray[np.uint8]


def refine_mask(
    image: RGB, mask: Mask, clicks: Clicks | None = None, signs: Signs | None = None, box: Clicks | None = None
) -> Mask:
    """The mask with its outline at an edge, if one is within 2% of the picture's longest side.

    Args:
        image: (H, W, 3).
        mask: bool (H, W).
        clicks: (n, 2), (x, y) in pixels: they stay on the side that `signs` says, 1 inside and 0 outside.
        signs: (n,).
        box: (x1, y1, x2, y2) in pixels: nothing outside is kept.
    """
    small = fit(image, LONGEST_SIDE)
    h, w = small.shape[:2]
    scale = np.array([w / image.shape[1], h / image.shape[0]], np.float32)
    trimap = grabcut.mask_to_trimap(grabcut.rescale_mask(mask, (h, w)), max(1, round(BAND_WIDTH * max(h, w))))
    places = {1: list[tuple[int, int]](), 0: list[tuple[int, int]]()}
    if clicks is not None and signs is not None:
        for (x, y), sign in zip(clicks * scale, signs, strict=True):
            places[int(sign)].append((int(x), int(y)))
            cv2.circle(trimap, (int(x), int(y)), CLICK_RADIUS, cv2.GC_FGD if sign else cv2.GC_BGD, -1)
    if box is not None:
        trimap[~_box_mask((h, w), box * np.tile(scale, 2))] = cv2.GC_BGD
    if not _resolve_trimap(small, trimap):
        return mask
    cut = grabcut.fill_small_holes(
        grabcut.keep_clicked_components(grabcut.trimap_to_mask(trimap), places[1]), places[0]
    )
    found = grabcut.rescale_mask(cut, (image.shape[0], image.shape[1]))
    if box is not None:
        found = found & _box_mask(found.shape, box)
    return found if found.any() else mask


def _resolve_trimap(image: RGB, trimap: Trimap) -> bool:
    """Decides in place what the trimap leaves open; False where there is nothing to decide, or too little to go by."""
    undecided = np.asarray((trimap == cv2.GC_PR_FGD) | (trimap == cv2.GC_PR_BGD))
    if not undecided.any():
        return False
    window = windows.bounding_window(undecided, MARGIN)
    near = np.ascontiguousarray(trimap[window])
    inside = grabcut.trimap_to_mask(near)
    if min(inside.sum(), (~inside).sum()) < MIN_CERTAIN_PIXELS:
        return False
    background, thing = np.zeros((2, 1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(np.ascontiguousarray(image[window]), near, None, background, thing, ITERATIONS, cv2.GC_INIT_WITH_MASK)
    trimap[window] = near
    return True


def _box_mask(shape: tuple[int, ...], box: Clicks) -> Mask:
    """Where the box is; a pixel that it touches is in it."""
    x1, y1 = np.floor(box[:2]).astype(int)
    x2, y2 = np.ceil(box[2:]).astype(int)
    inside = np.zeros(shape, bool)
    inside[y1:y2, x1:x2] = True
    return inside
