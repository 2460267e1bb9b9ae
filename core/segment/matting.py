"""Background removal: how opaque the foreground is at each pixel, and its own colours without the background's.

A network says which things of the picture stand out (`u2net`). Its map is small: the guided filter gives it the
picture's edges. Where a pixel is part foreground and part background, the foreground's colour is estimated, so that no
halo of the old background stays around hair and outlines (Forte 2021, "blur fusion").
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core import images, masks, models
from core.images import RGB, Grey, Mask, fit
from core.results import Result, Stopwatch
from core.segment.guided_filter import snap_to_edges

LONGEST_SIDE = 1024  # of the picture on which edges and colours are found
EDGE_RADIUS = 0.006  # of the guided filter's windows, in parts of the longest side: two of the network's pixels
EPSILON = 1e-4
CERTAIN = 0.06  # below it a pixel is background, and so far below 1 it is foreground
COLOUR_RADII = (0.09, 0.006)  # of the two blurs that estimate colours, in parts of the longest side

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Matte(Result):
    """The foreground of a picture.

    Attributes:
        alpha: float32 (H, W) in [0, 1]: 1 foreground, 0 background; all 0 where nothing stands out.
        cutout: uint8 (H, W, 4): the foreground's colours and its opacity, 255 inside.
    """

    alpha: Grey
    cutout: npt.NDArray[np.uint8]

    @property
    def mask(self) -> Mask:
        """What is more foreground than background, bool (H, W)."""
        return self.alpha > 0.5


def remove_background(image: object, *, model: str | None = None) -> Matte:
    """What stands out in a picture, and how opaque it is at each pixel (Qin et al. 2020, U2-Net).

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        model: a `matting` row; None takes the default.

    Raises:
        InputError: there is no picture or no such model.
        ModelUnavailable: the weights are not on this machine.
    """
    rgb = images.to_rgb(image)
    with models.borrow("matting", model) as (row, predict):
        watch = Stopwatch()
        coarse: Grey = predict(rgb)
    alpha = refine_alpha(rgb, coarse)
    return Matte(alpha=alpha, cutout=paint_alpha(rgb, alpha), model=row.name, seconds=watch.seconds)


def refine_alpha(image: RGB, coarse: Grey) -> Grey:
    """A network's small map as an alpha of the picture's size, its edges where the picture's are.

    Args:
        image: uint8 RGB (H, W, 3).
        coarse: float32 (h, w) in [0, 1].

    Returns:
        float32 (H, W) in [0, 1].
    """
    longest = min(LONGEST_SIDE, max(image.shape[:2]))
    radius = max(1, round(EDGE_RADIUS * longest))
    found = snap_to_edges(image, coarse, longest=longest, radius=radius, epsilon=EPSILON)
    return np.asarray(((found - CERTAIN) / (1 - 2 * CERTAIN)).clip(0, 1), np.float32)


def paint_alpha(image: RGB, alpha: Grey) -> npt.NDArray[np.uint8]:
    """The foreground on a transparent background, uint8 (H, W, 4), its colours without the background's."""
    return np.dstack([estimate_foreground(image, alpha), (alpha * 255).round().astype(np.uint8)])


def estimate_foreground(image: RGB, alpha: Grey) -> RGB:
    """The foreground's own colours, uint8 (H, W, 3): the picture's where alpha is 0 or 1.

    Twice, with a wide and with a narrow blur, the colours of both sides are averaged near each pixel, and moved by what
    their mixture lacks of the picture's colour there.
    """
    mixed = (alpha > 0) & (alpha < 1)
    if not mixed.any():
        return image
    small = fit(image, LONGEST_SIDE)
    size = small.shape[1], small.shape[0]
    share = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)[..., None]
    colours = small.astype(np.float32)
    inside = outside = colours
    for part in COLOUR_RADII:
        front, outside = _average_sides(inside, outside, share, max(1, round(part * max(size))))
        inside = _correct_mixture(colours, front, outside, share)
    front, behind = (_stretch(side, image)[mixed].astype(np.float32) for side in (front, outside))
    found = image.copy()
    better = _correct_mixture(image[mixed].astype(np.float32), front, behind, alpha[mixed][:, None])
    found[mixed] = better.round().astype(np.uint8)
    return found


def replace_background(
    image: object, alpha: Grey, effect: str = "blur", *, strength: float = 8, colour: str = "#ffffff"
) -> RGB:
    """The foreground on the picture's background blurred, greyed or painted over, uint8 (H, W, 3).

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        alpha: float32 (H, W) in [0, 1], as `remove_background` gives it.
        effect: "blur", "grey" or "colour".
        strength: standard deviation of the blur in pixels, 0.1 to 100.
        colour: of "colour", as #rrggbb.

    Raises:
        InputError: a value is out of range.
    """
    rgb = images.to_rgb(image)
    # with its inside blurred too, for that is seen through hair and glass
    behind = masks.edit_background(rgb, np.zeros(rgb.shape[:2], bool), effect, strength=strength, colour=colour)
    share = alpha[..., None]
    return np.asarray((share * estimate_foreground(rgb, alpha) + (1 - share) * behind).round(), np.uint8)


def _average_sides(inside: Floats, outside: Floats, share: Floats, radius: int) -> tuple[Floats, Floats]:
    """The mean colours of foreground and background near each pixel, float32 (h, w, 3)."""

    def average(quantity: Floats) -> Floats:
        blurred = cv2.blur(quantity, (2 * radius + 1, 2 * radius + 1))
        return np.asarray(blurred.reshape(quantity.shape), np.float32)

    weight = average(share)
    front = average(inside * share) / (weight + 1e-5)
    behind = average(outside * (1 - share)) / (1 - weight + 1e-5)
    return front, behind


def _correct_mixture(colours: Floats, front: Floats, behind: Floats, share: Floats) -> Floats:
    """The foreground's colours moved by what their mixture with the background lacks of the picture's."""
    return np.asarray((front + share * (colours - share * front - (1 - share) * behind)).clip(0, 255), np.float32)


def _stretch(colours: Floats, image: RGB) -> RGB:
    """Colours float32 (h, w, 3) over the picture, uint8 (H, W, 3)."""
    levels = colours.clip(0, 255).round().astype(np.uint8)
    return np.asarray(cv2.resize(levels, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR))
