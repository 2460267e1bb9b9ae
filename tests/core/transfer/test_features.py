from __future__ import annotations

import numpy as np
import pytest

from core.transfer import features
from core.transfer.features import FeatureCache


def test_features_are_unit_vectors_of_the_picture_and_its_mirror_image(textures) -> None:
    image = textures.images[0]
    row, found = features.extract_features([image, image[:, ::-1]], cache=FeatureCache(8))
    assert row.name == "efficientnet-lite2" and found.shape == (2, 2, 1280)
    assert np.linalg.norm(found, axis=2) == pytest.approx(np.ones((2, 2)), abs=1e-5)
    assert found[0, 0] == pytest.approx(found[1, 1], abs=1e-4) and found[0, 1] == pytest.approx(found[1, 0], abs=1e-4)
    assert np.abs(found[0, 0] - found[0, 1]).max() > 1e-3


def test_known_pictures_are_not_computed_again(textures) -> None:
    cache = FeatureCache(8)
    _, first = features.extract_features(textures.images[:3], cache=cache)
    marked = {key: value + 1 for key, value in cache._kept.items()}
    cache._kept.update(marked)
    _, second = features.extract_features([*textures.images[1:3], textures.images[1]], cache=cache)
    assert second == pytest.approx(first[[1, 2, 1]] + 1)


def test_the_cache_forgets_what_was_used_least_recently() -> None:
    cache = FeatureCache(2)
    for name in (b"a", b"b"):
        cache.store(("m", name), np.zeros(1, np.float32))
    assert cache.get(("m", b"a")) is not None
    cache.store(("m", b"c"), np.zeros(1, np.float32))
    assert len(cache) == 2 and cache.get(("m", b"b")) is None and cache.get(("m", b"a")) is not None
    assert cache.get(("other", b"a")) is None
