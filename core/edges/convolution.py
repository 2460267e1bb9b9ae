"""Convolution with a kernel of one's own, down to the arithmetic of a single pixel.

What deep learning calls convolution is cross-correlation: the kernel lies on the picture as it is written, it is not
turned by 180 degrees as in mathematics. `convolve` and `convolve_pixel` follow deep learning; for the mathematical one
pass `kernel[::-1, ::-1]`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.checks import boolean, choice, integer
from core.errors import InputError
from core.images import RGB, Grey, to_rgb
from core.results import Result, Stopwatch

Weights = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]

MAX_SIDE, MAX_WEIGHT, MAX_STRIDE = 31, 1e6, 64
VIEWS = ("signed", "abs", "clip")
_BORDERS = {"reflect": cv2.BORDER_REFLECT_101, "zero": cv2.BORDER_CONSTANT, "replicate": cv2.BORDER_REPLICATE}
PADDINGS = (*_BORDERS, "valid")
_BLUE, _RED = (33, 102, 172), (178, 24, 43)  # ends of ColorBrewer's RdBu


@dataclass(frozen=True, kw_only=True)
class ConvolutionResult(Result):
    """The response of a picture to a kernel.

    Attributes:
        response: float32 (H_out, W_out), grey levels, signed.
        weights: float32 (h, w), the kernel as it was used.
    """

    response: Grey
    weights: Weights


@dataclass(frozen=True, kw_only=True)
class PixelConvolution(Result):
    """The arithmetic of one output pixel.

    Attributes:
        patch: float32 (h, w), the grey values under the kernel.
        inside: bool (h, w), False where a value comes from the padding.
        weights: float32 (h, w), the kernel as it was used.
        at: (x, y) of the output pixel.
        centre: (x, y) of the kernel's centre in the picture.
    """

    patch: Grey
    inside: npt.NDArray[np.bool_]
    weights: Weights
    at: tuple[int, int]
    centre: tuple[int, int]

    @property
    def products(self) -> Grey:
        """float32 (h, w), patch times weights."""
        return self.patch * self.weights

    @property
    def total(self) -> float:
        """The sum of the products: the response at this pixel."""
        return float(self.products.sum(dtype=np.float64))


@dataclass(frozen=True)
class KernelPreset:
    """A well-known kernel.

    Attributes:
        make: an odd side -> its weights float32 (side, side).
        normalise: whether the weights are divided by their sum.
        view: how its response is best shown, one of VIEWS.
    """

    make: Callable[[int], Weights]
    normalise: bool = False
    view: str = "clip"


def convolve(
    image: object, kernel: object, *, stride: int = 1, padding: str = "reflect", normalise: bool = False
) -> ConvolutionResult:
    """Cross-correlation of the grey picture with the kernel, which deep learning calls convolution.

    Args:
        image: what `core.images.to_rgb` takes; its grey values 0 to 255 are used.
        kernel: (h, w) numbers, each side 1 to 31.
        stride: pixels from one position of the kernel to the next, 1 to 64.
        padding: "reflect" (without the border pixel), "zero" or "replicate" add (h - 1) // 2 rows above and below and
            (w - 1) // 2 columns left and right; "valid" adds none, and the output is smaller.
        normalise: divide the weights by their sum; where that is 0, by half the sum of their absolute values, so that
            the response stays within -255 to 255. A kernel of zeros stays as it is.

    Returns:
        A response of `output_size` rows and columns.

    Raises:
        InputError: a bad argument, or a kernel larger than the picture without padding.
    """
    watch = Stopwatch()
    weights = kernel_weights(kernel, normalise)
    padded, _ = _pad_grey(to_rgb(image), weights, padding)
    stride = integer("stride", stride, 1, MAX_STRIDE)
    h, w = weights.shape
    full = cv2.filter2D(padded, cv2.CV_32F, weights, anchor=(0, 0))
    response = full[: padded.shape[0] - h + 1 : stride, : padded.shape[1] - w + 1 : stride]
    return ConvolutionResult(
        response=np.ascontiguousarray(response), weights=weights, model="convolution", seconds=watch.seconds
    )


def convolve_pixel(
    image: object,
    kernel: object,
    x: float,
    y: float,
    *,
    stride: int = 1,
    padding: str = "reflect",
    normalise: bool = False,
) -> PixelConvolution:
    """The arithmetic behind one pixel of `convolve`: the output pixel whose kernel centre is nearest to (x, y).

    Args:
        image: what `core.images.to_rgb` takes.
        kernel: as for `convolve`.
        x: column in the picture, in pixels.
        y: row in the picture, in pixels.
        stride: as for `convolve`.
        padding: as for `convolve`.
        normalise: as for `convolve`.

    Raises:
        InputError: a bad argument, or (x, y) outside the picture.
    """
    watch = Stopwatch()
    weights = kernel_weights(kernel, normalise)
    rgb = to_rgb(image)
    (height, width), (h, w) = rgb.shape[:2], weights.shape
    padded, (top, left) = _pad_grey(rgb, weights, padding)
    stride = integer("stride", stride, 1, MAX_STRIDE)
    row = _nearest_output(integer("y", y, 0, height - 1), height, h, top, stride)
    column = _nearest_output(integer("x", x, 0, width - 1), width, w, left, stride)
    upper, first = row * stride, column * stride
    ys, xs = np.arange(upper, upper + h) - top, np.arange(first, first + w) - left
    return PixelConvolution(
        patch=padded[upper : upper + h, first : first + w],
        inside=np.outer((ys >= 0) & (ys < height), (xs >= 0) & (xs < width)),
        weights=weights,
        at=(column, row),
        centre=(int(xs[(w - 1) // 2]), int(ys[(h - 1) // 2])),
        model="convolution",
        seconds=watch.seconds,
    )


def output_size(n: int, k: int, p: int, s: int) -> int:
    """Rows of output: floor((n + 2 p - k) / s) + 1, for n rows, k kernel rows, p rows of padding each side, stride s.

    >>> output_size(32, 3, 1, 2)
    16
    """
    return (n + 2 * p - k) // s + 1


def padding_size(padding: str, k: int) -> int:
    """Rows that `padding` adds on each side for a kernel of k rows."""
    return 0 if choice("padding", padding, PADDINGS) == "valid" else (k - 1) // 2


def kernel_weights(kernel: object, normalise: bool = False) -> Weights:
    """A kernel as float32 (h, w), divided as `convolve` says when `normalise` is set.

    Raises:
        InputError: it is not a table of finite numbers, or a side is not 1 to 31.
    """
    divided = boolean("normalise", normalise)
    try:
        weights = np.asarray(kernel, dtype=np.float32)
    # numpy raises these for ragged lists, words, None and numbers of hundreds of digits
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError("edges.kernel_table", longest=MAX_SIDE) from error
    if weights.ndim != 2 or not all(1 <= side <= MAX_SIDE for side in weights.shape):
        raise InputError("edges.kernel_table", longest=MAX_SIDE)
    if not (np.isfinite(weights).all() and np.abs(weights).max() <= MAX_WEIGHT):
        raise InputError("edges.kernel_values", largest=f"{MAX_WEIGHT:g}")
    if not divided:
        return weights
    total = float(weights.sum(dtype=np.float64))
    size = float(np.abs(weights).sum(dtype=np.float64))
    divisor = total if abs(total) > 1e-6 * size else size / 2
    return (weights / divisor).astype(np.float32) if size else weights


def response_picture(response: Grey, view: str = "signed") -> Levels:
    """A response as a picture, uint8 (H, W, 3) or (H, W).

    Args:
        response: float32 (H, W), grey levels.
        view: "signed" (RGB: blue below zero, white at zero, red above, full colour from the 99th percentile on), "abs"
            (grey: absolute values) or "clip" (grey: below 0 black, above 255 white).
    """
    choice("view", view, VIEWS)
    if view == "signed":
        # every so many pixels are enough for a quantile
        sample = abs(response.ravel()[:: max(1, response.size // 10_000)])
        full = float(np.quantile(sample, 0.99)) or float(abs(response).max()) or 1.0
        steps = np.rint((response * (127 / full)).clip(-127, 127)) + 127
        return cv2.applyColorMap(steps.astype(np.uint8), _diverging_colours())  # type: ignore[no-any-return]
    levels = abs(response) if view == "abs" else response
    return levels.clip(0, 255).round().astype(np.uint8)


@functools.lru_cache(maxsize=1)
def _diverging_colours() -> Levels:
    """Colours (256, 1, 3): blue at 0, white at 127, red at 254."""
    ends, share = np.array([_BLUE, _RED], np.float32), np.linspace(-1, 255 / 127 - 1, 256).clip(-1, 1)[:, None]
    colours: Levels = (255 + abs(share) * (np.where(share < 0, ends[0], ends[1]) - 255)).round().astype(np.uint8)
    return colours[:, None]


def _pad_grey(rgb: RGB, weights: Weights, padding: str) -> tuple[Grey, tuple[int, int]]:
    """The grey picture float32 with its border, and how much of it is above and to the left."""
    h, w = weights.shape
    top, left = padding_size(padding, h), padding_size(padding, w)
    height, width = rgb.shape[:2]
    if height + 2 * top < h or width + 2 * left < w:
        raise InputError("edges.kernel_large", kernel=f"{w} × {h}", picture=f"{width} × {height}")
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if padding == "valid":
        return grey, (0, 0)
    return cv2.copyMakeBorder(grey, top, top, left, left, _BORDERS[padding]), (top, left)


def _nearest_output(place: int, n: int, k: int, p: int, s: int) -> int:
    """The output index whose kernel centre, at index * s - p + (k - 1) // 2, is nearest to `place`."""
    index = round((place + p - (k - 1) // 2) / s)
    return min(max(index, 0), output_size(n, k, p, s) - 1)


def _centre_offsets(n: int) -> npt.NDArray[np.int_]:
    return np.arange(n) - n // 2


def _set_centre(n: int, around: npt.NDArray[Any], centre: float) -> Weights:
    weights: Weights = around.astype(np.float32)
    weights[n // 2, n // 2] = centre
    return weights


def _cross_kernel(n: int) -> Weights:
    weights = np.zeros((n, n), np.float32)
    weights[n // 2] = weights[:, n // 2] = -1
    return weights


def _gaussian_kernel(n: int) -> Weights:
    """Binomial numbers: 1 2 1, or 1 4 6 4 1."""
    _, row = cv2.getDerivKernels(1, 0, n)
    return np.outer(row, row).astype(np.float32)


def _sobel_kernel(n: int, turns: int) -> Weights:
    """Positive where it gets brighter to the left, bottom, right or top, at 0, 1, 2 or 3 quarter turns."""
    along, across = cv2.getDerivKernels(1, 0, n)
    return np.rot90(np.outer(across, -along), turns).astype(np.float32)


PRESETS: Mapping[str, KernelPreset] = {
    "identity": KernelPreset(lambda n: _set_centre(n, np.zeros((n, n)), 1)),
    "blur": KernelPreset(lambda n: np.ones((n, n), np.float32), normalise=True),
    "gaussian": KernelPreset(_gaussian_kernel, normalise=True),
    "sharpen": KernelPreset(lambda n: _set_centre(n, _cross_kernel(n), 2 * n - 1)),
    "emboss": KernelPreset(lambda n: _set_centre(n, np.add.outer(_centre_offsets(n), _centre_offsets(n)), 1)),
    "outline": KernelPreset(lambda n: _set_centre(n, -np.ones((n, n)), n * n - 1), view="signed"),
    "sobel_left": KernelPreset(lambda n: _sobel_kernel(n, 0), view="signed"),
    "sobel_right": KernelPreset(lambda n: _sobel_kernel(n, 2), view="signed"),
    "sobel_top": KernelPreset(lambda n: _sobel_kernel(n, 3), view="signed"),
    "sobel_bottom": KernelPreset(lambda n: _sobel_kernel(n, 1), view="signed"),
}
