"""Holes and borders of a picture filled: by diffusion of colours, by patches of the same picture, by a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from core import checks, images, masks, models
from core.errors import InputError, ModelUnavailable
from core.images import RGB, Mask
from core.models.protocols import FillStep
from core.results import Result, Stopwatch

__all__ = ["DETERMINISTIC_METHODS", "METHODS", "FillResult", "FillStep", "fill", "outpaint"]

TASK = "inpaint"
METHODS = ("telea", "ns", "patchmatch", "patchmatch-turned", "lama", "diffusion")
DETERMINISTIC_METHODS = ("telea", "ns", "lama")  # nothing in them is drawn at random
MAX_MARGIN = 2048
MAX_GROWTH, MAX_FEATHER = 100, 100

OnStep = Callable[[FillStep], None]


@dataclass(frozen=True, kw_only=True)
class FillResult(Result):
    """A picture without its hole.

    Attributes:
        image: HWC uint8 RGB, of the picture's size.
        mask: bool (H, W), where it is new.
        pieces: where memory was scarce, "tiles" (it was decoded in overlapping ones) or "smaller" (LaMa filled it at
            1024 pixels and it was enlarged), else "".
    """

    image: RGB
    mask: Mask
    pieces: str = ""

    def __post_init__(self) -> None:
        assert self.image.dtype == np.uint8 and self.image.shape == (*self.mask.shape, 3), f"{self.image.shape}"


def fill(
    image: object,
    mask: object,
    *,
    method: str = "patchmatch",
    prompt: str = "",
    seed: int = 0,
    grow: float = 0,
    feather: float = 0,
    model: str | None = None,
    on_step: OnStep | None = None,
) -> FillResult:
    """Fills what the mask covers; every other pixel stays as it is, bit for bit.

    Args:
        image: picture.
        mask: bool (H, W) or a picture of the same size: True or white is filled.
        method: "telea" (Telea 2004), "ns" (Bertalmio et al. 2001), "patchmatch" (Barnes et al. 2009 in Wexler et al.
            2007), "patchmatch-turned" (with mirrored and turned patches as well), "lama" (Suvorov et al. 2022) or
            "diffusion" (Rombach et al. 2022).
        prompt: what to draw there, for "diffusion" only.
        seed: 0 to 2**32 - 1; "telea", "ns" and "lama" draw nothing at random.
        grow: pixels by which the mask's outline moves outwards first, -100 to 100.
        feather: over so many pixels from the mask's outline inwards the old picture turns into the new one, 0 to 100.
        model: a row of the catalogue instead of the method's own one.
        on_step: called after every scale or denoising step; what it raises stops the work.

    Raises:
        InputError: the mask is empty, covers everything, or has another size; another value is out of range.
        ModelUnavailable: the model is not on this machine and could not be fetched.
    """
    picture = images.to_rgb(image)
    hole = masks.grow_mask(
        images.to_mask(mask, picture.shape[:2]), checks.number("grow", grow, -MAX_GROWTH, MAX_GROWTH)
    )
    soft = checks.number("feather", feather, 0, MAX_FEATHER)
    if not hole.any():
        raise InputError("inpaint.mask_empty")
    if hole.all():
        raise InputError("inpaint.mask_full")
    row = _resolve_model_row(method, model)
    prompt = checks.plain_text("prompt", prompt, empty=True)
    seed = checks.seed_number(seed)
    with models.borrow(TASK, row.name) as (_, inpainter):
        watch = Stopwatch()
        found = inpainter(picture, hole, prompt=prompt, seed=seed, on_step=on_step)
        filled = np.where(hole[..., None], _feather_fill(picture, found, hole, soft) if soft else found, picture)
        pieces = getattr(inpainter, "pieces", "")
        return FillResult(image=filled, mask=hole, pieces=pieces, model=row.name, seconds=watch.seconds)


def outpaint(
    image: object,
    *,
    left: int = 0,
    right: int = 0,
    top: int = 0,
    bottom: int = 0,
    method: str = "patchmatch",
    prompt: str = "",
    seed: int = 0,
    model: str | None = None,
    on_step: OnStep | None = None,
) -> FillResult:
    """Continues the picture beyond its borders; the picture itself stays as it is, bit for bit.

    Args:
        image: picture.
        left: new pixels on that side, at most 2048 and at most the picture's own width; as `right`.
        right: new pixels on that side.
        top: new pixels on that side, at most 2048 and at most the picture's own height; as `bottom`.
        bottom: new pixels on that side.
        method: as in `fill`, as is all that follows.
        prompt: what to draw there.
        seed: of what is drawn at random.
        model: a row of the catalogue.
        on_step: called after every step.

    Raises:
        InputError: no side grows, one grows too much, or the new picture has more than 50 megapixels.
        ModelUnavailable: as in `fill`.
    """
    picture = images.to_rgb(image)
    h, w = picture.shape[:2]
    margins = {"left": left, "right": right, "top": top, "bottom": bottom}
    sides = {"left": w, "right": w, "top": h, "bottom": h}
    left, right, top, bottom = (
        checks.integer(name, margin, 0, min(MAX_MARGIN, sides[name])) for name, margin in margins.items()
    )
    if left + right + top + bottom == 0:
        raise InputError("inpaint.no_margin")
    pixels = (h + top + bottom) * (w + left + right)
    if pixels > images.MAX_PIXELS:
        raise InputError("errors.picture_large", limit=images.MAX_PIXELS // 10**6, got=round(pixels / 10**6))
    larger = np.pad(picture, ((top, bottom), (left, right), (0, 0)), mode="edge")
    hole = np.ones(larger.shape[:2], bool)
    hole[top : top + h, left : left + w] = False
    return fill(larger, hole, method=method, prompt=prompt, seed=seed, model=model, on_step=on_step)


def _feather_fill(picture: RGB, found: RGB, hole: Mask, feather: float) -> RGB:
    """From the old picture at the hole's outline to the new one `feather` pixels inside."""
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    share = np.minimum(depth / np.float32(feather + 1), 1)[..., None]
    return np.asarray((picture + share * (found.astype(np.float32) - picture)).round(), np.uint8)


def _resolve_model_row(method: str, model: str | None) -> models.Row:
    """The row of the catalogue that a call asks for."""
    checks.choice("method", method, METHODS)
    if model is not None or method != "diffusion":
        return models.row(TASK, method if model is None else model)
    networks = [row for row in models.rows(TASK) if row.name not in METHODS]
    if not networks:
        raise ModelUnavailable("inpaint.no_network")
    return networks[0]
