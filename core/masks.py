"""What is done with a mask once there is one: measure it, grow it, soften it, save it, edit its background."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core import checks, images
from core.errors import InputError
from core.images import RGB, Mask

LARGE_COVER = 0.9
MAX_GROWTH = 200
MAX_BLUR = 100
MAX_COLOUR_TEXT = 100
EFFECTS = ("blur", "grey", "colour")

Alpha = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]


def bounding_box(mask: Mask) -> Box:
    """The smallest box around a mask.

    Args:
        mask: bool (H, W).

    Returns:
        (x1, y1, x2, y2) in pixels, the last column and row not included; all 0 for an empty mask.
    """
    columns, rows = (np.flatnonzero(mask.any(axis=axis)) for axis in (0, 1))
    if not len(rows):
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def iou(a: Mask, b: Mask) -> float:
    """Intersection over union of two masks bool (H, W), in [0, 1]; 1 when both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def box_mask(shape: tuple[int, ...], box: Sequence[float] | npt.NDArray[np.float32]) -> Mask:
    """A box (x1, y1, x2, y2) as a mask bool (H, W), which a pixel that it touches is in."""
    x1, y1 = np.floor(box[:2]).astype(int)
    x2, y2 = np.ceil(box[2:]).astype(int)
    inside = np.zeros(shape, bool)
    inside[y1:y2, x1:x2] = True
    return inside


def distance_inside(mask: Mask) -> npt.NDArray[np.float32]:
    """Euclidean distance in pixels from each pixel of a mask to the nearest one outside it; float32 (H, W), 0 outside.

    What lies beyond the picture's border counts as more of the mask.
    """
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, np.float32)


def find_large_cover(mask: Mask) -> int | None:
    """How many percent of the picture a mask covers, rounded down, where they are more than 90; else None.

    So large a mask is most likely one whose inside was meant to be its outside, or no mask.

    Args:
        mask: bool (H, W).
    """
    share = mask.mean()
    return math.floor(100 * share) if share > LARGE_COVER else None


def grow_mask(mask: Mask, pixels: float) -> Mask:
    """The mask with its outline moved outwards by `pixels`, inwards if negative.

    Args:
        mask: bool (H, W).
        pixels: -200 to 200; Euclidean distance.

    Raises:
        InputError: `pixels` is out of range.
    """
    by = checks.number("pixels", pixels, -MAX_GROWTH, MAX_GROWTH)
    if by == 0 or not mask.any():
        return mask
    return np.asarray(distance_inside(~mask) <= by if by > 0 else distance_inside(mask) > -by)


def mask_to_alpha(mask: Mask, feather: float = 0) -> Alpha:
    """The mask as opacity, or as a black and white picture.

    Args:
        mask: bool (H, W).
        feather: standard deviation of the Gaussian that softens the edge, in pixels; 0 leaves it hard.

    Returns:
        uint8 (H, W), 255 inside, 0 outside.
    """
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
    """A blur that averages only pixels outside the mask, so that no colour of the object leaks into its background.

    Normalised convolution: float32 (H, W, 3).
    """
    outside = (~inside).astype(np.float32)
    summed = cv2.GaussianBlur(rgb.astype(np.float32) * outside[..., None], (0, 0), sigma)
    weight = cv2.GaussianBlur(outside, (0, 0), sigma)[..., None]
    return np.where(weight > 1e-3, summed / np.maximum(weight, 1e-3), rgb).astype(np.float32)


def parse_colour(text: object) -> tuple[int, int, int]:
    """A colour as three numbers, 0 to 255.

    Args:
        text: "#rrggbb", or "rgb(r, g, b)" with fractions as Gradio's colour picker sends it.

    Raises:
        InputError: it is anything else.
    """
    said = text if isinstance(text, str) and len(text) < MAX_COLOUR_TEXT else ""
    if re.fullmatch("#[0-9a-fA-F]{6}", said):
        return int(said[1:3], 16), int(said[3:5], 16), int(said[5:7], 16)
    channels = _parse_rgb_function(said)
    if len(channels) == 3 and all(math.isfinite(channel) and 0 <= channel <= 255.5 for channel in channels):
        r, g, b = (min(255, round(channel)) for channel in channels)
        return r, g, b
    raise InputError("segment.colour", got=checks.short_repr(text))


def _parse_rgb_function(text: str) -> list[float]:
    """The first three numbers of "rgb(r, g, b)" or "rgba(r, g, b, a)"; none where it is anything else."""
    if not text.startswith("rgb"):
        return []
    try:
        return [float(part) for part in text[text.index("(") + 1 : text.index(")")].split(",")[:3]]
    except ValueError:
        return []


def to_rle(mask: Mask) -> dict[str, Any]:
    """COCO's uncompressed run-length encoding of a mask bool (H, W): columns first, the first run outside the mask.

    Segment Anything's `mask_to_rle_pytorch` says the same, but needs torch, which the page does without.

    Returns:
        {"size": [H, W], "counts": [lengths of the runs]}.
    """
    flat = np.asarray(mask, bool).ravel(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *changes, flat.size])
    counts = [int(run) for run in runs]
    return {"size": [int(side) for side in mask.shape], "counts": [0, *counts] if flat.size and flat[0] else counts}


def from_rle(rle: Mapping[str, Any]) -> Mask:
    """The mask bool (H, W) of COCO's uncompressed run-length encoding, as `to_rle` writes it.

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
    annotations = [_to_annotation(number, names.index(name) + 1, mask) for number, (name, mask) in enumerate(things, 1)]
    return {
        "images": [{"id": 1, "width": int(shape[1]), "height": int(shape[0]), "file_name": file_name}],
        "categories": [{"id": number, "name": name} for number, name in enumerate(names, 1)],
        "annotations": annotations,
    }


def _to_annotation(number: int, category: int, mask: Mask) -> dict[str, Any]:
    """One COCO annotation of the only image."""
    x1, y1, x2, y2 = bounding_box(mask)
    return {
        "id": number,
        "image_id": 1,
        "category_id": category,
        "segmentation": to_rle(mask),
        "area": int(mask.sum()),
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "iscrowd": 1,  # COCO's readers expect runs, not polygons, where this is 1
    }
