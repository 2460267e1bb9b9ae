"""Segmentation by prompt: clicks and a box in, masks out, and what can be made of a mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core import checks, images, models, zeroshot
from core.errors import InputError
from core.images import RGB, Mask
from core.models.catalog.specs import SegmentSpec
from core.results import Result, Stopwatch
from core.segment.refinement import refine_mask

MAX_POINTS = 64
MAX_FEATHER = 100
MAX_MASKS = 200

Points = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int_]
Numbers = Sequence[Any] | npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Masks(Result):
    """What a prompt may mean.

    Attributes:
        masks: bool (n, H, W), best first.
        scores: float32 (n,), the model's own opinion of each, best first; SAM predicts the IoU, GrabCut rates the
            outline.
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
        snap: the outline of a pocket network's mask, which is coarse, is moved to the picture's edges.
        model: a `segment` row; None takes the default.
        on_step: is told the best mask, bool (H, W), before the other candidates are worked on.

    Raises:
        InputError: there is no prompt, or it does not fit the picture or contradicts itself.
        ModelUnavailable: the weights are not on this machine.
    """
    rgb = images.to_rgb(image)
    clicks, signs = _validate_points(points, labels, rgb.shape[:2])
    frame = _validate_box(box, rgb.shape[:2])
    if clicks is None and frame is None:
        raise InputError("segment.no_prompt")
    if frame is None and signs is not None and not signs.any():
        raise InputError("segment.only_negative")
    with models.borrow("segment", model) as (row, predictor):
        watch = Stopwatch()
        predictor.set_image(rgb)
        ambiguous = clicks is not None and len(clicks) == 1 and frame is None
        masks, scores, _ = predictor.predict(clicks, signs, frame, multimask_output=ambiguous)
    order = np.argsort(-scores, kind="stable")
    masks, scores = masks[order], scores[order].astype(np.float32)
    if snap and row.spec_as(SegmentSpec).coarse:
        masks = _refine_masks(lambda mask: refine_mask(rgb, mask, clicks, signs, frame), masks, on_step)
    elif on_step is not None:
        on_step(masks[0])
    return Masks(masks=masks, scores=scores, model=row.name, seconds=watch.seconds)


def _refine_masks(
    snap: Callable[[Mask], Mask], found: npt.NDArray[np.bool_], on_step: Callable[[Mask], None] | None
) -> npt.NDArray[np.bool_]:
    """Every mask (n, H, W) snapped: the first one is told at once, the others follow side by side."""
    best = snap(found[0])
    if on_step is not None:
        on_step(best)
    if len(found) == 1:
        return best[None]
    with ThreadPoolExecutor(len(found) - 1) as threads:
        return np.stack([best, *threads.map(snap, found[1:])])


@dataclass(frozen=True, kw_only=True)
class EmbedResult(Result):
    """Attributes: new: whether the picture had to be embedded; False when it was remembered, or needs no embedding."""

    new: bool


def embed(image: object, *, model: str | None = None) -> EmbedResult:
    """Does the part of `from_prompts` that depends on the picture alone, so that a click after it only decodes.

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
    """`done` of `total` clicks of the grid are answered."""

    done: int
    total: int


def resolve_grid_model(model: str | None = None) -> str:
    """The `segment` row that `everything` takes: `model`, or the default, or else the first that can.

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
    """A mask for everything in the picture: a grid of clicks, the doubtful and the double ones dropped (SAM, sec. 4).

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        points_per_side: the grid has this many clicks squared, 1 to 64.
        predicted_iou: masks the model itself rates below this go, in [0, 1].
        stability: masks that change more than this when the threshold moves go, in [0, 1].
        smallest: holes and islands below this many pixels go.
        model: a `segment` row that can; None takes the default, or else the first that can.
        on_step: is told how much of the grid is done.

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
    """Attributes: scores: float32 (n,), how well each mask's content fits the words, in the masks' own order."""

    scores: npt.NDArray[np.float32]


def rank(image: object, found: Sequence[Mask], words: str, *, model: str | None = None) -> MaskRanking:
    """How well what is in each mask fits some words: a zero-shot model looks at every cut-out.

    The score is the mean of two cosines: of the thing on grey, and of the thing in its surroundings.

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
    return MaskRanking(scores=scores, model=seen.model, seconds=watch.seconds)


def _crop_views(rgb: RGB, mask: Mask) -> tuple[RGB, RGB]:
    """The mask's box with a margin of a tenth: on grey, and as it is."""
    if not mask.any():
        raise InputError("segment.mask_empty")
    ys, xs = np.nonzero(mask)
    margin = 1 + max(np.ptp(ys), np.ptp(xs)) // 10
    box = np.s_[max(0, ys.min() - margin) : ys.max() + margin + 1, max(0, xs.min() - margin) : xs.max() + margin + 1]
    alone = np.where(mask[box][..., None], rgb[box], np.uint8(127))
    return alone, rgb[box]


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
    alpha = inside.astype(np.uint8) * 255
    if sigma:
        alpha = cv2.GaussianBlur(alpha, (0, 0), sigma)
    return np.dstack([rgb, alpha])


def _validate_points(
    points: Numbers | None, labels: Numbers | None, shape: tuple[int, ...]
) -> tuple[Points | None, Labels | None]:
    if points is None:
        return None, None
    h, w = shape
    places = _numeric_array(points)
    if places is not None and places.size == 0:
        return None, None
    if places is None or places.ndim != 2 or places.shape[1] != 2:
        raise InputError("segment.points_shape", got=checks.short_repr(points))
    if len(places) > MAX_POINTS:
        raise InputError("segment.points_many", most=MAX_POINTS, got=len(places))
    for x, y in places:
        if not (0 <= x < w and 0 <= y < h):
            raise InputError("segment.point_outside", x=f"{x:g}", y=f"{y:g}", width=w, height=h)
    signs = _validate_labels(labels, len(places))
    _refuse_contradictions(places, signs)
    return places.astype(np.float32), signs


def _validate_labels(labels: Numbers | None, count: int) -> Labels:
    if labels is None:
        return np.ones(count, np.int_)
    signs = _numeric_array(labels)
    if signs is None or signs.shape != (count,) or not np.isin(signs, (0, 1)).all():
        raise InputError("segment.labels", count=count, got=checks.short_repr(labels))
    return signs.astype(np.int_)


def _refuse_contradictions(places: npt.NDArray[np.float64], signs: Labels) -> None:
    pixels = np.floor(places).astype(int)
    kept = set(map(tuple, pixels[signs == 1].tolist()))
    for x, y in pixels[signs == 0].tolist():
        if (x, y) in kept:
            raise InputError("segment.contradiction", x=x, y=y)


def _validate_box(box: Numbers | None, shape: tuple[int, ...]) -> npt.NDArray[np.float32] | None:
    if box is None:
        return None
    h, w = shape
    corners = _numeric_array(box)
    if corners is None or corners.shape != (4,) or not np.isfinite(corners).all():
        raise InputError("segment.box_shape", got=checks.short_repr(box))
    x1, y1, x2, y2 = corners
    if not (0 <= x1 < x2 <= w and 0 <= y1 < y2 <= h):
        raise InputError("segment.box_range", width=w, height=h, got=checks.short_repr(corners.round(1).tolist()))
    return corners.astype(np.float32)


def _numeric_array(values: object) -> npt.NDArray[np.float64] | None:
    """Numbers as an array; None when they are anything else."""
    try:
        array = np.asarray(values)
    # rows of different lengths, or nesting without end
    except ValueError:
        return None
    return array.astype(np.float64) if array.dtype.kind in "biuf" else None
