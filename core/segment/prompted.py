"""Segmentation by prompt: clicks and a box in, masks out, and what can be made of a mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core import checks, images, masks, models, windows, zeroshot
from core.errors import InputError
from core.images import RGB, Mask
from core.models.catalog.specs import SegmentSpec
from core.results import Result, Stopwatch
from core.segment.prompt_checks import Numbers, validate_box, validate_points
from core.segment.refinement import refine_mask

MAX_FEATHER = 100
MAX_MASKS = 200


@dataclass(frozen=True, kw_only=True)
class Masks(Result):
    """The masks that a prompt may mean.

    Attributes:
        masks: bool (n, H, W), best first.
        scores: float32 (n,), the model's own estimate of each mask's quality, best first; SAM predicts the IoU,
            GrabCut rates the outline.
    """

    masks: npt.NDArray[np.bool_]
    scores: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        assert self.masks.dtype == bool and self.masks.ndim == 3, (self.masks.dtype, self.masks.shape)
        assert self.scores.shape == self.masks.shape[:1], (self.scores.shape, self.masks.shape)


def from_prompts(
    image: object,
    *,
    points: Numbers | None = None,
    labels: Numbers | None = None,
    box: Numbers | None = None,
    snap: bool = True,
    model: str | None = None,
    on_step: Callable[[Mask], None] | None = None,
) -> Masks:
    """The thing that clicks and a box point at (Kirillov et al. 2023; classic: Rother et al. 2004).

    One click alone is ambiguous (the shirt, or the person?) and may give several masks; more give one.

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        points: float (n, 2), (x, y) in pixels of `image`, at most 64.
        labels: (n,); 1 keeps what the click is on, 0 removes it; None keeps everything.
        box: (x1, y1, x2, y2) in pixels of `image`, around the thing.
        snap: whether a pocket network's mask, which is coarse, gets its outline moved to the picture's edges.
        model: a `segment` row; None takes the default.
        on_step: called with the best mask, bool (H, W), before the other candidates are refined.

    Raises:
        InputError: there is no prompt, or it does not fit the picture or contradicts itself; `snap` is no bool.
        ModelUnavailable: the weights are not on this machine.
    """
    checks.boolean("snap", snap)
    rgb = images.to_rgb(image)
    clicks, signs = validate_points(points, labels, rgb.shape[:2])
    frame = validate_box(box, rgb.shape[:2])
    if clicks is None and frame is None:
        raise InputError("segment.no_prompt")
    if frame is None and signs is not None and not signs.any():
        raise InputError("segment.only_negative")
    with models.borrow("segment", model) as (row, predictor):
        watch = Stopwatch()
        predictor.set_image(rgb)
        ambiguous = clicks is not None and len(clicks) == 1 and frame is None
        found, scores, _ = predictor.predict(clicks, signs, frame, multimask_output=ambiguous)
    order = np.argsort(-scores, kind="stable")
    found, scores = found[order], scores[order].astype(np.float32)
    if snap and row.spec_as(SegmentSpec).coarse:
        found = _refine_masks(lambda mask: refine_mask(rgb, mask, clicks, signs, frame), found, on_step)
    elif on_step is not None:
        on_step(found[0])
    return Masks(masks=found, scores=scores, model=row.name, seconds=watch.seconds)


def _refine_masks(
    snap: Callable[[Mask], Mask], found: npt.NDArray[np.bool_], on_step: Callable[[Mask], None] | None
) -> npt.NDArray[np.bool_]:
    """Every mask (n, H, W) refined: the first one is reported at once, the others follow in parallel."""
    best = snap(found[0])
    if on_step is not None:
        on_step(best)
    if len(found) == 1:
        return best[None]
    with ThreadPoolExecutor(len(found) - 1) as threads:
        return np.stack([best, *threads.map(snap, found[1:])])


@dataclass(frozen=True, kw_only=True)
class EmbedResult(Result):
    """Which model embedded the picture, and how long that took.

    Attributes:
        new: False when the embedding was in the cache, or the model needs none.
    """

    new: bool


def embed(image: object, *, model: str | None = None) -> EmbedResult:
    """Runs the image encoder and caches the embedding, so that a click after it only needs the mask decoder.

    Args:
        image: what `images.to_rgb` accepts.
        model: a `segment` row; None takes the default.

    Raises:
        InputError: there is no picture or no such model.
        ModelUnavailable: the weights are not on this machine.
    """
    rgb = images.to_rgb(image)
    with models.borrow("segment", model) as (row, predictor):
        watch = Stopwatch()
        new = predictor.set_image(rgb) is True
        models.synchronize_device()  # the embedding stays where it is, and nobody else waits for it
        return EmbedResult(new=new, model=row.name, seconds=watch.seconds)


@dataclass(frozen=True)
class GridProgress:
    """How far `everything` is: `done` of `total` clicks of the grid."""

    done: int
    total: int


def resolve_grid_model(model: str | None = None) -> str:
    """The name of the `segment` row that `everything` takes.

    Args:
        model: a row; None takes the default, or the first row that can answer a grid of clicks if the default cannot.

    Raises:
        InputError: there is no such row, or it cannot answer a grid of clicks.
    """
    able = [row.name for row in models.rows("segment") if row.spec_as(SegmentSpec).grid]
    row = models.row("segment", model)
    if row.name in able:
        return row.name
    if model is not None:
        raise InputError("segment.no_everything", got=row.title, choices=", ".join(able))
    return able[0]


def everything(
    image: object,
    *,
    points_per_side: int = 16,
    predicted_iou: float = 0.4,
    stability: float = 0.6,
    smallest: int = 0,
    model: str | None = None,
    on_step: Callable[[GridProgress], None] | None = None,
) -> list[Mask]:
    """Masks of everything in the picture: SAM's automatic mask generation (Kirillov et al. 2023, section 4).

    A grid of clicks is answered; masks of low quality and duplicates are dropped.

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        points_per_side: the grid has this many clicks squared, 1 to 64.
        predicted_iou: masks with a lower score of the model's own are dropped, in [0, 1].
        stability: masks with a lower stability score, the IoU of the masks at two thresholds, are dropped, in [0, 1].
        smallest: holes and islands below this many pixels are removed.
        model: as in `resolve_grid_model`.
        on_step: called after each batch of clicks.

    Returns:
        Masks bool (H, W), largest first.

    Raises:
        InputError: a number is out of range, or the model has no grid of clicks.
        ModelUnavailable: the weights are not on this machine.
    """
    rgb = images.to_rgb(image)
    settings: dict[str, Any] = {
        "points_per_side": checks.integer("points_per_side", points_per_side, 1, 64),
        "pred_iou_thresh": checks.number("predicted_iou", predicted_iou, 0, 1),
        "stability_score_thresh": checks.number("stability", stability, 0, 1),
        "min_mask_region_area": checks.integer("smallest", smallest, 0, rgb.shape[0] * rgb.shape[1]),
    }
    with models.borrow("segment", resolve_grid_model(model)) as (row, predictor):
        from core.segment.automatic_masks import generate_masks

        predictor.set_image(rgb)
        found = generate_masks(
            predictor.base_predictor, rgb, settings, lambda done, total: on_step and on_step(GridProgress(done, total))
        )
    if row.spec_as(SegmentSpec).coarse:
        found = [refine_mask(rgb, mask) for mask in found]
    return sorted(found, key=lambda mask: -int(mask.sum()))


@dataclass(frozen=True, kw_only=True)
class MaskRanking(Result):
    """How well masks fit some words.

    Attributes:
        scores: float32 (n,), cosines, in the order of the masks.
    """

    scores: npt.NDArray[np.float32]


def rank(image: object, found: Sequence[Mask], words: str, *, model: str | None = None) -> MaskRanking:
    """Compares the content of each mask with some words, by a zero-shot model.

    The score is the mean of two cosines: of the object alone on grey, and of the object with its surroundings.

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        found: masks bool (H, W), at most 200, each with something in it.
        words: what to look for.
        model: a `zeroshot` row.

    Raises:
        InputError: there are no masks or too many, one is empty or of another size, or the words are refused.
        ModelUnavailable: the weights are not on this machine.
    """
    watch = Stopwatch()
    rgb = images.to_rgb(image)
    if not 1 <= len(found) <= MAX_MASKS:
        raise InputError("segment.masks_many", most=MAX_MASKS, got=len(found))
    views = [view for mask in found for view in _crop_views(rgb, images.to_mask(mask, rgb.shape[:2]))]
    seen = zeroshot.similarity(views, [words], model=model)
    scores = seen.matrix[:, 0].reshape(-1, 2).mean(axis=1)
    return MaskRanking(scores=scores, left_out=seen.left_out, near=seen.near, model=seen.model, seconds=watch.seconds)


def _crop_views(rgb: RGB, mask: Mask) -> tuple[RGB, RGB]:
    """The mask's bounding box with a margin of a tenth: the object alone on grey, and with what is around it."""
    if not mask.any():
        raise InputError("segment.mask_empty")
    x1, y1, x2, y2 = masks.bounding_box(mask)
    window = windows.bounding_window(mask, 1 + (max(x2 - x1, y2 - y1) - 1) // 10)
    alone = np.where(mask[window][..., None], rgb[window], np.uint8(127))
    return alone, rgb[window]


def cutout(image: object, mask: object, *, feather: float = 0) -> npt.NDArray[np.uint8]:
    """The picture where the mask is, transparent elsewhere.

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        mask: what `images.to_mask` accepts, (H, W).
        feather: standard deviation of the Gaussian that softens the edge, in pixels, 0 to 100.

    Returns:
        uint8 (H, W, 4): RGB and alpha, 255 inside.

    Raises:
        InputError: the mask is empty or of another size, or `feather` is out of range.
    """
    rgb = images.to_rgb(image)
    inside = images.to_mask(mask, rgb.shape[:2])
    sigma = checks.number("feather", feather, 0, MAX_FEATHER)
    if not inside.any():
        raise InputError("segment.mask_empty")
    return np.dstack([rgb, masks.mask_to_alpha(inside, sigma)])
