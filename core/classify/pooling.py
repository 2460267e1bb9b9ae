"""Making a picture smaller as a network does: pooling and strided convolution, and how much they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt

from core.checks import choice, integer
from core.errors import InputError
from core.images import RGB, to_rgb
from core.results import Result, Stopwatch

Values = npt.NDArray[np.float32]
Blocks = npt.NDArray[np.float32]
MAX_SIZE = 64
PATCH = 4


@dataclass(frozen=True, kw_only=True)
class PooledImage(Result):
    """A pooled picture.

    Attributes:
        pooled: float32 (H // size, W // size, 3), values in [0, 255].
        kept: number of values left over the number before; 0.25 for size 2 on even sides.
        change: mean absolute change of `pooled`, in [0, 255], when the picture moves one pixel to the right.
        kind: a name in KINDS.
        size: side of the window and step between windows, in pixels.
    """

    pooled: Values
    kept: float
    change: float
    kind: str
    size: int

    def __post_init__(self) -> None:
        assert self.pooled.ndim == 3 and 0 < self.kept <= 1

    @property
    def picture(self) -> RGB:
        """`pooled` as uint8."""
        return self.pooled.round().astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class PoolingExample(Result):
    """Pooling of one 4 x 4 patch by 2 x 2, as arithmetic.

    Attributes:
        corner: (x, y) of the patch's upper left pixel.
        values: int (4, 4), grey levels 0 to 255.
        results: float (2, 2) for each kind.
        sums: the four calculations for each kind, row by row, such as "max(1, 2, 3, 4) = 4".
    """

    corner: tuple[int, int]
    values: npt.NDArray[np.int_]
    results: Mapping[str, npt.NDArray[np.float64]]
    sums: Mapping[str, tuple[str, ...]]


def pool(image: object, kind: str, size: int) -> PooledImage:
    """Each size x size window becomes one value per colour; windows do not overlap, what is left over is dropped.

    Args:
        image: what `core.images.to_rgb` accepts.
        kind: "max"; "average"; "stride", every size-th pixel (a strided convolution whose kernel is a single 1);
            or "blur", a binomial blur before the stride (Zhang 2019, "Making Convolutional Networks Shift-Invariant
            Again").
        size: 1 to 64, and not more than the picture's shorter side.

    Raises:
        InputError: the picture cannot be used, there is no such kind, or `size` is out of range.
    """
    picture = to_rgb(image)
    reduce = KINDS[choice("kind", kind, KINDS)]
    side = integer("size", size, 1, min(MAX_SIZE, *picture.shape[:2]))
    watch = Stopwatch()
    values = picture.astype(np.float32)
    pooled = reduce(values, side)
    # the first column repeats: a camera that moves sees something new there, we cannot
    moved = reduce(np.concatenate([values[:, :1], values[:, :-1]], axis=1), side)
    return PooledImage(
        pooled=pooled,
        kept=pooled.size / values.size,
        change=float(np.abs(moved - pooled).mean()),
        kind=kind,
        size=side,
        model=kind,
        seconds=watch.seconds,
    )


def pooling_example(image: object, x: int, y: int) -> PoolingExample:
    """The 4 x 4 grey patch around a pixel, max-pooled, average-pooled and strided by 2 x 2, with the arithmetic.

    Args:
        image: what `core.images.to_rgb` accepts, at least 4 x 4.
        x: column of a pixel near the patch's middle; the patch keeps to even corners and inside the picture.
        y: its row.

    Raises:
        InputError: the picture cannot be used or is too small, or the pixel lies outside it.
    """
    picture = to_rgb(image)
    h, w = picture.shape[:2]
    if min(h, w) < PATCH:
        raise InputError("cnn.patch_picture", got=f"{w} × {h}", side=PATCH)
    column, row = integer("x", x, 0, w - 1), integer("y", y, 0, h - 1)
    watch = Stopwatch()
    left, top = (_patch_corner(at, side) for at, side in ((column, w), (row, h)))
    patch = cv2.cvtColor(np.ascontiguousarray(picture[top : top + PATCH, left : left + PATCH]), cv2.COLOR_RGB2GRAY)
    values = patch.astype(int)
    windows = [values[r : r + 2, c : c + 2].ravel() for r in (0, 2) for c in (0, 2)]
    answers = {
        "max": [float(window.max()) for window in windows],
        "average": [float(window.mean()) for window in windows],
        "stride": [float(window[0]) for window in windows],
    }
    return PoolingExample(
        corner=(left, top),
        values=values,
        results={kind: np.reshape(found, (2, 2)) for kind, found in answers.items()},
        sums={kind: tuple(map(_SUMS[kind], windows, found)) for kind, found in answers.items()},
        model="arithmetic",
        seconds=watch.seconds,
    )


def _patch_corner(at: int, side: int) -> int:
    """The first row or column of the patch: even, so that pooling windows line up, and inside the picture."""
    corner = min(max(at - 1, 0), side - PATCH)
    return corner - corner % 2


def _split_windows(values: Values, size: int) -> Blocks:
    """(H, W, 3) -> (H // size, size, W // size, size, 3)."""
    rows, columns = values.shape[0] // size, values.shape[1] // size
    return values[: rows * size, : columns * size].reshape(rows, size, columns, size, values.shape[2])


def _max_pool(values: Values, size: int) -> Values:
    found: Values = _split_windows(values, size).max(axis=(1, 3))
    return found


def _average_pool(values: Values, size: int) -> Values:
    found: Values = _split_windows(values, size).mean(axis=(1, 3))
    return found


def _stride_pool(values: Values, size: int) -> Values:
    return _split_windows(values, size)[:, 0, :, 0]


def _blur_pool(values: Values, size: int) -> Values:
    # [1, 2, 1] / 4 for size 2; its width grows with the step
    taps = binomial_kernel(size * size // 2 + 1)
    return _stride_pool(np.asarray(cv2.sepFilter2D(values, -1, taps, taps)), size)


def binomial_kernel(taps: int) -> Values:
    """Row `taps` - 1 of Pascal's triangle, divided by its sum, without weights under one millionth; `taps` is odd.

    >>> binomial_kernel(3).tolist()
    [0.25, 0.5, 0.25]
    """
    row = np.ones(1)
    for _ in range(taps - 1):
        row = np.convolve(row, [0.5, 0.5])
    row = row[row > 1e-6]
    return np.asarray(row / row.sum(), np.float32)


KINDS: Mapping[str, Callable[[Values, int], Values]] = MappingProxyType(
    {"max": _max_pool, "average": _average_pool, "stride": _stride_pool, "blur": _blur_pool}
)
_SUMS: Mapping[str, Callable[[npt.NDArray[np.int_], float], str]] = MappingProxyType(
    {
        "max": lambda window, found: f"max({', '.join(map(str, window))}) = {found:g}",
        "average": lambda window, found: f"({' + '.join(map(str, window))}) / {len(window)} = {found:g}",
        "stride": lambda window, found: (
            " + ".join(f"{v}·{int(i == 0)}" for i, v in enumerate(window)) + f" = {found:g}"
        ),
    }
)
