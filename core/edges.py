"""Edges: one function, eight classical detectors, each with its own parameters declared once.

The page builds its sliders from `METHODS`, and `detect` checks its arguments against the same table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.checks import brief, choice, number
from core.errors import InputError
from core.images import RGB, Grey, to_rgb
from core.kernels import Convolved, convolve
from core.results import Result, Stopwatch

__all__ = ["GRADIENTS", "METHODS", "Convolved", "Edges", "Gradient", "Method", "Parameter"]
__all__ += ["colours", "convolve", "detect", "gradient", "to_grey"]

Levels = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Edges(Result):
    """Attributes: edges: float32 (H, W) in [0, 1]; 1 is as strong as a step from black to white, or a decided edge."""

    edges: Grey

    def __post_init__(self) -> None:
        assert self.edges.ndim == 2 and self.edges.dtype == np.float32, f"{self.edges.dtype} {self.edges.shape}"


@dataclass(frozen=True, kw_only=True)
class Gradient(Result):
    """How the grey values change.

    Attributes:
        dx: float32 (H, W), to the right; 1 is a step from black to white.
        dy: float32 (H, W), downwards.
    """

    dx: Grey
    dy: Grey

    @property
    def magnitude(self) -> Grey:
        """float32 (H, W), 0 and up."""
        return cv2.magnitude(self.dx, self.dy)  # type: ignore[no-any-return]

    @property
    def direction(self) -> Grey:
        """float32 (H, W), radians in [0, 2 pi): where it gets brighter; 0 is right, pi / 2 is down."""
        return cv2.phase(self.dx, self.dy)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Parameter:
    """A knob of a method.

    Attributes:
        default: when it is not given; a bool makes it a switch.
        low: smallest number.
        high: largest number.
        step: of its slider.
        reach: where its slider ends, `high` when 0.
        choices: the values it may have instead of a range.
    """

    default: float | str
    low: float = 0
    high: float = 0
    step: float = 0.1
    reach: float = 0
    choices: tuple[float | str, ...] = ()

    def check(self, name: str, value: object) -> Any:
        """`value` if the knob takes it.

        Raises:
            InputError: it does not.
        """
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            raise InputError("edges.switch", name=name, got=brief(value))
        if not self.choices:
            return number(name, value, self.low, self.high)
        # True == 1 in Python, but is no size; a list has no place in a tuple of numbers either
        if isinstance(value, (int, float, str)) and not isinstance(value, bool) and value in self.choices:
            return self.choices[self.choices.index(value)]
        raise InputError("errors.choice", name=name, choices=", ".join(map(str, self.choices)), got=brief(value))


@dataclass(frozen=True)
class Method:
    """A detector: grey values uint8 (H, W) and its parameters in, strength float32 (H, W) out, 1 at a full step."""

    run: Callable[..., Grey]
    parameters: Mapping[str, Parameter]


def detect(image: object, method: str = "canny", **params: Any) -> Edges:
    """The edges of a picture.

    Args:
        image: what `core.images.to_rgb` takes.
        method: a name of `METHODS`.
        params: of the method, see `METHODS[method].parameters`. `sigma` blurs first (standard deviation in pixels, 0 is
            none), `threshold` in (0, 1] decides edge or no edge, `gain` brightens, `size` is the kernel's side; Canny's
            `low` and `high` are in units of the 3x3 Sobel kernel, so that 1020 is a step from black to white.

    Raises:
        InputError: no picture, no such method, a parameter it does not have or a value out of range, low above high.
    """
    watch = Stopwatch()
    chosen = METHODS[choice("method", method, METHODS)]
    settings = check(method, params)
    found = chosen.run(to_grey(image), **settings)
    return Edges(edges=found, model=method, seconds=watch.seconds)


def check(method: str, params: Mapping[str, object]) -> dict[str, Any]:
    """All parameters of `method`, with defaults where `params` has none.

    Raises:
        InputError: a name that the method does not know, a value out of range, low above high.
    """
    known = METHODS[method].parameters
    for name in params:
        if name not in known:
            raise InputError("edges.unknown_parameter", method=method, names=", ".join(known), got=brief(name))
    settings = {name: p.check(name, params.get(name, p.default)) for name, p in known.items()}
    if method == "canny":
        check_thresholds(settings["low"], settings["high"])
    return settings


def check_thresholds(low: float, high: float) -> None:
    """Raises InputError when Canny's thresholds stand the wrong way round."""
    if low > high:
        raise InputError("edges.thresholds", low=f"{low:g}", high=f"{high:g}")


def gradient(image: object, method: str = "sobel", *, sigma: float = 0.0, size: int = 3) -> Gradient:
    """How the grey values change to the right and downwards.

    Args:
        image: what `core.images.to_rgb` takes.
        method: "sobel", "scharr" or "prewitt".
        sigma: standard deviation in pixels of the blur before it, in [0, 10].
        size: side of the Sobel kernel, 3, 5 or 7; the others have 3.
    """
    watch = Stopwatch()
    choice("method", method, GRADIENTS)
    sigma, size = _SIGMA.check("sigma", sigma), _SIZE.check("size", size)
    dx, dy = _derivatives(to_grey(image), method, sigma, size)
    return Gradient(dx=dx, dy=dy, model=method, seconds=watch.seconds)


def colours(found: Gradient, gain: float = 1.0) -> RGB:
    """Direction as hue (red: brighter to the right, then with the clock yellow, green ...), strength as brightness."""
    hue = found.direction * (90 / math.pi)
    value = np.clip(found.magnitude * (255 * gain), 0, 255)
    hsv = cv2.merge([hue.astype(np.uint8), np.full(hue.shape, 255, np.uint8), value.astype(np.uint8)])
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)  # type: ignore[no-any-return]


def to_grey(image: object) -> Levels:
    """Brightness uint8 (H, W), 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""
    return cv2.cvtColor(to_rgb(image), cv2.COLOR_RGB2GRAY)  # type: ignore[no-any-return]


def blur(grey: Levels, sigma: float) -> Grey:
    """The grey values as float32, under a Gaussian blur unless sigma is 0."""
    values = grey.astype(np.float32)
    return cv2.GaussianBlur(values, (0, 0), sigma) if sigma else values


def _derivatives(grey: Levels, method: str, sigma: float, size: int) -> tuple[Grey, Grey]:
    """Change to the right and downwards, scaled so that a step from black to white is 1."""
    along, across = _KERNELS[method] if method in _KERNELS else cv2.getDerivKernels(1, 0, size)
    along, across = np.asarray(along, np.float32).ravel(), np.asarray(across, np.float32).ravel()
    # at a step, one half of the derivative kernel sees the bright side
    scaled = along / (along[len(along) // 2 :].sum() * across.sum() * 255)
    smooth = blur(grey, sigma)
    return cv2.sepFilter2D(smooth, cv2.CV_32F, scaled, across), cv2.sepFilter2D(smooth, cv2.CV_32F, across, scaled)


def _length(dx: Grey, dy: Grey, l2: bool) -> Grey:
    return cv2.magnitude(dx, dy) if l2 else abs(dx) + abs(dy)


def _finish(strength: Grey, gain: float, threshold: float) -> Grey:
    """Strength brightened and clipped, or 1 where it reaches the threshold and 0 elsewhere."""
    if threshold > 0:
        return (strength >= threshold).astype(np.float32)
    return np.minimum(strength if gain == 1 else strength * np.float32(gain), np.float32(1))


def _by_gradient(method: str) -> Callable[..., Grey]:
    def run(grey: Levels, *, sigma: float, axis: str, l2: bool, gain: float, threshold: float, size: int = 3) -> Grey:
        dx, dy = _derivatives(grey, method, sigma, size)
        strength = _length(dx, dy, l2) if axis == "both" else abs(dx if axis == "x" else dy)
        return _finish(strength, gain, threshold)

    return run


def _roberts(grey: Levels, *, sigma: float, l2: bool, gain: float, threshold: float) -> Grey:
    padded = cv2.copyMakeBorder(blur(grey, sigma), 0, 1, 0, 1, cv2.BORDER_REPLICATE)
    falling, rising = padded[:-1, :-1] - padded[1:, 1:], padded[:-1, 1:] - padded[1:, :-1]
    # both diagonals see an upright step
    full = 255 * (math.sqrt(2) if l2 else 2)
    return _finish(_length(falling, rising, l2) / np.float32(full), gain, threshold)


def _laplacian(grey: Levels, *, sigma: float, size: int, gain: float, threshold: float) -> Grey:
    step = np.repeat([[0, 255]], 8, axis=1).astype(np.uint8)
    full = np.abs(cv2.Laplacian(step, cv2.CV_32F, ksize=size)).max()
    return _finish(abs(cv2.Laplacian(blur(grey, sigma), cv2.CV_32F, ksize=size)) / full, gain, threshold)


def _log(grey: Levels, *, sigma: float, crossings: bool, gain: float, threshold: float) -> Grey:
    """Laplacian of Gaussian: its zero crossings are the edges (Marr and Hildreth 1980)."""
    response = cv2.Laplacian(blur(grey, sigma), cv2.CV_32F, ksize=1, scale=sigma**2 / 255)
    # of a step: slope at the edge, and largest value one sigma beside it
    slope, peak = _NORMAL / sigma, _NORMAL * math.exp(-0.5)
    return _finish(_crossings(response) / slope if crossings else abs(response) / peak, gain, threshold)


def _dog(grey: Levels, *, sigma: float, ratio: float, crossings: bool, gain: float, threshold: float) -> Grey:
    """Difference of Gaussians, which approximates the Laplacian of Gaussian at ratio 1.6 (Marr and Hildreth 1980)."""
    response: Grey = (blur(grey, sigma * ratio) - blur(grey, sigma)) / np.float32(255)
    slope = _NORMAL / sigma * (1 - 1 / ratio)
    far = math.sqrt(math.log(ratio) / (ratio**2 - 1)) * ratio
    peak = (math.erf(far) - math.erf(far / ratio)) / 2
    return _finish(_crossings(response) / slope if crossings else abs(response) / peak, gain, threshold)


def _crossings(response: Grey) -> Grey:
    """How steeply the response crosses zero, at the pixel of the pair that is nearer to zero; 0 elsewhere."""
    width, values, below = response.shape[1], response.ravel(), response < 0
    found = np.zeros_like(values)
    beside = np.flatnonzero(np.diff(below, axis=1, append=below[:, -1:]))
    under = np.flatnonzero(below[:-1] != below[1:])
    for here, there in (beside, beside + 1), (under, under + width):
        a, b = values[here], values[there]
        np.maximum.at(found, np.where(abs(a) <= abs(b), here, there), abs(a - b))
    return found.reshape(response.shape)


def _canny(grey: Levels, *, sigma: float, low: float, high: float, size: int, l2: bool) -> Grey:
    scale = canny_scale(size)
    smooth = cv2.GaussianBlur(grey, (0, 0), sigma) if sigma else grey
    found = cv2.Canny(smooth, low * scale, high * scale, apertureSize=size, L2gradient=l2)
    edges: Grey = (found > 0).astype(np.float32)
    return edges


def canny_scale(size: int) -> float:
    """How much stronger a Sobel kernel of this size answers to a step than the 3x3 one."""
    along, across = cv2.getDerivKernels(1, 0, size)
    return float(along[size // 2 :].sum() * across.sum() / 4)


GRADIENTS = ("sobel", "scharr", "prewitt")
_KERNELS = {"scharr": ([-1, 0, 1], [3, 10, 3]), "prewitt": ([-1, 0, 1], [1, 1, 1])}
_NORMAL = 1 / math.sqrt(2 * math.pi)  # the standard normal density at 0

_SIGMA = Parameter(0.0, high=10)
_SCALE = Parameter(2.0, low=0.5, high=10)
_SIZE = Parameter(3, choices=(3, 5, 7))
_CROSSINGS = Parameter(True)
_OUTPUT = {"gain": Parameter(1.0, low=0.1, high=20), "threshold": Parameter(0.0, high=1, step=0.01)}
_BOTH = {"axis": Parameter("both", choices=("both", "x", "y")), "l2": Parameter(True)}

METHODS: Mapping[str, Method] = {
    "sobel": Method(_by_gradient("sobel"), {"sigma": _SIGMA, "size": _SIZE, **_BOTH, **_OUTPUT}),
    "scharr": Method(_by_gradient("scharr"), {"sigma": _SIGMA, **_BOTH, **_OUTPUT}),
    "prewitt": Method(_by_gradient("prewitt"), {"sigma": _SIGMA, **_BOTH, **_OUTPUT}),
    "roberts": Method(_roberts, {"sigma": _SIGMA, "l2": Parameter(True), **_OUTPUT}),
    "laplacian": Method(_laplacian, {"sigma": _SIGMA, "size": Parameter(1, choices=(1, 3, 5, 7)), **_OUTPUT}),
    "log": Method(_log, {"sigma": _SCALE, "crossings": _CROSSINGS, **_OUTPUT}),
    "dog": Method(
        _dog, {"sigma": _SCALE, "ratio": Parameter(1.6, low=1.1, high=5), "crossings": _CROSSINGS, **_OUTPUT}
    ),
    "canny": Method(
        _canny,
        {
            "low": Parameter(100.0, high=1530, step=1, reach=400),
            "high": Parameter(200.0, high=1530, step=1, reach=400),
            "sigma": _SIGMA,
            "size": _SIZE,
            "l2": Parameter(False),
        },
    ),
}
