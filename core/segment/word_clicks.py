"""A pocket open-vocabulary detector: words -> heat map -> clicks on its peaks -> masks of the pocket SAM -> boxes.

The concept space compares each cell of the classifier's last feature map with the words and with everyday nouns; the
heat is how much closer the cell is to the words. The pocket SAM is clicked on the hottest places. A mask is rated well
if it is hot inside, cool outside, and large, so that it is not only a part of the thing. Nothing was trained for this.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from core import masks, models
from core.images import RGB, Grey, Mask, fit
from core.models.protocols import Detections, SegmentPredictor, Vectors
from core.translation import everyday_nouns

if TYPE_CHECKING:
    from core.models.catalog import Row
    from core.zeroshot.cached_encoder import CachedEncoder
    from core.zeroshot.concept_space import ConceptSpace

LONGEST_SIDE = 512  # of the picture that is clicked: the pocket SAM sees no more
SCALES = (320, 448, 640)  # longest sides at which the classifier looks
MAX_CLICKS = 12
PEAK_GRID = 24  # cells of the heat map's longer side among which the peaks are
NOUN_COUNT, BEST_NOUN_SHARE = 160, 0.02
# chosen with benchmarks/words.py, which says how
NOUN_WEIGHT, AREA_EXPONENT, CONFIDENCE_EXPONENT = 0.5, 0.4, 0.25
OVERLAP_LIMIT = 0.6  # of the smaller of two masks that the other may cover
MIN_RELATIVE_RATING = 0.35  # of the best rating: what is below is no other one of its kind


class Candidate(NamedTuple):
    """A mask bool (H, W), its rating, and the click (x, y) that it answers."""

    mask: Mask
    rating: float
    click: tuple[float, float]


class WordClickDetector:
    """A `protocols.Detector` made of two other models, which it borrows for each call."""

    def __init__(
        self,
        space: Callable[[], AbstractContextManager[tuple[Row, CachedEncoder[ConceptSpace]]]],
        segmenter: Callable[[], AbstractContextManager[tuple[Row, SegmentPredictor]]],
    ) -> None:
        self._space = space
        self._segmenter = segmenter

    def __call__(self, image: RGB, words: list[str], *, threshold: float) -> Detections:
        """Boxes with a score of at least `threshold`, best first.

        The best box's score is how likely the words are, compared with the best of everyday nouns: 0.5 when both fit
        equally well. The other boxes' score is that times their mask's rating divided by the best mask's.
        """
        small = fit(image, LONGEST_SIDE)
        heats = self._heat_maps(small, words)
        with self._segmenter() as (_, predictor):
            predictor.set_image(small)
            proposed = [_suppress_overlaps(_propose_masks(predictor, heat)) for heat in heats]
        found = [
            (score, label, each)
            for label, candidates in enumerate(proposed)
            for score, each in zip(self._score_candidates(small, words[label], candidates), candidates, strict=True)
            if score >= threshold
        ]
        found.sort(key=lambda each: -each[0])
        scale = np.array([image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]], np.float32)
        return Detections(
            boxes=np.array([masks.bounding_box(each.mask) for _, _, each in found], np.float32).reshape(-1, 4)
            * np.tile(scale, 2),
            scores=np.array([score for score, _, _ in found], np.float32),
            labels=np.array([label for _, label, _ in found], int),
            clicks=np.array([each.click for _, _, each in found], np.float32).reshape(-1, 2) * scale,
        )

    def _heat_maps(self, picture: RGB, words: list[str]) -> list[Grey]:
        """For each name, how much closer each pixel is to it than to everyday nouns: float32 (H, W)."""
        with self._space() as (_, space):
            asked, nouns = space.encode_texts(words), space.encode_texts(list(everyday_nouns(NOUN_COUNT)))
            maps = [space.encoder.encode_cells(picture, longest) for longest in SCALES]
        heats = np.zeros((len(words), *picture.shape[:2]), np.float32)
        for cells in maps:
            closer = cells @ asked.T - NOUN_WEIGHT * _everyday_noun_scores(cells, nouns)[..., None]
            for number in range(len(words)):
                heats[number] += _resize_heat_map(closer[..., number], picture) / len(SCALES)
        return list(heats)

    def _score_candidates(self, picture: RGB, words: str, candidates: list[Candidate]) -> list[float]:
        """Scores of the masks, in [0, 1]: see `__call__`."""
        if not candidates:
            return []
        boxes = [masks.bounding_box(each.mask) for each in candidates]
        views = [picture, *(picture[y1:y2, x1:x2] for x1, y1, x2, y2 in boxes)]
        with self._space() as (_, space):
            vectors = space.encode_images(views)
            nouns = space.encode_texts(list(everyday_nouns(NOUN_COUNT)))
            margin = float((vectors @ space.encode_texts([words])[0] - _everyday_noun_scores(vectors, nouns)).max())
            likely = 1 / (1 + np.exp(-margin / space.temperature))
        return [likely * each.rating / candidates[0].rating for each in candidates]


def _everyday_noun_scores(vectors: Vectors, nouns: Vectors) -> Vectors:
    """The cosine that the best 2% of everyday nouns reach with each vector (..., d): (...)."""
    return np.asarray(np.quantile(vectors @ nouns.T, 1 - BEST_NOUN_SHARE, axis=-1), np.float32)


def _resize_heat_map(heat: Grey, picture: RGB) -> Grey:
    size = picture.shape[1], picture.shape[0]
    return np.asarray(cv2.resize(heat, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _find_peaks(heat: Grey) -> list[tuple[float, float]]:
    """(x, y) of the hottest local maxima, at most MAX_CLICKS."""
    h, w = heat.shape
    size = [max(1, round(side * PEAK_GRID / max(h, w))) for side in (w, h)]
    coarse = cv2.resize(heat, size, interpolation=cv2.INTER_AREA)
    ys, xs = np.nonzero(coarse >= cv2.dilate(coarse, np.ones((3, 3))))
    hottest = np.argsort(-coarse[ys, xs], kind="stable")[:MAX_CLICKS]
    return [((xs[i] + 0.5) * w / size[0], (ys[i] + 0.5) * h / size[1]) for i in hottest]


def _propose_masks(predictor: SegmentPredictor, heat: Grey) -> list[Candidate]:
    """The masks of a click on each peak."""
    found = []
    for place in _find_peaks(heat):
        several, sure, _ = predictor.predict(np.array([place], np.float32), np.ones(1, np.int_), multimask_output=True)
        found += [
            Candidate(m, _rate_mask(m, heat, float(score)), place) for m, score in zip(several, sure, strict=True)
        ]
    return found


def _rate_mask(mask: Mask, heat: Grey, sure: float) -> float:
    """High where the mask is hot inside, cool outside and large, and the network's own score of it is high."""
    share = float(mask.mean())
    if not 0.001 < share < 0.95:
        return 0.0
    contrast = float(heat[mask].mean() - heat[~mask].mean())
    return float(max(0.0, contrast) * share**AREA_EXPONENT * np.clip(sure, 0.05, 1) ** CONFIDENCE_EXPONENT)


def _suppress_overlaps(candidates: list[Candidate]) -> list[Candidate]:
    """The candidates, best first, without those that overlap a better one and those rated far below the best."""
    kept: list[Candidate] = []
    for each in sorted(candidates, key=lambda candidate: -candidate.rating):
        if each.rating <= 0 or (kept and each.rating < MIN_RELATIVE_RATING * kept[0].rating):
            break
        if all((each.mask & k.mask).sum() <= OVERLAP_LIMIT * min(each.mask.sum(), k.mask.sum()) for k in kept):
            kept.append(each)
    return kept


def load(row: Row, path: Path, device: str) -> WordClickDetector:
    """The concept space of one row says where words are, the pocket SAM of another what is there."""
    return WordClickDetector(
        lambda: models.borrow("zeroshot", row.parts["space"]),
        lambda: models.borrow("segment", row.parts["segmenter"]),
    )
