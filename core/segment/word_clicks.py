"""A pocket detector: words make a heat map, its peaks make clicks, and of the masks there the best fitting stay.

Each cell of the classifier's last map is a small picture for the concept space: how much closer it is to the words than
to everyday nouns is the heat. The pocket SAM is clicked where it is hottest; a mask is good that is hot inside, cool
outside, and not a mere part. Nothing was trained for this.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from core import models
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
    """`kinds.Detector` out of two models that are lent for each use."""

    def __init__(
        self,
        space: Callable[[], AbstractContextManager[tuple[Row, CachedEncoder[ConceptSpace]]]],
        segmenter: Callable[[], AbstractContextManager[tuple[Row, SegmentPredictor]]],
    ) -> None:
        self._space = space
        self._segmenter = segmenter

    def __call__(self, image: RGB, words: list[str], *, threshold: float) -> Detections:
        """Boxes of at least `threshold`, best first.

        The best box's score is how likely the words are beside the best of everyday nouns, .5 when they are equal;
        the other boxes' is that by how well their masks fit, beside the best one's.
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
            boxes=np.array([_bounding_box(each.mask) for _, _, each in found], np.float32).reshape(-1, 4)
            * np.tile(scale, 2),
            scores=np.array([score for score, _, _ in found], np.float32),
            labels=np.array([label for _, label, _ in found], int),
            clicks=np.array([each.click for _, _, each in found], np.float32).reshape(-1, 2) * scale,
        )

    def _heat_maps(self, picture: RGB, words: list[str]) -> list[Grey]:
        """How much closer each place is to the words than to everyday nouns: float32 (H, W) for each."""
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
        """How likely the words are in any of the masks' boxes, by how well each mask fits."""
        if not candidates:
            return []
        boxes = [_bounding_box(each.mask) for each in candidates]
        views = [picture, *(picture[y1:y2, x1:x2] for x1, y1, x2, y2 in boxes)]
        with self._space() as (_, space):
            vectors = space.encode_images(views)
            nouns = space.encode_texts(list(everyday_nouns(NOUN_COUNT)))
            margin = float((vectors @ space.encode_texts([words])[0] - _everyday_noun_scores(vectors, nouns)).max())
            likely = 1 / (1 + np.exp(-margin / space.temperature))
        return [likely * each.rating / candidates[0].rating for each in candidates]


def _everyday_noun_scores(vectors: Vectors, nouns: Vectors) -> Vectors:
    """The cosine that the best few everyday nouns reach with each vector (..., d), whatever it shows: (...)."""
    return np.asarray(np.quantile(vectors @ nouns.T, 1 - BEST_NOUN_SHARE, axis=-1), np.float32)


def _resize_heat_map(heat: Grey, picture: RGB) -> Grey:
    size = picture.shape[1], picture.shape[0]
    return np.asarray(cv2.resize(heat, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _find_peaks(heat: Grey) -> list[tuple[float, float]]:
    """(x, y) of the hottest places that are hotter than all beside them, at most CLICKS."""
    h, w = heat.shape
    size = [max(1, round(side * PEAK_GRID / max(h, w))) for side in (w, h)]
    coarse = cv2.resize(heat, size, interpolation=cv2.INTER_AREA)
    ys, xs = np.nonzero(coarse >= cv2.dilate(coarse, np.ones((3, 3))))
    hottest = np.argsort(-coarse[ys, xs], kind="stable")[:MAX_CLICKS]
    return [((xs[i] + 0.5) * w / size[0], (ys[i] + 0.5) * h / size[1]) for i in hottest]


def _propose_masks(predictor: SegmentPredictor, heat: Grey) -> list[Candidate]:
    """What a click on each peak may mean."""
    found = []
    for place in _find_peaks(heat):
        masks, sure, _ = predictor.predict(np.array([place], np.float32), np.ones(1, np.int_), multimask_output=True)
        found += [Candidate(m, _rate_mask(m, heat, float(score)), place) for m, score in zip(masks, sure, strict=True)]
    return found


def _rate_mask(mask: Mask, heat: Grey, sure: float) -> float:
    """Hot inside, cool outside, large, and the network is sure of it."""
    share = float(mask.mean())
    if not 0.001 < share < 0.95:
        return 0.0
    contrast = float(heat[mask].mean() - heat[~mask].mean())
    return float(max(0.0, contrast) * share**AREA_EXPONENT * np.clip(sure, 0.05, 1) ** CONFIDENCE_EXPONENT)


def _suppress_overlaps(candidates: list[Candidate]) -> list[Candidate]:
    """Best first, without what overlaps a better one, and without what is far worse than the best."""
    kept: list[Candidate] = []
    for each in sorted(candidates, key=lambda candidate: -candidate.rating):
        if each.rating <= 0 or (kept and each.rating < MIN_RELATIVE_RATING * kept[0].rating):
            break
        if all((each.mask & k.mask).sum() <= OVERLAP_LIMIT * min(each.mask.sum(), k.mask.sum()) for k in kept):
            kept.append(each)
    return kept


def _bounding_box(mask: Mask) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero(mask)
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def load(row: Row, path: Path, device: str) -> WordClickDetector:
    """The concept space of one row says where words are, the pocket SAM of another what is there."""
    return WordClickDetector(
        lambda: models.borrow("zeroshot", row.parts["space"]),
        lambda: models.borrow("segment", row.parts["segmenter"]),
    )
