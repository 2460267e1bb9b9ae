"""Vectors of many dimensions on a plane, so that one can look at them (principal components, Pearson 1901)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import InputError
from core.models.protocols import Vectors


@dataclass(frozen=True)
class Projection:
    """Vectors on a plane.

    Attributes:
        points: float32 (n, 2).
        explained: share of the variance that each of the two axes keeps.
    """

    points: npt.NDArray[np.float32]
    explained: tuple[float, float]


def project(vectors: Vectors, *, groups: Sequence[int] | None = None) -> Projection:
    """The plane on which the vectors differ most (principal components), each axis's largest part positive.

    Args:
        vectors: (n, d), n at least 1.
        groups: one number per vector; each group is centred on its own, which removes a gap between them.

    Raises:
        InputError: `vectors` is no table of finite numbers, or `groups` has another length.
    """
    table = np.asarray(vectors, np.float64)
    members = np.zeros(len(table), int) if groups is None else np.asarray(groups)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all() or members.shape != (len(table),):
        raise InputError("zeroshot.vectors", got=str(table.shape))
    centred = table.copy()
    for group in np.unique(members):
        centred[members == group] -= table[members == group].mean(axis=0)
    _, scales, axes = np.linalg.svd(centred, full_matrices=False)
    axes = np.pad(axes, ((0, max(0, 2 - len(axes))), (0, 0)))[:2]
    signs = np.sign(np.take_along_axis(axes, np.abs(axes).argmax(axis=1, keepdims=True), axis=1))
    variances = np.pad(scales**2, (0, 2))[:2] / max(float((scales**2).sum()), 1e-12)
    points = (centred @ (axes * signs).T).astype(np.float32)
    return Projection(points, (float(variances[0]), float(variances[1])))
