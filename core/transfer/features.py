"""Frozen features of pictures and of their mirror images, cached so that only new pictures cost time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from core import models
from core.images import RGB, fit, hash_pixels, to_rgb
from core.models import Row

Floats = npt.NDArray[np.float32]

BATCH = 16
LONGEST = 1024
# 296 instead of 260 pixels for EfficientNet-Lite2: chosen on splits of the bees and ants training pictures, where it
# gave 0.973 against 0.962, and 334 pixels 0.969; a network sees things smaller at test time than in training unless the
# input grows
SCALE = 296 / 260


@dataclass(frozen=True)
class FeatureProgress:
    """`done` of `total` pictures have their features."""

    done: int
    total: int


class FeatureCache:
    """A thread-safe LRU cache of features, by (model, hash of the pixels).

    Args:
        size: how many pictures it keeps.
    """

    def __init__(self, size: int) -> None:
        self._kept: LRUCache[tuple[str, str], Floats] = LRUCache(size)
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> Floats | None:
        """The features stored under `key`, or None."""
        with self._lock:
            found: Floats | None = self._kept.get(key)
            return found

    def store(self, key: tuple[str, str], features: Floats) -> None:
        """Keeps `features` under `key`."""
        with self._lock:
            self._kept[key] = features

    def __len__(self) -> int:
        return len(self._kept)


# 2,000 pictures of 2 x 1280 floats are 20 MB
_cache = FeatureCache(2000)


def extract_features(
    images: Sequence[object],
    model: str | None = None,
    on_step: Callable[[FeatureProgress], None] | None = None,
    cache: FeatureCache = _cache,
) -> tuple[Row, Floats]:
    """The classifier's pooled features of each picture and of its mirror image, as vectors of length one.

    Args:
        images: pictures, each what `core.images.to_rgb` takes; they are read a few at a time.
        model: a row of the task "classify"; it is borrowed for one batch at a time, so others get their turn.
        on_step: called with the number of pictures that are done.
        cache: features of pictures seen before.

    Returns:
        The row, and float32 (n, 2, d): the picture, then its mirror image.

    Raises:
        InputError: something is not a picture, or there is no such model.
        ModelUnavailable: its weights are not here.
    """
    row = models.row("classify", model)
    found: list[Floats] = []
    for start in range(0, len(images), BATCH):
        found += _extract_batch([fit(to_rgb(image), LONGEST) for image in images[start : start + BATCH]], row, cache)
        if on_step is not None:
            on_step(FeatureProgress(len(found), len(images)))
    return row, np.stack(found)


def _extract_batch(batch: list[RGB], row: Row, cache: FeatureCache) -> list[Floats]:
    """Features (2, d) of each picture; only those that the cache lacks are computed."""
    keys = [(row.name, hash_pixels(image)) for image in batch]
    known = {key: features for key in keys if (features := cache.get(key)) is not None}
    new = {key: image for key, image in zip(keys, batch, strict=True) if key not in known}
    if new:
        views = [view for image in new.values() for view in (image, np.ascontiguousarray(image[:, ::-1]))]
        with models.borrow("classify", row.name) as (_, classifier):
            vectors = classifier.features(views, scale=SCALE)
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-12)
        for key, pair in zip(new, vectors.reshape(len(new), 2, -1), strict=True):
            known[key] = pair
            cache.store(key, pair)
    return [known[key] for key in keys]
