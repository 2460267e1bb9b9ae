from __future__ import annotations

import numpy as np
import pytest

from core.probabilities import softmax
from core.transfer import softmax_regression as regression


def clouds(n: int, seed: int, views: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Three well separated clouds in 8 dimensions, n points each with a few noisy views."""
    rng = np.random.default_rng(seed)
    targets = np.repeat(np.arange(3), n)
    centres = np.eye(3, 8) * 4 + 7
    return (centres[targets][:, None] + rng.normal(0, 0.5, (3 * n, views, 8))).astype(np.float32), targets


def test_softmax_and_cross_entropy_by_hand() -> None:
    shares = softmax(np.array([[0, np.log(3)], [5, 5]], np.float32))
    assert shares == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]))
    assert regression.cross_entropy(shares, np.array([1, 0])) == pytest.approx((-np.log(0.75) - np.log(0.5)) / 2)


def test_fit_learns_and_reports_what_its_layer_does() -> None:
    train, test = clouds(20, 1), clouds(30, 2)
    weights, bias, history = regression.fit_softmax(train, test, 3, 15, np.random.default_rng(0))
    assert weights.shape == (8, 3) and bias.shape == (3,) and history.train_loss.shape == (16,)
    assert history.train_loss[0] == pytest.approx(np.log(3), abs=0.05)  # before training every class is as likely
    assert history.train_loss[-1] < 0.1 and history.test_accuracy[-1] == 1
    shares = softmax(test[0].mean(axis=1) @ weights + bias)
    assert regression.cross_entropy(shares, test[1]) == pytest.approx(history.test_loss[-1], rel=1e-3)


def test_one_step_goes_down_the_numeric_gradient() -> None:
    views, targets = clouds(4, 3, views=1)
    centre, spread = regression._mean_and_spread(views)
    x = (views[:, 0] - centre) / spread
    start = np.random.default_rng(7).normal(0, 0.01, (8, 3)).astype(np.float32)
    weights, _, _ = regression.fit_softmax((views, targets), (views, targets), 3, 1, np.random.default_rng(7))
    moved = weights * spread[:, None] - start

    def loss(w: np.ndarray) -> float:
        shares = softmax((x @ w).astype(np.float64))
        return regression.cross_entropy(shares, targets) + regression.WEIGHT_DECAY / 2 * float((w**2).sum())

    for i, j in [(0, 0), (1, 1), (2, 0), (5, 2)]:
        bump = np.zeros((8, 3))
        bump[i, j] = 1e-4
        slope = (loss(start + bump) - loss(start - bump)) / 2e-4
        assert moved[i, j] == pytest.approx(-regression.LEARNING_RATE * slope, rel=0.02, abs=1e-4)
