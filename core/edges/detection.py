"""Edges: one function, eight classical detectors and two learned ones, each with its own parameters declared once.

The page builds its sliders from `METHODS`, and `detect` checks its arguments against the same table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from core.checks import boolean, choice, number, short_repr
from core.edges import classical
from core.errors import InputError
from core.images import RGB, Grey, to_rgb
from core.results import Result, Stopwatch


@dataclass(frozen=True, kw_only=True)
class Edges(Result):
    """The edges of a picture.

    Attributes:
        edges: float32 (H, W) in [0, 1]; 1 is an edge as strong as a step from black to white, or an edge at all
            where the method decides (Canny, a threshold).
    """

    edges: Grey

    def __post_init__(self) -> None:
        assert self.edges.ndim == 2 and self.edges.dtype == np.float32, f"{self.edges.dtype} {self.edges.shape}"


@dataclass(frozen=True, kw_only=True)
class Gradient(Result):
    """The gradient of the grey values.

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
        """float32 (H, W), radians in [0, 2 pi): the direction in which it gets brighter; 0 is right, pi / 2 is down."""
        return cv2.phase(self.dx, self.dy)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a method, as `detect` checks it and the page shows it.

    Attributes:
        default: its value when none is given; a bool makes it a switch.
        low: smallest number.
        high: largest number.
        step: of its slider.
        slider_max: where its slider ends, `high` when 0.
        choices: the values it may have instead of a range.
    """

    default: float | str
    low: float = 0
    high: float = 0
    step: float = 0.1
    slider_max: float = 0
    choices: tuple[float | str, ...] = ()

    def check_value(self, name: str, value: object) -> Any:
        """The value, if the parameter may have it.

        Raises:
            InputError: it may not.
        """
        if isinstance(self.default, bool):
            return boolean(name, value)
        if not self.choices:
            return number(name, value, self.low, self.high)
        # True == 1 in Python, but is no size; a list has no place in a tuple of numbers either
        if isinstance(value, (int, float, str)) and not isinstance(value, bool) and value in self.choices:
            return self.choices[self.choices.index(value)]
        raise InputError("errors.choice", name=name, choices=", ".join(map(str, self.choices)), got=short_repr(value))


@dataclass(frozen=True)
class EdgeMethod:
    """A detector.

    Attributes:
        run: grey values uint8 (H, W) and its parameters -> strength float32 (H, W); 1 at a step from black to white.
        parameters: what they may be, by name.
        colour: `run` takes RGB, uint8 (H, W, 3), instead of grey values.
    """

    run: Callable[..., Grey]
    parameters: Mapping[str, Parameter]
    colour: bool = False


def detect(image: object, method: str = "canny", **params: Any) -> Edges:
    """The edges of a picture.

    Args:
        image: what `core.images.to_rgb` takes.
        method: a name of `METHODS`.
        params: the method's parameters, see `METHODS[method].parameters`. `sigma` blurs first (standard deviation in
            pixels, 0 is none), `threshold` in (0, 1] makes edges 1 and all else 0, `gain` multiplies the strength,
            `size` is the kernel's side; Canny's `low` and `high` are in units of the 3x3 Sobel kernel, so that 1020 is
            a step from black to white. "learned" and "hed" see the picture resized to `longest` pixels, at several
            `scales` if asked, and can keep only the ridges (`thin`); their strength is the probability that people
            would draw a line there.

    Raises:
        InputError: no picture, no such method, a parameter it does not have or a value out of range, low above high.
        ModelUnavailable: a learned method's weights are not on this machine.
    """
    watch = Stopwatch()
    chosen = METHODS[choice("method", method, METHODS)]
    settings = check_parameters(method, params)
    found = chosen.run(to_rgb(image) if chosen.colour else to_grey(image), **settings)
    return Edges(edges=found, model=method, seconds=watch.seconds)


def check_parameters(method: str, params: Mapping[str, object]) -> dict[str, Any]:
    """All parameters of `method`, with defaults where `params` has none.

    Raises:
        InputError: a name that the method does not know, a value out of range, low above high.
    """
    known = METHODS[method].parameters
    for name in params:
        if name not in known:
            raise InputError("edges.unknown_parameter", method=method, names=", ".join(known), got=short_repr(name))
    settings = {name: p.check_value(name, params.get(name, p.default)) for name, p in known.items()}
    if method == "canny":
        check_thresholds(settings["low"], settings["high"])
    return settings


def check_thresholds(low: float, high: float) -> None:
    """Raises InputError when Canny's low threshold is above its high one."""
    if low > high:
        raise InputError("edges.thresholds", low=f"{low:g}", high=f"{high:g}")


def image_gradient(image: object, method: str = "sobel", *, sigma: float = 0.0, size: int = 3) -> Gradient:
    """The gradient of the grey values: their change to the right and downwards.

    Args:
        image: what `core.images.to_rgb` takes.
        method: "sobel", "scharr" or "prewitt".
        sigma: standard deviation in pixels of the blur before it, in [0, 10].
        size: side of the Sobel kernel, 3, 5 or 7; the others have 3.
    """
    watch = Stopwatch()
    choice("method", method, GRADIENTS)
    sigma, size = _SIGMA.check_value("sigma", sigma), _SIZE.check_value("size", size)
    dx, dy = classical.image_derivatives(to_grey(image), method, sigma, size)
    return Gradient(dx=dx, dy=dy, model=method, seconds=watch.seconds)


def gradient_picture(found: Gradient, gain: float = 1.0) -> RGB:
    """Direction as hue (red: brighter to the right, then clockwise yellow, green ...), strength as brightness."""
    hue = found.direction * (90 / math.pi)
    value = np.clip(found.magnitude * (255 * gain), 0, 255)
    hsv = cv2.merge([hue.astype(np.uint8), np.full(hue.shape, 255, np.uint8), value.astype(np.uint8)])
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)  # type: ignore[no-any-return]


def to_grey(image: object) -> classical.Levels:
    """Brightness uint8 (H, W), 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""
    return cv2.cvtColor(to_rgb(image), cv2.COLOR_RGB2GRAY)  # type: ignore[no-any-return]


GRADIENTS = ("sobel", "scharr", "prewitt")

_SIGMA = Parameter(0.0, high=10)
_LOG_SIGMA = Parameter(2.0, low=0.5, high=10)
_SIZE = Parameter(3, choices=(3, 5, 7))
_CROSSINGS = Parameter(True)
_OUTPUT = {"gain": Parameter(1.0, low=0.1, high=20), "threshold": Parameter(0.0, high=1, step=0.01)}
_DIRECTION = {"axis": Parameter("both", choices=("both", "x", "y")), "l2": Parameter(True)}
_NETWORK = {
    "longest": Parameter(640, low=64, high=2048, step=16, slider_max=1024),
    "scales": Parameter("one", choices=tuple(classical.SCALES)),
    "thin": Parameter(False),
    **_OUTPUT,
}

METHODS: Mapping[str, EdgeMethod] = {
    "sobel": EdgeMethod(
        classical.gradient_detector("sobel"), {"sigma": _SIGMA, "size": _SIZE, **_DIRECTION, **_OUTPUT}
    ),
    "scharr": EdgeMethod(classical.gradient_detector("scharr"), {"sigma": _SIGMA, **_DIRECTION, **_OUTPUT}),
    "prewitt": EdgeMethod(classical.gradient_detector("prewitt"), {"sigma": _SIGMA, **_DIRECTION, **_OUTPUT}),
    "roberts": EdgeMethod(classical.roberts_cross, {"sigma": _SIGMA, "l2": Parameter(True), **_OUTPUT}),
    "laplacian": EdgeMethod(
        classical.laplacian, {"sigma": _SIGMA, "size": Parameter(1, choices=(1, 3, 5, 7)), **_OUTPUT}
    ),
    "log": EdgeMethod(classical.laplacian_of_gaussian, {"sigma": _LOG_SIGMA, "crossings": _CROSSINGS, **_OUTPUT}),
    "dog": EdgeMethod(
        classical.difference_of_gaussians,
        {"sigma": _LOG_SIGMA, "ratio": Parameter(1.6, low=1.1, high=5), "crossings": _CROSSINGS, **_OUTPUT},
    ),
    "canny": EdgeMethod(
        classical.canny_edges,
        {
            "low": Parameter(100.0, high=1530, step=1, slider_max=400),
            "high": Parameter(200.0, high=1530, step=1, slider_max=400),
            "sigma": _SIGMA,
            "size": _SIZE,
            "l2": Parameter(False),
        },
    ),
    **{name: EdgeMethod(classical.network_detector(name), _NETWORK, colour=True) for name in ("learned", "hed")},
}
