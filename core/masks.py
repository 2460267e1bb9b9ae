"""What is done with a mask once there is one: grow, soften, write down, and treat the background."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core import checks, images
from core.errors import InputError
from core.images import RGB, Mask

MAX_GROWTH = 200
MAX_BLUR = 100
EFFECTS = ("blur", "grey", "colour")

Alpha = npt.NDArray[np.uint8]


def grow_mask(mask: Mask, pixels: float) -> Mask:
    """The mask with its outline moved outwards by so many pixels, inwards if negative.

    Args:
        mask: bool (H, W).
        pixels: -200 to 200; Euclidean distance.
    """
    by = checks.number("pixels", pixels, -MAX_GROWTH, MAX_GROWTH)
    if by == 0 or not mask.any():
        return mask
    if by > 0:
        outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return np.asarray(outside <= by)
    # what lies beyond the picture's border is taken to be more of the same
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(inside > -by)


def mask_to_alpha(mask: Mask, feather: float = 0) -> Alpha:
    """The mask as opacity, uint8 (H, W), 255 inside; `feather` is the standard deviation of a Gaussian, in pixels."""
    opaque = mask.astype(np.uint8) * 255
    return np.asarray(cv2.GaussianBlur(opaque, (0, 0), feather), np.uint8) if feather else opaque


def edit_background(
    image: object,
    mask: object,
    effect: str = "blur",
    *,
    strength: float = 8,
    colour: str = "#ffffff",
    feather: float = 0,
) -> RGB:
    """The picture with everything outside the mask blurred, greyed or painted over.

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        mask: what `images.to_mask` accepts, (H, W).
        effect: "blur", "grey" or "colour".
        strength: standard deviation of the blur in pixels, 0.1 to 100.
        colour: of "colour", as #rrggbb.
        feather: standard deviation in pixels of the Gaussian that softens the edge, 0 to 100.

    Raises:
        InputError: the mask is of another size, or a value is out of range.
    """
    rgb = images.to_rgb(image)
    inside = images.to_mask(mask, rgb.shape[:2])
    checks.choice("effect", effect, EFFECTS)
    sigma, soft = checks.number("strength", strength, 0.1, MAX_BLUR), checks.number("feather", feather, 0, MAX_BLUR)
    share = mask_to_alpha(inside, soft).astype(np.float32)[..., None] / 255
    if effect == "blur":
        behind = _blur_outside(rgb, inside, sigma)
    elif effect == "grey":
        behind = np.repeat(rgb.mean(axis=2, keepdims=True), 3, axis=2)
    else:
        behind = np.broadcast_to(np.array(parse_colour(colour), np.float32), rgb.shape)
    return np.asarray((share * rgb + (1 - share) * behind).round(), np.uint8)


def _blur_outside(rgb: RGB, inside: Mask, sigma: float) -> npt.NDArray[np.float32]:
    """A blur of the outside alone, so that the thing does not glow into its background (normalised convolution)."""
    outside = (~inside).astype(np.float32)
    summed = cv2.GaussianBlur(rgb.astype(np.float32) * outside[..., None], (0, 0), sigma)
    weight = cv2.GaussianBlur(outside, (0, 0), sigma)[..., None]
    return np.where(weight > 1e-3, summed / np.maximum(weight, 1e-3), rgb).astype(np.float32)


def parse_colour(text: object) -> tuple[int, int, int]:
    """#rrggbb, or rgb(r, g, b) with fractions as a colour picker sends it, as three numbers 0 to 255.

    Raises:
        InputError: it is anything else.
    """
    if (
        isinstance(text, str)
        and len(text) == 7
        and text[0] == "#"
        and all(c in "0123456789abcdefABCDEF" for c in text[1:])
    ):
        return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
    if isinstance(text, str) and len(text) < 100 and text.startswith("rgb"):
        try:
            parts = [float(part) for part in text[text.index("(") + 1 : text.index(")")].split(",")[:3]]
        except ValueError:
            parts = []
        if len(parts) == 3 and all(math.isfinite(part) and 0 <= part <= 255.5 for part in parts):
            r, g, b = (min(255, round(part)) for part in parts)
            return r, g, b
    raise InputError("segment.colour", got=checks.short_repr(text))


def to_rle(mask: Mask) -> dict[str, Any]:
    """COCO's uncompressed run-length encoding: {"size": [H, W], "counts": [...]}, columns first, zeros first."""
    flat = np.asarray(mask, bool).ravel(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *changes, flat.size])
    counts = [int(run) for run in runs]
    return {"size": [int(side) for side in mask.shape], "counts": [0, *counts] if flat.size and flat[0] else counts}


def from_rle(rle: Mapping[str, Any]) -> Mask:
    """The mask bool (H, W) of COCO's uncompressed run-length encoding.

    Raises:
        InputError: size and counts do not fit each other.
    """
    h, w = rle["size"]
    values = np.arange(len(rle["counts"])) % 2 == 1
    flat = np.repeat(values, rle["counts"])
    if flat.size != h * w:
        raise InputError("segment.rle", expected=h * w, got=flat.size)
    return np.asarray(flat.reshape((h, w), order="F"))


def to_coco(
    shape: tuple[int, ...], things: Sequence[tuple[str, Mask]], file_name: str = "picture.png"
) -> dict[str, Any]:
    """The things of a picture as a COCO dataset of one image (Lin et al. 2014): ready for `json.dump`.

    Args:
        shape: (H, W) of the picture.
        things: a name and a mask bool (H, W) each; equal names are one category.
        file_name: of the image.
    """
    names = list(dict.fromkeys(name for name, _ in things))
    annotations = [
        {
            "id": number,
            "image_id": 1,
            "category_id": names.index(name) + 1,
            "segmentation": to_rle(mask),
            "area": int(mask.sum()),
            "bbox": list(_bounding_box(mask)),
            "iscrowd": 1,  # COCO's readers expect runs, not polygons, where this is 1
        }
        for number, (name, mask) in enumerate(things, 1)
    ]
    return {
        "images": [{"id": 1, "width": int(shape[1]), "height": int(shape[0]), "file_name": file_name}],
        "categories": [{"id": number, "name": name} for number, name in enumerate(names, 1)],
        "annotations": annotations,
    }


def _bounding_box(mask: Mask) -> tuple[int, int, int, int]:
    """(x, y, width, height) of what is inside; zeros when nothing is."""
    ys, xs = np.nonzero(mask)
    if not len(ys):
        return 0, 0, 0, 0
    return int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1


def iou(a: Mask, b: Mask) -> float:
    """Intersection over union of two masks; 1 when both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0
