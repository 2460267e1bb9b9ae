"""The detectors: grey values uint8 (H, W) in, strength float32 (H, W) out, 1 at a step from black to white.

The ranges of their parameters are in `core.edges.detection`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from core import models
from core.edges import metrics
from core.images import RGB, Grey

Levels = npt.NDArray[np.uint8]
SCALES = {"one": (1.0,), "three": (0.5, 1.0, 1.5)}
_KERNELS = {"scharr": ([-1, 0, 1], [3, 10, 3]), "prewitt": ([-1, 0, 1], [1, 1, 1])}
_NORMAL_PEAK = 1 / math.sqrt(2 * math.pi)  # the standard normal density at 0


def gaussian_blur(grey: Levels, sigma: float) -> Grey:
    """The grey values as float32, blurred by a Gaussian unless sigma is 0."""
    values = grey.astype(np.float32)
    return cv2.GaussianBlur(values, (0, 0), sigma) if sigma else values


def image_derivatives(grey: Levels, method: str, sigma: float, size: int) -> tuple[Grey, Grey]:
    """Change to the right and downwards, scaled so that a step from black to white is 1."""
    along, across = _KERNELS[method] if method in _KERNELS else cv2.getDerivKernels(1, 0, size)
    along, across = np.asarray(along, np.float32).ravel(), np.asarray(across, np.float32).ravel()
    # at a step, one half of the derivative kernel sees the bright side
    scaled = along / (along[len(along) // 2 :].sum() * across.sum() * 255)
    smooth = gaussian_blur(grey, sigma)
    return cv2.sepFilter2D(smooth, cv2.CV_32F, scaled, across), cv2.sepFilter2D(smooth, cv2.CV_32F, across, scaled)


def _gradient_length(dx: Grey, dy: Grey, l2: bool) -> Grey:
    return cv2.magnitude(dx, dy) if l2 else abs(dx) + abs(dy)


def _apply_gain_or_threshold(strength: Grey, gain: float, threshold: float) -> Grey:
    """Strength times gain, at most 1; with a threshold 1 where the strength reaches it and 0 elsewhere."""
    if threshold > 0:
        return (strength >= threshold).astype(np.float32)
    return np.minimum(strength if gain == 1 else strength * np.float32(gain), np.float32(1))


def gradient_detector(method: str) -> Callable[..., Grey]:
    """The detector that measures the gradient: "sobel", "scharr" or "prewitt"."""

    def detect_gradient(
        grey: Levels, *, sigma: float, axis: str, l2: bool, gain: float, threshold: float, size: int = 3
    ) -> Grey:
        dx, dy = image_derivatives(grey, method, sigma, size)
        strength = _gradient_length(dx, dy, l2) if axis == "both" else abs(dx if axis == "x" else dy)
        return _apply_gain_or_threshold(strength, gain, threshold)

    return detect_gradient


def roberts_cross(grey: Levels, *, sigma: float, l2: bool, gain: float, threshold: float) -> Grey:
    """Differences along both diagonals (Roberts 1963)."""
    padded = cv2.copyMakeBorder(gaussian_blur(grey, sigma), 0, 1, 0, 1, cv2.BORDER_REPLICATE)
    falling, rising = padded[:-1, :-1] - padded[1:, 1:], padded[:-1, 1:] - padded[1:, :-1]
    # both diagonals see an upright step
    full = 255 * (math.sqrt(2) if l2 else 2)
    return _apply_gain_or_threshold(_gradient_length(falling, rising, l2) / np.float32(full), gain, threshold)


def laplacian(grey: Levels, *, sigma: float, size: int, gain: float, threshold: float) -> Grey:
    """Absolute value of the sum of both second derivatives."""
    step = np.repeat([[0, 255]], 8, axis=1).astype(np.uint8)
    full = np.abs(cv2.Laplacian(step, cv2.CV_32F, ksize=size)).max()
    return _apply_gain_or_threshold(
        abs(cv2.Laplacian(gaussian_blur(grey, sigma), cv2.CV_32F, ksize=size)) / full, gain, threshold
    )


def laplacian_of_gaussian(grey: Levels, *, sigma: float, crossings: bool, gain: float, threshold: float) -> Grey:
    """Laplacian of Gaussian: its zero crossings are the edges (Marr and Hildreth 1980)."""
    response = cv2.Laplacian(gaussian_blur(grey, sigma), cv2.CV_32F, ksize=1, scale=sigma**2 / 255)
    # of a step: slope at the edge, and largest value one sigma beside it
    slope, peak = _NORMAL_PEAK / sigma, _NORMAL_PEAK * math.exp(-0.5)
    return _apply_gain_or_threshold(
        _zero_crossings(response) / slope if crossings else abs(response) / peak, gain, threshold
    )


def difference_of_gaussians(
    grey: Levels, *, sigma: float, ratio: float, crossings: bool, gain: float, threshold: float
) -> Grey:
    """Difference of Gaussians, which approximates the Laplacian of Gaussian at ratio 1.6 (Marr and Hildreth 1980)."""
    response: Grey = (gaussian_blur(grey, sigma * ratio) - gaussian_blur(grey, sigma)) / np.float32(255)
    slope = _NORMAL_PEAK / sigma * (1 - 1 / ratio)
    far = math.sqrt(math.log(ratio) / (ratio**2 - 1)) * ratio
    peak = (math.erf(far) - math.erf(far / ratio)) / 2
    return _apply_gain_or_threshold(
        _zero_crossings(response) / slope if crossings else abs(response) / peak, gain, threshold
    )


def _zero_crossings(response: Grey) -> Grey:
    """How steeply the response crosses zero, at the pixel of the pair that is nearer to zero; 0 elsewhere."""
    width, values, below = response.shape[1], response.ravel(), response < 0
    found = np.zeros_like(values)
    beside = np.flatnonzero(np.diff(below, axis=1, append=below[:, -1:]))
    under = np.flatnonzero(below[:-1] != below[1:])
    for here, there in (beside, beside + 1), (under, under + width):
        a, b = values[here], values[there]
        np.maximum.at(found, np.where(abs(a) <= abs(b), here, there), abs(a - b))
    return found.reshape(response.shape)


def canny_edges(grey: Levels, *, sigma: float, low: float, high: float, size: int, l2: bool) -> Grey:
    """OpenCV's Canny (1986): 1 on the ridges that hysteresis keeps."""
    scale = canny_threshold_scale(size)
    smooth = cv2.GaussianBlur(grey, (0, 0), sigma) if sigma else grey
    found = cv2.Canny(smooth, low * scale, high * scale, apertureSize=size, L2gradient=l2)
    edges: Grey = (found > 0).astype(np.float32)
    return edges


def network_detector(name: str) -> Callable[..., Grey]:
    """The detector that runs the network of this `edges` row, trained on lines that people drew (Xie and Tu 2015)."""

    def detect_boundaries(rgb: RGB, *, longest: float, scales: str, thin: bool, gain: float, threshold: float) -> Grey:
        with models.borrow("edges", name) as (_, detector):
            strength = detector(rgb, longest=int(longest), scales=SCALES[scales])
        return _apply_gain_or_threshold(metrics.thin_edges(strength) if thin else strength, gain, threshold)

    return detect_boundaries


def canny_threshold_scale(size: int) -> float:
    """The response to a step of the Sobel kernel of this size, over that of the 3x3 one."""
    along, across = cv2.getDerivKernels(1, 0, size)
    return float(along[size // 2 :].sum() * across.sum() / 4)
