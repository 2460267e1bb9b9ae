"""Measures of edges against boundaries that people drew: thinning, matching, precision, recall and F.

After Martin, Fowlkes and Malik 2004 ("Learning to detect natural image boundaries"), the measure of BSDS500.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.images import Grey, Mask

TOLERANCE = 0.0075  # of the picture's diagonal, as in BSDS500
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BoundaryCounts:
    """Counts of boundary pixels, int (t,): one of each per threshold.

    Attributes:
        hits: edge pixels that match a pixel of at least one person.
        edges: edge pixels.
        found: people's pixels, of all people together, that an edge pixel matches.
        drawn: people's pixels.
    """

    hits: Ints
    edges: Ints
    found: Ints
    drawn: Ints

    def __add__(self, other: BoundaryCounts) -> BoundaryCounts:
        return BoundaryCounts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    def at_threshold(self, number: int) -> BoundaryCounts:
        """The counts at one threshold, given by its index."""
        return BoundaryCounts(*(getattr(self, name)[number : number + 1] for name in self.__dataclass_fields__))

    @property
    def precision(self) -> Floats:
        """Share of the edges that a person drew, (t,); 1 where there are no edges."""
        return np.where(self.edges > 0, self.hits / np.maximum(self.edges, 1), 1.0)

    @property
    def recall(self) -> Floats:
        """Share of the people's pixels that were found, (t,)."""
        return self.found / np.maximum(self.drawn, 1)

    @property
    def f_score(self) -> Floats:
        """Harmonic mean of precision and recall, (t,)."""
        p, r = self.precision, self.recall
        both: Floats = 2 * p * r / np.maximum(p + r, 1e-12)
        return both


def match_boundaries(edges: Sequence[Mask], people: Sequence[Mask]) -> BoundaryCounts:
    """Matches thin edges with what people drew.

    An edge pixel and a person's pixel match within 0.75% of the diagonal. BSDS500's own tool assigns them one to one at
    the least total distance; here the assignment is one to one and as large as possible, whatever the distance.

    Args:
        edges: bool (H, W) each, one pixel wide: one per threshold.
        people: bool (H, W) each: one person's boundaries, one pixel wide.
    """
    h, w = people[0].shape
    near = _neighbour_offsets(TOLERANCE * float(np.hypot(h, w)))
    counts = np.zeros((4, len(edges)), np.int64)
    for i, found in enumerate(edges):
        hit = np.zeros(found.shape, bool)
        for person in people:
            pairs = _match_pixels(found, person, near)
            hit.ravel()[pairs] = True
            counts[2, i] += len(pairs)
            counts[3, i] += person.sum()
        counts[0, i], counts[1, i] = hit.sum(), found.sum()
    return BoundaryCounts(*counts)


def _match_pixels(found: Mask, person: Mask, near: Ints) -> Ints:
    """Flat indices of the pixels of `found` that are matched with a pixel of `person`."""
    margin = int(np.abs(near).max())
    numbered = np.full((person.shape[0] + 2 * margin, person.shape[1] + 2 * margin), -1, np.int32)
    ys, xs = np.nonzero(person)
    numbered[ys + margin, xs + margin] = np.arange(len(ys))
    fy, fx = np.nonzero(found)
    beside = numbered[fy[:, None] + near[:, 0] + margin, fx[:, None] + near[:, 1] + margin]  # (edges, offsets)
    places, offsets = np.nonzero(beside >= 0)
    paired = _maximum_matching(places, beside[places, offsets], (len(fy), len(ys)))
    flat: Ints = fy[paired] * found.shape[1] + fx[paired]
    return flat


def _maximum_matching(left: Ints, right: Ints, size: tuple[int, int]) -> Mask:
    """Which left nodes are matched in a maximum bipartite matching of the edges (left, right), bool (n,).

    Solved as a maximum flow (Dinic 1970): scipy's `maximum_bipartite_matching` takes minutes on some pictures.

    Args:
        left: int (e,), the left node of each edge, 0 to n - 1.
        right: int (e,), its right node, 0 to m - 1.
        size: (n, m).
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_flow

    n, m = size
    source, sink = n + m, n + m + 1
    rows = np.concatenate([np.full(n, source), left, n + np.arange(m)])
    columns = np.concatenate([np.arange(n), n + right, np.full(m, sink)])
    once = np.ones(len(rows), np.int32)
    graph = csr_matrix((once, (rows, columns)), shape=(n + m + 2, n + m + 2))
    flow = maximum_flow(graph, source, sink, method="dinic").flow
    return np.asarray(flow[source, :n].toarray().ravel() > 0)


def _neighbour_offsets(radius: float) -> Ints:
    """Offsets (n, 2), (y, x), within the radius, nearest first."""
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    distance = np.hypot(y, x)
    order = np.argsort(distance, kind="stable")
    inside: Ints = np.stack([y, x], axis=1)[order][distance[order] <= radius]
    return inside


def thin_edges(strength: Grey, sigma: float = 1.0) -> Grey:
    """Non-maximum suppression of an edge map: a pixel stays if neither neighbour across the line is stronger.

    The line's direction comes from second derivatives of the map under a Gaussian blur (Dollar and Zitnick 2015).

    Args:
        strength: float32 (H, W) in [0, 1].
        sigma: of that blur, in pixels.
    """
    smooth = cv2.GaussianBlur(strength, (0, 0), sigma)
    xx, yy = cv2.Sobel(smooth, cv2.CV_32F, 2, 0, ksize=5), cv2.Sobel(smooth, cv2.CV_32F, 0, 2, ksize=5)
    xy = cv2.Sobel(smooth, cv2.CV_32F, 1, 1, ksize=5)
    # across the line the curvature is strongest, down on its ridge and up on its flanks: the Hessian's eigenvector
    # of the eigenvalue with the larger magnitude
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.where(xx + yy < 0, np.pi / 2, 0)
    dx, dy = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    y, x = np.mgrid[: strength.shape[0], : strength.shape[1]].astype(np.float32)
    kept = np.ones(strength.shape, bool)
    for side in (-1, 1):
        beside = cv2.remap(strength, x + side * dx, y + side * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        # a plateau would lose both of its sides to rounding
        kept &= strength * np.float32(1.01) >= beside
    return np.where(kept, strength, np.float32(0))
