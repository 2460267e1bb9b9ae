from __future__ import annotations

import numpy as np

from core.zeroshot.cached_encoder import CachedEncoder, VectorCache


def test_memory_computes_each_new_thing_once_and_forgets_the_oldest() -> None:
    asked = []

    def compute(items):
        asked.append(items)
        return np.array([[float(item)] for item in items], np.float32)

    memory = VectorCache(capacity=2)
    assert memory.get_or_compute("aba", [1, 2, 1], compute).ravel().tolist() == [1, 2, 1]
    assert memory.get_or_compute("ab", [1, 2], compute).ravel().tolist() == [1, 2]
    memory.get_or_compute("c", [3], compute)
    memory.get_or_compute("ba", [2, 1], compute)
    assert asked == [[1, 2], [3], [1]] and memory.misses == 4


def test_pictures_of_other_content_are_not_confused() -> None:
    class Means:
        temperature = 1.0

        def encode_images(self, images):
            return np.array([[image.mean()] for image in images], np.float32)

    remembered = CachedEncoder(Means())
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    assert remembered.encode_images([black, white, black.reshape(1, 4, 3)]).ravel().tolist() == [0, 255, 0]
    assert remembered.pictures.misses == 3
