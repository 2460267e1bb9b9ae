"""How the class probability changes when the picture is shifted, rotated, scaled or brightened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from core import models
from core.checks import choice, number, short_repr
from core.errors import InputError
from core.images import RGB, to_rgb
from core.results import Result, Stopwatch

MAX_VALUES = 61
# the grey that the usual normalisation makes zero
FILL = (128, 128, 128)


class Transform(NamedTuple):
    """A change of the picture by a number.

    Attributes:
        low: smallest number.
        high: largest number.
        neutral: the number that changes nothing.
        apply: (frame, corner of the crop, its side, number) -> the changed crop, uint8 (side, side, 3).
    """

    low: float
    high: float
    neutral: float
    apply: Callable[[RGB, tuple[int, int], int, float], RGB]


@dataclass(frozen=True, kw_only=True)
class Invariance(Result):
    """One class's probability along a row of changed pictures.

    Attributes:
        values: float32 (n,), what the picture was changed by.
        probabilities: float32 (n,), of the target class.
        label: the target class.
        target: its number, 0 to 999.
        top: the likeliest class at each value.
        unchanged: the likeliest class of the unchanged picture, as `predict` finds it.
        consistency: share of the values at which `top` is `unchanged`.
        pictures: uint8 (n, size, size, 3), what the network saw.
    """

    values: npt.NDArray[np.float32]
    probabilities: npt.NDArray[np.float32]
    label: str
    target: int
    top: tuple[str, ...]
    unchanged: str
    consistency: float
    pictures: RGB

    def __post_init__(self) -> None:
        assert len(self.values) == len(self.probabilities) == len(self.top) == len(self.pictures)
        assert 0 <= self.consistency <= 1


def invariance(
    image: object,
    transform: str,
    values: Sequence[float] | npt.NDArray[Any],
    *,
    target: int | str | None = None,
    model: str | None = None,
) -> Invariance:
    """The class probability as a curve over shifts, rotations, scales or brightnesses of the picture.

    The picture is changed after resizing, before the centre crop: what lies outside the crop can move into it, and
    beyond the picture there is grey (zero for the network). The neutral value gives exactly what `predict` gives. The
    consistency compares every shift with the unshifted picture; Zhang (2019) compares pairs of random shifts, so the
    two figures are alike but not the same.

    Args:
        image: what `core.images.to_rgb` accepts.
        transform: "shift", to the right, in pixels of the network's input, -224 to 224; "rotate", anticlockwise, in
            degrees, -180 to 180; "scale", about the centre, 0.1 to 5; "brightness", a factor, 0 to 5.
        values: 1 to 61 of them.
        target: the class, as `explain` takes it; None takes the unchanged picture's top class.
        model: a "classify" row of the catalogue; None takes this machine's default.

    Raises:
        InputError: the picture cannot be used, or there is no such transform or class, or a value is out of range.
        ModelUnavailable: the model's weights are not on this machine.
    """
    picture, change = to_rgb(image), TRANSFORMS[choice("transform", transform, TRANSFORMS)]
    steps = _check_values(values, change)
    with models.borrow("classify", model) as (row, net):
        watch = Stopwatch()
        frame, corner = net.centre_crop(picture, margin=net.size)
        frames = np.stack([change.apply(frame, corner, net.size, v) for v in (change.neutral, *steps)])
        shares = net.probabilities(frames)
        best = shares.argmax(axis=1)
        index = int(best[0]) if target is None else net.class_index(target, shares[0])
        return Invariance(
            values=np.asarray(steps, np.float32),
            probabilities=shares[1:, index],
            label=net.labels[index],
            target=index,
            top=tuple(net.labels[i] for i in best[1:]),
            unchanged=net.labels[best[0]],
            consistency=float((best[1:] == best[0]).mean()),
            pictures=frames[1:],
            model=row.name,
            seconds=watch.seconds,
        )


def _check_values(values: object, change: Transform) -> list[float]:
    if isinstance(values, (str, bytes)) or not isinstance(values, (Sequence, np.ndarray)):
        raise InputError("cnn.values", most=MAX_VALUES, got=short_repr(values))
    steps = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if not isinstance(steps, list) or not 1 <= len(steps) <= MAX_VALUES:
        raise InputError("cnn.values", most=MAX_VALUES, got=short_repr(values))
    return [number("value", step, change.low, change.high) for step in steps]


def _shift_crop(frame: RGB, corner: tuple[int, int], size: int, pixels: float) -> RGB:
    return _warp_crop(frame, corner, size, np.array([[1.0, 0, pixels], [0, 1, 0]]))


def _rotate_crop(frame: RGB, corner: tuple[int, int], size: int, degrees: float) -> RGB:
    return _warp_crop(frame, corner, size, cv2.getRotationMatrix2D(_crop_centre(corner, size), degrees, 1))


def _scale_crop(frame: RGB, corner: tuple[int, int], size: int, factor: float) -> RGB:
    if factor < 1:
        # detail that the smaller picture cannot hold must go first, or it would come back as moire
        frame = cv2.GaussianBlur(frame, (0, 0), 0.5 * (factor**-2 - 1) ** 0.5 + 1e-6)
    return _warp_crop(frame, corner, size, cv2.getRotationMatrix2D(_crop_centre(corner, size), 0, factor))


def _brighten_crop(frame: RGB, corner: tuple[int, int], size: int, factor: float) -> RGB:
    (x, y), picture = corner, frame.astype(np.float32)
    return (picture[y : y + size, x : x + size] * factor).round().clip(0, 255).astype(np.uint8)


def _crop_centre(corner: tuple[int, int], size: int) -> tuple[float, float]:
    # pixel centres are whole numbers: the middle of 0 ... size - 1
    return corner[0] + (size - 1) / 2, corner[1] + (size - 1) / 2


def _warp_crop(frame: RGB, corner: tuple[int, int], size: int, matrix: npt.NDArray[np.float64]) -> RGB:
    """The crop at `corner` of the warped frame; whole-pixel moves copy pixels unchanged."""
    matrix = matrix - np.array([[0.0, 0, corner[0]], [0, 0, corner[1]]])
    return np.asarray(
        cv2.warpAffine(
            frame, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=FILL
        )
    )


TRANSFORMS: Mapping[str, Transform] = MappingProxyType(
    {
        "shift": Transform(-224, 224, 0, _shift_crop),
        "rotate": Transform(-180, 180, 0, _rotate_crop),
        "scale": Transform(0.1, 5, 1, _scale_crop),
        "brightness": Transform(0, 5, 1, _brighten_crop),
    }
)
