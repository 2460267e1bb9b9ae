"""A dual encoder that encodes nothing twice: editing one caption costs one caption."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from cachetools import LRUCache

from core.images import RGB
from core.models.protocols import DualEncoder, Vectors

E = TypeVar("E", bound=DualEncoder)
CAPACITY = 4096


class VectorCache:
    """The vectors of the last `capacity` things that were asked for.

    Attributes:
        misses: how many were computed since it was made.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._vectors: LRUCache[Hashable, Vectors] = LRUCache(capacity)
        self.misses = 0

    def get_or_compute(
        self, keys: Sequence[Hashable], items: Sequence[Any], compute: Callable[[list[Any]], Vectors]
    ) -> Vectors:
        """One vector per item, float32 (n, d); `compute` sees each item that is new once, all in one call."""
        new = {key: item for key, item in zip(keys, items, strict=True) if key not in self._vectors}
        found = {key: self._vectors[key] for key in keys if key in self._vectors}
        if new:
            found |= zip(new, compute(list(new.values())), strict=True)
            self.misses += len(new)
        for key in keys:
            self._vectors[key] = found[key]
        return np.stack([found[key] for key in keys])


class CachedEncoder(Generic[E]):
    """A `DualEncoder` with a memory of pictures, by content, and one of texts."""

    def __init__(self, encoder: E) -> None:
        self.encoder = encoder
        self.temperature = encoder.temperature
        self.pictures = VectorCache()
        self.texts = VectorCache()

    def encode_images(self, images: list[RGB]) -> Vectors:
        """Unit vectors float32 (n, d)."""
        return self.pictures.get_or_compute(
            [_content_key(image) for image in images], images, self.encoder.encode_images
        )

    def encode_texts(self, texts: list[str]) -> Vectors:
        """Unit vectors float32 (n, d)."""
        return self.texts.get_or_compute(texts, texts, self.encoder.encode_texts)


def _content_key(image: RGB) -> tuple[tuple[int, ...], bytes]:
    return image.shape, hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
