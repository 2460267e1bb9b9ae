"""The guided filter (He, Sun and Tang 2013): a map gets the edges of a picture.

In every window the output is a linear function of the picture's colours, the one that is nearest to the map there, so
that it has an edge only where the picture has one. As in the fast guided filter (He and Sun 2015), the functions are
found on a small picture and applied to the large one.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.images import RGB, Grey, fit

Floats = npt.NDArray[np.float32]


def snap_to_edges(image: RGB, values: Grey, *, longest: int, radius: int, epsilon: float) -> Grey:
    """The map with the edges of the picture.

    Args:
        image: uint8 RGB (H, W, 3).
        values: float32 (h, w), of any size; it is stretched over the picture.
        longest: side in pixels of the picture on which the linear functions are found.
        radius: of the square windows, in pixels of that picture.
        epsilon: variance of colours in [0, 1] below which a window counts as flat, and is averaged.

    Returns:
        float32 (H, W); it may leave the range of `values` a little.
    """
    small = fit(image, longest)
    size = small.shape[1], small.shape[0]
    slopes, offset = _fit_windows(
        small.astype(np.float32) / np.float32(255),
        cv2.resize(values, size, interpolation=cv2.INTER_LINEAR),
        radius,
        epsilon,
    )
    full = image.shape[1], image.shape[0]
    found = cv2.resize(offset, full, interpolation=cv2.INTER_LINEAR)
    # one colour at a time: a photo of 12 megapixels would take 150 MB for all three
    for channel in range(3):
        slope = cv2.resize(slopes[..., channel], full, interpolation=cv2.INTER_LINEAR)
        found += slope * (image[..., channel].astype(np.float32) / 255)
    return np.asarray(found, np.float32)


def _fit_windows(guide: Floats, values: Grey, radius: int, epsilon: float) -> tuple[Floats, Grey]:
    """Slopes float32 (h, w, 3) and offset (h, w) of each pixel: the mean of those of the windows that it is in."""

    def average(quantity: Floats) -> Floats:
        return np.asarray(cv2.blur(quantity, (2 * radius + 1, 2 * radius + 1)), np.float32)

    colours, level = average(guide), average(values)
    covariance = np.empty((*values.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            both = average(guide[..., i] * guide[..., j]) - colours[..., i] * colours[..., j]
            covariance[..., i, j] = covariance[..., j, i] = both
    covariance += epsilon * np.eye(3, dtype=np.float32)
    shared = average(guide * values[..., None]) - colours * level[..., None]
    slopes = np.linalg.solve(covariance, shared[..., None])[..., 0].astype(np.float32)
    offset = level - (slopes * colours).sum(axis=-1)
    return average(slopes), average(offset)
