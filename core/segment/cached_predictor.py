"""SAM's predictor with a cache of embeddings; each correcting click also gets the logits of the answer before it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from core.images import RGB, Mask, hash_pixels
from core.models.memory import out_of_memory

BUDGET = 256 * 2**20  # bytes of embeddings
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int_]
Answer = tuple[Mask, Floats, Floats]


class EmbeddingPredictor(Protocol):
    """`segment_anything.SamPredictor`, or one with the same methods, which keeps one picture's embedding."""

    features: Any
    original_size: Any
    input_size: Any
    is_image_set: bool

    def set_image(self, image: RGB) -> None:
        """Embeds HWC uint8 RGB."""

    def predict(
        self,
        point_coords: Floats | None = None,
        point_labels: Ints | None = None,
        box: Floats | None = None,
        mask_input: Floats | None = None,
        multimask_output: bool = True,
    ) -> Answer:
        """Masks, scores and logits for a prompt about that picture."""


def keep_thin_sides(predictor: Any) -> Any:
    """The `segment_anything.SamPredictor`, whose pictures keep at least one pixel of a side.

    Its own resize rounds the short side of a picture of 3000 x 1 pixels to none.
    """
    rounded = predictor.transform.get_preprocess_shape

    def get_preprocess_shape(height: int, width: int, longest: int) -> tuple[int, ...]:
        return tuple(max(1, side) for side in rounded(height, width, longest))

    predictor.transform.get_preprocess_shape = get_preprocess_shape
    return predictor


class CachedPredictor:
    """A `protocols.SegmentPredictor` around a `segment_anything.SamPredictor`, or one with the same methods.

    The cache's keys are SHA-256 hashes of the pixels, so that nobody reaches a picture that they do not have. Calls
    must not overlap; `models.borrow` sees to that.

    Args:
        predictor: what embeds and decodes.
        budget: bytes of embeddings to keep; the one used last is always kept.
    """

    def __init__(self, predictor: EmbeddingPredictor, budget: int = BUDGET) -> None:
        self._predictor: Any = predictor
        # one that is larger than all of the budget counts as much, and so drives out all others
        self._kept: LRUCache[str, tuple[Any, Any, Any]] = LRUCache(budget, lambda kept: min(kept[0].nbytes, budget))
        self._current = ""
        self._said: dict[bytes, Floats] = {}

    @property
    def base_predictor(self) -> Any:
        """The predictor without the cache; it holds the picture of the last `set_image`."""
        return self._predictor

    def set_image(self, image: RGB) -> bool:
        """Embeds HWC uint8 RGB, unless it is in the cache; returns True when it had to be embedded."""
        key = hash_pixels(image)
        new = key not in self._kept
        if new:
            predictor = self._predictor
            out_of_memory.retry_smaller(lambda: predictor.set_image(image), lambda: self._clear_and_embed(image))
            self._kept[key] = (predictor.features, predictor.original_size, predictor.input_size)
        if new or key != self._current:
            self._current, self._said = key, {}
        features, original, inside = self._kept[key]
        self._predictor.features, self._predictor.is_image_set = features, True
        self._predictor.original_size, self._predictor.input_size = original, inside
        return new

    def predict(
        self,
        point_coords: Floats | None = None,
        point_labels: Ints | None = None,
        box: Floats | None = None,
        mask_input: Floats | None = None,
        multimask_output: bool = True,
    ) -> Answer:
        """As `SamPredictor.predict`, with the logits of the clicks before the last one as the mask prompt.

        SAM is trained this way (Kirillov et al. 2023, appendix A): with every correcting click the network also sees
        the logits of its answer to the clicks before.
        """
        if point_coords is not None and point_labels is not None:
            # the network is trained with a first click that keeps: move those that remove behind it
            order = np.argsort(point_labels[: 1 + int(point_labels.argmax())] == 0, kind="stable")
            point_coords, point_labels = np.array(point_coords), np.array(point_labels)
            point_coords[: len(order)], point_labels[: len(order)] = point_coords[order], point_labels[order]
            if mask_input is None and len(point_coords) > (box is None):
                mask_input = self._previous_logits(point_coords[:-1], point_labels[:-1], box)
        given = (point_coords, point_labels, box, mask_input, multimask_output)
        found: Answer = out_of_memory.retry_smaller(lambda: self._predictor.predict(*given))
        return found

    def _previous_logits(self, points: Floats, labels: Ints, box: Floats | None) -> Floats:
        """The logits float32 (1, low, low) of the best answer to this prompt."""
        key = points.tobytes() + labels.tobytes() + (b"" if box is None else box.tobytes())
        if key not in self._said:
            several = len(points) == 1 and box is None
            clicks = (points, labels) if len(points) else (None, None)
            _, scores, logits = self.predict(clicks[0], clicks[1], box, None, several)
            self._said[key] = logits[int(scores.argmax())][None]
        return self._said[key]

    def _clear_and_embed(self, image: RGB) -> None:
        """Embeds with an empty cache, to have all of the memory."""
        self._kept.clear()
        self._predictor.set_image(image)
