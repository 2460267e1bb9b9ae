"""Blending: the colours of what was filled in are matched to the picture around it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.images import RGB, Mask

Floats = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]
SEAM_TOLERANCE = 30  # grey levels; where two sides of a seam differ by far more, they are taken for two objects
SHIFT_COST = 0.03  # weight of the shift itself beside 1 for a gradient: a shift fades within some 6 pixels


def match_colors(drawn: RGB, picture: RGB, known: Mask) -> RGB:
    """`drawn` with its colours shifted so that they continue those of the picture.

    Poisson blending's membrane (Perez et al. 2003): the difference between the two where the picture is known,
    interpolated smoothly into the unknown part by pull-push, is added to `drawn`.

    Args:
        drawn: uint8 RGB (H, W, 3).
        picture: uint8 RGB (H, W, 3).
        known: bool (H, W), where the picture is known; not empty.

    Returns:
        uint8 RGB (H, W, 3).
    """
    difference = picture.astype(np.float32) - drawn
    return np.asarray((drawn + pull_push(difference, known.astype(np.float32))).clip(0, 255).round(), np.uint8)


def pull_push(values: Floats, known: Floats) -> Floats:
    """Interpolates into unknown pixels from a pyramid of averages of the known ones (pull-push, Gortler et al. 1996).

    Args:
        values: float32 (H, W, channels).
        known: float32 (H, W) in [0, 1]; values where it is above 0 are returned as they are.
    """
    h, w = known.shape
    if known.min() > 0 or max(h, w) == 1:
        return values
    half = ((w + 1) // 2, (h + 1) // 2)
    share = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(values * known[..., None], half, interpolation=cv2.INTER_AREA)
    coarse = pull_push(mean / np.maximum(share, 1e-6)[..., None], share)
    fine = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_LINEAR)
    return np.where(known[..., None] > 0, values, fine)


def poisson_blend(copied: Floats, hole: Mask, came: Index) -> Floats:
    """The colour shift that hides the seams around a hole that was filled with copies, and between two copies.

    Least squares: neighbours in the hole shall differ as they did where they were copied from (Poisson blending, Perez
    et al. 2003; with many sources, Darabi et al. 2012). A difference too large for a seam is the edge of an object; it
    hardly counts, so that its colours do not bleed.

    Args:
        copied: (H, W, 3), the picture with its hole filled.
        hole: bool (H, W), where it was filled.
        came: (H, W), the flat index y * W + x that each pixel of the hole was copied from.

    Returns:
        float32 (n, 3), to be added to the hole's pixels, in the order of their flat indices.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import cg

    flat, inside, width = copied.reshape(-1, 3), hole.ravel(), hole.shape[1]
    number, count = np.cumsum(inside) - 1, int(inside.sum())
    diagonal, wanted = np.full(count, SHIFT_COST, np.float32), np.zeros((count, 3), np.float32)
    links: list[tuple[Index, Index, Floats]] = []
    for first, second in _neighbour_pairs(hole):
        missing = _gradient_error(flat, inside, came.ravel(), first, second, width)
        weight = np.exp(-np.einsum("ij,ij->i", missing, missing) / (2 * SEAM_TOLERANCE**2))
        for pixel, sign in ((first, -1), (second, 1)):
            free = np.flatnonzero(inside[pixel])  # each pixel once, so that += counts all of them
            diagonal[number[pixel[free]]] += weight[free]
            wanted[number[pixel[free]]] += sign * weight[free, None] * missing[free]
        both = np.flatnonzero(inside[first] & inside[second])
        links.append((number[first[both]], number[second[both]], -weight[both]))
    every = np.arange(count)
    rows, columns, values = (np.concatenate(part) for part in zip((every, every, diagonal / 2), *links, strict=True))
    half = coo_matrix((values, (rows, columns)), (count, count)).tocsr()
    system = half + half.T
    return np.stack([cg(system, channel, rtol=1e-2)[0] for channel in wanted.T], axis=-1).astype(np.float32)


def _neighbour_pairs(hole: Mask) -> list[tuple[Index, Index]]:
    """Flat indices of horizontal and of vertical neighbours, of which at least one is in the hole."""
    h, w = hole.shape
    at = np.arange(h * w).reshape(h, w)
    pairs = ((at[:, :-1], at[:, 1:]), (at[:-1], at[1:]))
    touched = [hole.ravel()[a] | hole.ravel()[b] for a, b in pairs]
    return [(a[kept], b[kept]) for (a, b), kept in zip(pairs, touched, strict=True)]


def _gradient_error(flat: Floats, hole: Mask, came: Index, first: Index, second: Index, width: int) -> Floats:
    """How far the gradient from each first pixel to its second one is from what it was where they came from, (n, 3)."""
    apart = second - first
    here = flat[second].astype(np.float32) - flat[first]
    total, known = np.zeros_like(here), np.zeros(len(here), np.float32)
    for pixel, ahead in ((first, apart), (second, -apart)):
        # beside the pixel's source, in the same row or column, lies what should be beside the pixel
        source = came[pixel]
        beside = (source + ahead).clip(0, len(flat) - 1)
        fits = hole[pixel] & ~hole[beside] & ((abs(ahead) == width) | (beside // width == source // width))
        step = (flat[beside].astype(np.float32) - flat[source]) * np.sign(ahead)[:, None]
        total += fits[:, None] * step
        known += fits
    return np.where(known[:, None] > 0, total / np.maximum(known, 1)[:, None] - here, 0)
