"""Canny's edge detector (1986) one step at a time, equal to OpenCV's pixel for pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.edges.classical import canny_threshold_scale
from core.edges.detection import check_parameters, to_grey
from core.images import Grey, Mask
from core.results import Result, Stopwatch

Levels = npt.NDArray[np.uint8]
Signed = npt.NDArray[np.int16]
Whole = npt.NDArray[np.int32]

_TAN_22 = 13573  # tan(22.5 degrees) in 15 binary places; tan(67.5 degrees) is 2 more
_SHRINK = {7: 16}  # OpenCV divides the 7x7 gradient by this, so that it fits int16


@dataclass(frozen=True, kw_only=True)
class CannyStages(Result):
    """The result of each step of Canny.

    Attributes:
        blurred: uint8 (H, W).
        dx: int16 (H, W), gradient to the right.
        dy: int16 (H, W), gradient downwards.
        magnitude: float32 (H, W), in the units of the thresholds.
        thinned: float32 (H, W), the magnitude where it is a maximum across the edge, 0 elsewhere.
        weak: bool (H, W), thinned and above the low threshold only.
        strong: bool (H, W), thinned and above the high threshold.
        final: bool (H, W), strong, and the weak that touch them directly or through other weak ones.
    """

    blurred: Levels
    dx: Signed
    dy: Signed
    magnitude: Grey
    thinned: Grey
    weak: Mask
    strong: Mask
    final: Mask

    def __post_init__(self) -> None:
        assert not (self.weak & self.strong).any() and not (self.strong & ~self.final).any()

    @property
    def direction(self) -> Grey:
        """float32 (H, W), radians in [0, 2 pi): the direction in which it gets brighter; 0 is right, pi / 2 is down."""
        return cv2.phase(self.dx.astype(np.float32), self.dy.astype(np.float32))  # type: ignore[no-any-return]


def canny_stages(
    image: object, low: float = 100, high: float = 200, sigma: float = 0, *, size: int = 3, l2: bool = False
) -> CannyStages:
    """Blur, gradient, non-maximum suppression, hysteresis: every step of `edges.detect(image, "canny", ...)`.

    Args:
        image: what `core.images.to_rgb` takes.
        low: pixels above it are at least weak edges.
        high: pixels above it are strong edges.
        sigma: standard deviation of the blur in pixels; 0 is none.
        size: side of the Sobel kernel, 3, 5 or 7.
        l2: gradient magnitude as sqrt(dx^2 + dy^2) instead of |dx| + |dy|.

    Raises:
        InputError: no picture, a value out of range, low above high.
    """
    watch = Stopwatch()
    knobs = check_parameters("canny", {"low": low, "high": high, "sigma": sigma, "size": size, "l2": l2})
    grey = to_grey(image)
    blurred = cv2.GaussianBlur(grey, (0, 0), knobs["sigma"]) if knobs["sigma"] else grey
    dx, dy = _sobel_gradient(blurred, knobs["size"])
    unit = canny_threshold_scale(knobs["size"]) / _SHRINK.get(knobs["size"], 1)
    # whole numbers, compared as they are or as squares: no root, no rounding, no ties that are none
    x, y, power = dx.astype(np.int32), dy.astype(np.int32), 2 if l2 else 1
    strength = x * x + y * y if l2 else abs(x) + abs(y)
    kept = non_maximum_suppression(strength, x, y)
    strong, at_least_weak = (kept > (knobs[limit] * unit) ** power for limit in ("high", "low"))
    return CannyStages(
        blurred=blurred,
        dx=dx,
        dy=dy,
        magnitude=_take_root(strength, power) / np.float32(unit),
        thinned=_take_root(kept, power) / np.float32(unit),
        weak=at_least_weak & ~strong,
        strong=strong,
        final=hysteresis(at_least_weak, strong),
        model="canny-steps",
        seconds=watch.seconds,
    )


def non_maximum_suppression(strength: Whole, dx: Whole, dy: Whole) -> Whole:
    """Keeps the strength where neither neighbour across the edge is stronger; 0 elsewhere.

    Args:
        strength: int32 (H, W), the gradient's magnitude or its square.
        dx: int32 (H, W), gradient to the right, within +-16383.
        dy: int32 (H, W), gradient downwards, likewise.
    """
    around = cv2.copyMakeBorder(strength, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    h, w = strength.shape

    def is_maximum(y: int, x: int, *, ties: bool) -> Mask:
        before = around[1 - y : 1 - y + h, 1 - x : 1 - x + w]
        after = around[1 + y : 1 + y + h, 1 + x : 1 + x + w]
        # of two equal neighbours one stays: the right or the lower one gives way
        top: Mask = (strength > before) & ((strength >= after) if ties else (strength > after))
        return top

    across, along = abs(dx), abs(dy) << 15
    level = along < across * _TAN_22
    steep = along > across * (_TAN_22 + (2 << 15))
    falling = (dx < 0) == (dy < 0)
    slant = np.where(falling, is_maximum(1, 1, ties=False), is_maximum(1, -1, ties=False))
    best = np.where(level, is_maximum(0, 1, ties=True), np.where(steep, is_maximum(1, 0, ties=True), slant))
    return strength * best


def hysteresis(candidates: Mask, strong: Mask) -> Mask:
    """The candidates whose 8-connected component holds a strong pixel.

    Args:
        candidates: bool (H, W), weak or strong pixels.
        strong: bool (H, W), those of them that are strong.
    """
    count, groups = cv2.connectedComponents(candidates.astype(np.uint8), connectivity=8)
    holds = np.zeros(count, bool)
    holds[groups[strong]] = True
    # group 0 is the background
    holds[0] = False
    kept: Mask = holds[groups]
    return kept


def _take_root(values: Whole, power: int) -> Grey:
    whole = values.astype(np.float32)
    return np.sqrt(whole) if power == 2 else whole


def _sobel_gradient(grey: Levels, size: int) -> tuple[Signed, Signed]:
    scale = 1 / _SHRINK.get(size, 1)
    return (
        cv2.Sobel(grey, cv2.CV_16S, 1, 0, ksize=size, scale=scale, borderType=cv2.BORDER_REPLICATE),
        cv2.Sobel(grey, cv2.CV_16S, 0, 1, ksize=size, scale=scale, borderType=cv2.BORDER_REPLICATE),
    )
