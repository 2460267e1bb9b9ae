"""What was made up, brought to the colours of the picture around it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.images import RGB, Mask

Floats = npt.NDArray[np.float32]


def matched(drawn: RGB, picture: RGB, known: Mask) -> RGB:
    """`drawn`, its colours shifted so that they meet the picture's.

    Where the picture is known, what was drawn may differ from it; that difference, carried smoothly to where nothing is
    known, is taken back: the membrane of Poisson blending (Perez et al. 2003), by pull-push.

    Args:
        drawn: (H, W, 3).
        picture: of the same size.
        known: bool (H, W); some pixel must be.
    """
    difference = picture.astype(np.float32) - drawn
    return np.asarray((drawn + spread(difference, known.astype(np.float32))).clip(0, 255).round(), np.uint8)


def spread(values: Floats, known: Floats) -> Floats:
    """Values where `known` is above 0, elsewhere what coarser averages of them say (pull-push, Gortler et al. 1996)."""
    h, w = known.shape
    if known.min() > 0 or max(h, w) == 1:
        return values
    half = ((w + 1) // 2, (h + 1) // 2)
    share = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(values * known[..., None], half, interpolation=cv2.INTER_AREA)
    coarse = spread(mean / np.maximum(share, 1e-6)[..., None], share)
    fine = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_LINEAR)
    return np.where(known[..., None] > 0, values, fine)
