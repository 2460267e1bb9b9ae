"""What was made up, brought to the colours of the picture around it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.images import RGB, Mask

Floats = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]
SEAM_TOLERANCE = 30  # levels by which two sides of a seam may differ and still be the same thing
SHIFT_COST = 0.03  # how much a shift costs, beside 1 for a step at a seam: it fades within some 6 pixels


def match_colors(drawn: RGB, picture: RGB, known: Mask) -> RGB:
    """`drawn`, its colours shifted so that they meet the picture's.

    Where the picture is known, what was drawn may differ from it; that difference, carried smoothly to where nothing is
    known, is taken back: the membrane of Poisson blending (Perez et al. 2003), by pull-push.

    Args:
        drawn: (H, W, 3).
        picture: of the same size.
        known: bool (H, W); some pixel must be.
    """
    difference = picture.astype(np.float32) - drawn
    return np.asarray((drawn + pull_push(difference, known.astype(np.float32))).clip(0, 255).round(), np.uint8)


def pull_push(values: Floats, known: Floats) -> Floats:
    """Values where `known` is above 0, elsewhere what coarser averages of them say (pull-push, Gortler et al. 1996)."""
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
    """The shift that makes copied colours meet the picture around the hole, and each other where two copies touch.

    Neighbours shall differ as they did where they were copied from (Poisson blending, Perez et al. 2003; with many
    sources, Darabi et al. 2012), in the sense of least squares. Where that asks for a step too large for a seam,
    another thing begins; it stays, and colours nothing.

    Args:
        copied: (H, W, 3), known pixels and copied ones.
        hole: bool (H, W), where they were copied.
        came: (H, W), from which flat index y * W + x each was.

    Returns:
        (n, 3), for the hole's pixels in the order of their flat indices.
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
    """Pairs of flat indices, side by side and one above the other, of which at least one is in the hole."""
    h, w = hole.shape
    at = np.arange(h * w).reshape(h, w)
    pairs = ((at[:, :-1], at[:, 1:]), (at[:-1], at[1:]))
    touched = [hole.ravel()[a] | hole.ravel()[b] for a, b in pairs]
    return [(a[kept], b[kept]) for (a, b), kept in zip(pairs, touched, strict=True)]


def _gradient_error(flat: Floats, hole: Mask, came: Index, first: Index, second: Index, width: int) -> Floats:
    """By how much the step from each first pixel to its second one misses what it was where they came from (n, 3)."""
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
