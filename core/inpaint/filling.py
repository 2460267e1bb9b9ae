"""Inpainting and outpainting: by diffusion of colours, by patches of the same picture, or by a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core import checks, images, masks, models
from core.decoding.files import MAX_PIXELS, refuse_size
from core.errors import InputError, ModelUnavailable
from core.generate import prompts
from core.images import RGB, Mask
from core.models.protocols import FillStep
from core.results import Result, Stopwatch

TASK = "inpaint"
METHODS = ("telea", "ns", "patchmatch", "patchmatch-turned", "lama", "diffusion")
DETERMINISTIC_METHODS = ("telea", "ns", "lama")  # nothing in them is drawn at random
MAX_MARGIN = 2048
MAX_GROWTH, MAX_FEATHER = 100, 100

OnStep = Callable[[FillStep], None]


@dataclass(frozen=True, kw_only=True)
class FillResult(Result):
    """A picture with its hole filled.

    Attributes:
        image: HWC uint8 RGB, of the picture's size.
        mask: bool (H, W), the pixels that were filled.
        pieces: how memory was saved: "tiles" (decoded in overlapping tiles), "smaller" (LaMa worked at 1024 pixels and
            its answer was enlarged), or "" where that was not needed.
        encoded: the prompt in English where it came otherwise, else "".
    """

    image: RGB
    mask: Mask
    pieces: str = ""
    encoded: str = ""

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
        image: what `images.to_rgb` accepts, (H, W).
        mask: what `images.to_mask` accepts, (H, W): True or white is filled.
        method: "telea" (Telea 2004), "ns" (Bertalmio et al. 2001), "patchmatch" (Barnes et al. 2009 in Wexler et al.
            2007), "patchmatch-turned" (with mirrored and turned patches as well), "lama" (Suvorov et al. 2022) or
            "diffusion" (Rombach et al. 2022).
        prompt: what to draw there, in English or Korean, for "diffusion" only.
        seed: 0 to 2**32 - 1; "telea", "ns" and "lama" do not use it.
        grow: pixels by which the mask's outline is moved outwards first, -100 to 100.
        feather: width in pixels of the strip inside the outline that fades from the old picture to the new, 0 to 100.
        model: an `inpaint` row; None takes the method's own.
        on_step: called after every scale or denoising step; an exception that it raises stops the work.

    Raises:
        InputError: the mask is empty, covers everything, or has another size; another value is out of range; no word
            of the prompt is in a language that the model reads.
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
    asked = checks.plain_text("prompt", prompt, empty=True)
    prompt = prompts.translate_for_row(asked, row)
    seed = checks.seed_number(seed)
    with models.borrow(TASK, row.name) as (_, inpainter):
        watch = Stopwatch()
        found = inpainter(picture, hole, prompt=prompt, seed=seed, on_step=on_step)
        filled = np.where(hole[..., None], _feather_fill(picture, found, hole, soft) if soft else found, picture)
        pieces = getattr(inpainter, "pieces", "")
        encoded = prompt if prompt != asked else ""
        left_out = prompts.find_left_out(row, asked)
        return FillResult(
            image=filled,
            mask=hole,
            pieces=pieces,
            encoded=encoded,
            left_out=left_out,
            near=prompts.find_near(row, asked),
            model=row.name,
            seconds=watch.seconds,
        )


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
        image: what `images.to_rgb` accepts, (H, W).
        left: pixels to add on that side, 0 to 2048 and at most W.
        right: as `left`.
        top: pixels to add on that side, 0 to 2048 and at most H.
        bottom: as `top`.
        method: as in `fill`, like all that follow.
        prompt: what to draw there.
        seed: 0 to 2**32 - 1.
        model: an `inpaint` row.
        on_step: called after every step.

    Raises:
        InputError: no side grows, one grows too much, the new picture has more than 50 megapixels, or as in `fill`.
        ModelUnavailable: as in `fill`.
    """
    picture = images.to_rgb(image)
    h, w = picture.shape[:2]
    left, right, top, bottom = _check_margins((h, w), left=left, right=right, top=top, bottom=bottom)
    larger = np.pad(picture, ((top, bottom), (left, right), (0, 0)), mode="edge")
    hole = np.ones(larger.shape[:2], bool)
    hole[top : top + h, left : left + w] = False
    return fill(larger, hole, method=method, prompt=prompt, seed=seed, model=model, on_step=on_step)


def _check_margins(shape: tuple[int, int], **margins: int) -> list[int]:
    """The margins left, right, top and bottom of a picture (h, w), each in its range.

    Raises:
        InputError: as in `outpaint`.
    """
    h, w = shape
    most = {"left": w, "right": w, "top": h, "bottom": h}
    left, right, top, bottom = (checks.integer(n, margins[n], 0, min(MAX_MARGIN, side)) for n, side in most.items())
    if left + right + top + bottom == 0:
        raise InputError("inpaint.no_margin")
    pixels = (h + top + bottom) * (w + left + right)
    if pixels > MAX_PIXELS:
        raise refuse_size(pixels, MAX_PIXELS)
    return [left, right, top, bottom]


def _feather_fill(picture: RGB, found: RGB, hole: Mask, feather: float) -> RGB:
    """Fades from the old picture at the hole's outline to the new one `feather` pixels inside."""
    share = np.minimum(masks.distance_inside(hole) / np.float32(feather + 1), 1)[..., None]
    return np.asarray((picture + share * (found.astype(np.float32) - picture)).round(), np.uint8)


def _resolve_model_row(method: str, model: str | None) -> models.Row:
    """The row of a method, or `model`; "diffusion" takes the first row that is no method of its own."""
    checks.choice("method", method, METHODS)
    if model is not None or method != "diffusion":
        return models.row(TASK, method if model is None else model)
    networks = [row for row in models.rows(TASK) if row.name not in METHODS]
    if not networks:
        raise ModelUnavailable("inpaint.no_network")
    return networks[0]
