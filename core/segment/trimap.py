"""Trimaps, which say of each pixel: object, background, or undecided, and what is made of them after a graph cut.

The labels are OpenCV's: GC_FGD and GC_BGD are certain, GC_PR_FGD and GC_PR_BGD (probable) are what `cv2.grabCut`
decides. ClickPixels are (x, y) in pixels of the mask.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.images import Mask

SMALL_HOLE_SHARE = 0.02  # part of the mask's area below which a hole in it is filled

Trimap = npt.NDArray[np.uint8]
ClickPixels = list[tuple[int, int]]


def mask_to_trimap(mask: Mask, width: int) -> Trimap:
    """A trimap uint8 (H, W) that is undecided only within `width` pixels of the mask's outline.

    Args:
        mask: bool (H, W).
        width: of the undecided band, in pixels on either side of the outline.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    trimap = np.where(mask, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    trimap[cv2.erode(mask.astype(np.uint8), kernel) > 0] = cv2.GC_FGD
    trimap[cv2.dilate(mask.astype(np.uint8), kernel) == 0] = cv2.GC_BGD
    return trimap


def trimap_to_mask(trimap: Trimap) -> Mask:
    """What is certainly or probably the object, bool (H, W)."""
    return np.asarray((trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD))


def undecided_pixels(trimap: Trimap) -> Mask:
    """What is only probable, bool (H, W)."""
    return np.asarray((trimap == cv2.GC_PR_FGD) | (trimap == cv2.GC_PR_BGD))


def clean_cut(trimap: Trimap, keep: ClickPixels, remove: ClickPixels) -> Mask:
    """The object of a trimap that was cut, bool (H, W): only parts that were clicked on, without small holes.

    Args:
        trimap: what `cv2.grabCut` left.
        keep: clicks that keep; where there is none, every part stays.
        remove: clicks that remove; the holes that they are in stay.
    """
    return fill_small_holes(keep_clicked_components(trimap_to_mask(trimap), keep), remove)


def keep_clicked_components(mask: Mask, clicks: ClickPixels) -> Mask:
    """The connected components of a mask bool (H, W) that hold a click; all of them where there is no click."""
    if not clicks:
        return mask
    _, components = cv2.connectedComponents(mask.astype(np.uint8))
    wanted = {int(components[y, x]) for x, y in clicks} - {0}
    return np.isin(components, list(wanted))


def fill_small_holes(mask: Mask, clicks: ClickPixels) -> Mask:
    """The mask bool (H, W) with holes filled that are below 2% of its area, such as a highlight on an eye.

    Args:
        mask: bool (H, W).
        clicks: the holes that they are in stay open.
    """
    _, holes, sizes, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    small = sizes[:, cv2.CC_STAT_AREA] < SMALL_HOLE_SHARE * mask.sum()
    small[0] = False  # the mask itself
    small[[int(holes[y, x]) for x, y in clicks]] = False
    return np.asarray(mask | small[holes])


def rescale_mask(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """The mask at another size (h, w), with a smooth outline.

    Not empty unless `mask` is, or no pixel of it is left at the new size.
    """
    h, w = shape
    smooth = np.asarray(cv2.resize(mask.astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR) > 0.5)
    if smooth.any():
        return smooth
    return np.asarray(cv2.resize(mask.astype(np.uint8), (w, h), interpolation=cv2.INTER_NEAREST) > 0)
