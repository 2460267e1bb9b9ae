from __future__ import annotations

import numpy as np

from core.probabilities import softmax


def test_shares_are_those_of_the_powers_along_the_last_axis() -> None:
    logits = np.log(np.array([[[1, 3], [1, 1]], [[9, 1], [4, 1]]], np.float32))
    found = softmax(logits)
    np.testing.assert_allclose(found, [[[0.25, 0.75], [0.5, 0.5]], [[0.9, 0.1], [0.8, 0.2]]], rtol=1e-6)
    assert found.dtype == np.float32


def test_large_logits_do_not_overflow() -> None:
    found = softmax(np.array([1000, 1000 + np.log(3), -1000], np.float32))
    np.testing.assert_allclose(found, [0.25, 0.75, 0], atol=1e-4)
