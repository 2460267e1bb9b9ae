"""GrabCut behind the interface of Segment Anything: the classic that photo editors had before deep learning.

Colours inside and outside are two Gaussian mixtures, the outline is a minimum cut of the pixel grid, and the two are
fitted in turn (Rother, Kolmogorov and Blake 2004). GrabCut itself starts from a box. Where there are only clicks, it
starts from what is near them by geodesic distance (paths that cross edges are long), once for each of three sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core import masks
from core.images import RGB, Grey, Mask, fit
from core.models.catalog import Row
from core.segment.trimap import Trimap, clean_cut, mask_to_trimap, rescale_mask, trimap_to_mask

COARSE_SIDE, FINE_SIDE = 192, 512  # longest sides at which the cut is fitted, and its outline refined
GUESS_AREAS = (0.05, 0.12, 0.2)  # parts of the picture that the first guesses cover
ITERATIONS = 4
DUPLICATE_CUT_IOU = 0.9  # from which two cuts are one
LOGIT = 8.0
LOGITS_SIDE = 256
MIN_PIXELS = 10  # pixels below which a mixture of five Gaussians means nothing

Model = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _CutResult:
    """What one run of GrabCut found.

    Attributes:
        mask: bool (h, w), at `COARSE_SIDE`.
        rating: in [0, 1].
        outside: colour model of the background, (1, 65).
        inside: colour model of the object, (1, 65).
    """

    mask: Mask
    rating: float
    outside: Model
    inside: Model


class GrabCut:
    """A `protocols.SegmentPredictor` without weights."""

    def set_image(self, image: RGB) -> None:
        """Takes the picture, HWC uint8 RGB, that `predict` is asked about; nothing is embedded."""
        self._shape = image.shape[:2]
        self._fine = fit(image, FINE_SIDE)
        self._coarse = fit(image, COARSE_SIDE)
        self._relief = _gradient_cost(self._coarse)

    def predict(
        self,
        point_coords: npt.NDArray[np.float32] | None = None,
        point_labels: npt.NDArray[np.int_] | None = None,
        box: npt.NDArray[np.float32] | None = None,
        mask_input: npt.NDArray[np.float32] | None = None,
        multimask_output: bool = True,
    ) -> tuple[Mask, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Masks bool (n, H, W), ratings float32 (n,), logits float32 (n, 256, 256), best first.

        A rating is not a predicted IoU. It is the geometric mean of three things: the IoU of the mask and the guess
        it started from, how different its colours are from those just outside it, and how little of the picture's
        border it covers.

        Args:
            point_coords: (n, 2), (x, y) in pixels.
            point_labels: (n,), 1 keeps, 0 removes.
            box: (x1, y1, x2, y2) in pixels; nothing outside is kept.
            mask_input: (1, 256, 256), a former answer's logits to start from.
            multimask_output: False gives the best mask only, True up to three.
        """
        clicks = _Prompt.from_arrays(point_coords, point_labels, box, self._shape)
        seeds = clicks.scale_to(self._coarse.shape[:2])
        if mask_input is not None:
            guesses = [_logits_to_mask(mask_input[0], seeds.sure.shape)]
        elif box is not None:
            guesses = _box_guesses(seeds.sure)
        else:
            guesses = self._grow_guesses(seeds)
        cuts = sorted((self._run_grabcut(guess, seeds) for guess in guesses), key=lambda cut: -cut.rating)
        cuts = _drop_duplicate_cuts(cuts) if multimask_output else cuts[:1]
        found = np.stack([self._refine_outline(cut, clicks) for cut in cuts])
        ratings = np.array([cut.rating for cut in cuts], np.float32)
        return found, ratings, np.stack([_mask_to_logits(cut.mask) for cut in cuts])

    def _grow_guesses(self, seeds: _Seeds) -> list[Mask]:
        """What is nearest to the clicks by geodesic distance, in three sizes: masks bool (h, w)."""
        near = _geodesic_distance(self._relief, seeds.keep)
        nearer = near < _geodesic_distance(self._relief, seeds.remove) if seeds.remove else np.ones_like(near, bool)
        return [(near <= np.quantile(near, area)) & nearer for area in GUESS_AREAS]

    def _run_grabcut(self, guess: Mask, seeds: _Seeds) -> _CutResult:
        """Fits the colour models and the cut in turn, from a first guess bool (h, w)."""
        start = _enforce_seeds(np.where(guess, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8), seeds.sure)
        outside, inside = np.zeros((1, 65)), np.zeros((1, 65))  # 5 Gaussians x (weight, mean, covariance)
        trimap = start.copy()
        if min(trimap_to_mask(start).sum(), (~trimap_to_mask(start)).sum()) >= MIN_PIXELS:
            cv2.setRNGSeed(0)
            cv2.grabCut(self._coarse, trimap, None, outside, inside, ITERATIONS, cv2.GC_INIT_WITH_MASK)
        mask = clean_cut(trimap, seeds.keep, seeds.remove)
        if not mask.any():
            mask = trimap_to_mask(start)
        return _CutResult(mask, _rate_cut(self._coarse, mask, trimap_to_mask(start)), outside, inside)

    def _refine_outline(self, cut: _CutResult, clicks: _Prompt) -> Mask:
        """The mask at full size: the outline is cut again at `FINE_SIDE`, in a narrow band, with the same colours."""
        h, w = self._fine.shape[:2]
        mask = rescale_mask(cut.mask, (h, w))
        if self._fine.shape != self._coarse.shape and cut.inside.any():
            seeds = clicks.scale_to((h, w))
            trimap = _enforce_seeds(mask_to_trimap(mask, 2 * round(max(h, w) / COARSE_SIDE) + 1), seeds.sure)
            cv2.grabCut(self._fine, trimap, None, cut.outside, cut.inside, 1, cv2.GC_EVAL_FREEZE_MODEL)
            refined = clean_cut(trimap, seeds.keep, seeds.remove)
            mask = refined if refined.any() else mask
        mask = rescale_mask(mask, self._shape)
        for x, y, label in clicks.pixels:
            mask[y, x] = label
        return mask


@dataclass(frozen=True)
class _Seeds:
    """A prompt in the pixels of a smaller picture.

    Attributes:
        keep: (x, y) of the clicks that keep.
        remove: (x, y) of the clicks that remove.
        sure: trimap (h, w), GC_FGD and GC_BGD where clicks and box decide, GC_PR_BGD elsewhere.
    """

    keep: list[tuple[int, int]]
    remove: list[tuple[int, int]]
    sure: Trimap


@dataclass(frozen=True)
class _Prompt:
    """A prompt in the pixels of a picture (h, w): (x, y, label) and (x1, y1, x2, y2)."""

    pixels: list[tuple[int, int, int]]
    box: tuple[float, ...] | None
    shape: tuple[int, ...]

    @classmethod
    def from_arrays(
        cls,
        coords: npt.NDArray[np.float32] | None,
        labels: npt.NDArray[np.int_] | None,
        box: npt.NDArray[np.float32] | None,
        shape: tuple[int, ...],
    ) -> _Prompt:
        """The arguments of `predict`."""
        places = [] if coords is None or labels is None else zip(coords.tolist(), labels.tolist(), strict=True)
        return cls([(int(x), int(y), int(sign)) for (x, y), sign in places], None if box is None else tuple(box), shape)

    def scale_to(self, shape: tuple[int, ...]) -> _Seeds:
        """The same prompt on the picture at another size; clicks become discs of a hundredth of its longer side."""
        across, down = shape[1] / self.shape[1], shape[0] / self.shape[0]
        places = [((int((x + 0.5) * across), int((y + 0.5) * down)), label) for x, y, label in self.pixels]
        sure = np.full(shape, cv2.GC_PR_BGD, np.uint8)
        if self.box is not None:
            left, top = int(self.box[0] * across), int(self.box[1] * down)
            right, bottom = np.ceil(self.box[2] * across), np.ceil(self.box[3] * down)
            sure[:] = cv2.GC_BGD
            sure[top : max(int(bottom), top + 1), left : max(int(right), left + 1)] = cv2.GC_PR_BGD
        radius = max(1, round(max(shape) / 100))
        # two clicks side by side: each keeps its own pixel
        for size in (radius, 0):
            for place, label in places:
                cv2.circle(sure, place, size, cv2.GC_FGD if label else cv2.GC_BGD, -1)
        return _Seeds([p for p, label in places if label], [p for p, label in places if not label], sure)


def _enforce_seeds(trimap: Trimap, sure: Trimap) -> Trimap:
    """The trimap, but certain where `sure` is."""
    return np.where(sure == cv2.GC_PR_BGD, trimap, sure)


def _box_guesses(sure: Trimap) -> list[Mask]:
    """The whole box, and the ellipse in it."""
    inside = sure != cv2.GC_BGD
    left, top, right, bottom = masks.bounding_box(inside)
    ellipse = np.zeros(sure.shape, np.uint8)
    centre, axes = (
        ((left + right - 1) // 2, (top + bottom - 1) // 2),
        ((right - left - 1) // 2, (bottom - top - 1) // 2),
    )
    cv2.ellipse(ellipse, centre, axes, 0, 0, 360, 1, -1)
    return [inside, ellipse > 0]


def _gradient_cost(image: RGB) -> Grey:
    """How hard it is to cross a pixel: 1 plus the colour gradient, in CIELAB units per pixel."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 1)
    dx, dy = cv2.Sobel(lab, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(lab, cv2.CV_32F, 0, 1, scale=1 / 8)
    relief: Grey = 1 + np.sqrt((dx**2 + dy**2).sum(axis=2))
    return relief


def _geodesic_distance(relief: Grey, points: list[tuple[int, int]]) -> npt.NDArray[np.float64]:
    """Cost of the cheapest way from any of the points to each pixel (geodesic distance)."""
    from skimage.graph import MCP_Geometric

    costs, _ = MCP_Geometric(relief.astype(np.float64)).find_costs([(y, x) for x, y in points])
    reached: npt.NDArray[np.float64] = costs
    return reached


def _rate_cut(image: RGB, mask: Mask, guess: Mask) -> float:
    """The rating that `GrabCut.predict` describes, in [0, 1]."""
    reach = 2 * round(max(mask.shape) / 20) + 1
    ring = (cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0) & ~mask
    if not ring.any():
        return 0.0
    alike = np.sqrt(_colour_histogram(image, mask) * _colour_histogram(image, ring)).sum()  # Bhattacharyya coefficient
    unlike = max(0.0, float(1 - alike))
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean()
    return float(np.cbrt(masks.iou(mask, guess) * unlike * (1 - border)))


def _colour_histogram(image: RGB, mask: Mask) -> npt.NDArray[np.float32]:
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    counts = cv2.calcHist([lab], [0, 1, 2], mask.astype(np.uint8), [8, 16, 16], [0, 256] * 3)
    return np.asarray(counts / counts.sum(), np.float32)


def _drop_duplicate_cuts(cuts: list[_CutResult]) -> list[_CutResult]:
    """The cuts, best first, without those whose IoU with a better one is at least 0.9."""
    kept: list[_CutResult] = []
    for cut in cuts:
        if all(masks.iou(cut.mask, better.mask) < DUPLICATE_CUT_IOU for better in kept):
            kept.append(cut)
    return kept


def _mask_to_logits(mask: Mask) -> npt.NDArray[np.float32]:
    """Logits float32 (256, 256), laid out as Segment Anything does: the picture in the upper left."""
    h, w = mask.shape
    scale = LOGITS_SIDE / max(h, w)
    low = np.full((LOGITS_SIDE, LOGITS_SIDE), -LOGIT, np.float32)
    small = rescale_mask(mask, (max(1, round(h * scale)), max(1, round(w * scale))))
    low[: small.shape[0], : small.shape[1]][small] = LOGIT
    return low


def _logits_to_mask(logits: npt.NDArray[np.float32], shape: tuple[int, ...]) -> Mask:
    """The mask bool `shape` of logits (256, 256)."""
    h, w = shape
    scale = LOGITS_SIDE / max(h, w)
    return rescale_mask(logits[: max(1, round(h * scale)), : max(1, round(w * scale))] > 0, shape)


def load(row: Row, path: Path, device: str) -> GrabCut:
    """The classic: colour models and a graph cut (Rother et al. 2004)."""
    return GrabCut()
