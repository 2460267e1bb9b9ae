from __future__ import annotations

import numpy as np

from core import edges


def test_the_network_looks_at_a_small_version_and_answers_at_full_size(picture) -> None:
    image = picture("astronaut")
    whole, small = (edges.detect(image, "learned", longest=longest).edges for longest in (512, 128))
    several = edges.detect(image, "learned", scales="three").edges
    assert whole.shape == small.shape == several.shape == image.shape[:2]
    for other in (small, several):
        assert 0.3 < np.corrcoef(whole.ravel(), other.ravel())[0, 1] < 0.999


def test_the_learned_edges_are_thin_when_asked(picture) -> None:
    broad, thin = (edges.detect(picture("coffee"), "learned", thin=thin).edges > 0.3 for thin in (False, True))
    assert 0 < thin.sum() < 0.6 * broad.sum() and not (thin & ~broad).any()
