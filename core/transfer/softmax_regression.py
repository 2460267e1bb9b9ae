"""The layer that is trained: softmax regression by mini-batch gradient descent with momentum, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.probabilities import softmax

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

BATCH = 32
# rate and decay were chosen on splits of the bees and ants training pictures
LEARNING_RATE = 2.0
MOMENTUM = 0.9
WEIGHT_DECAY = 1e-4


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """Loss and accuracy after every epoch, float32 (epochs + 1,); entry 0 is before training.

    Attributes:
        train_loss: cross-entropy in nats, on the training pictures.
        train_accuracy: share in [0, 1], on the training pictures.
        test_loss: cross-entropy in nats, on the held-out pictures.
        test_accuracy: share in [0, 1], on the held-out pictures.
    """

    train_loss: Floats
    train_accuracy: Floats
    test_loss: Floats
    test_accuracy: Floats


def cross_entropy(shares: Floats, targets: Ints) -> float:
    """Mean of -log(probability of the truth), in nats; shares (n, k), targets int (n,)."""
    return float(-np.log(shares[np.arange(len(targets)), targets] + 1e-12).mean())


def fit_softmax(
    train: tuple[Floats, Ints], test: tuple[Floats, Ints], classes: int, epochs: int, rng: np.random.Generator
) -> tuple[Floats, Floats, History]:
    """Trains weights (d, k) and bias (k,); returns them with the history of the training.

    Args:
        train: features float32 (n, views, d) and classes int (n,); every step sees one random view of a picture.
        test: the same of the held-out pictures, which are only measured on.
        classes: k.
        epochs: passes over the training pictures.
        rng: draws the first weights, the order of the pictures and their views.
    """
    views, targets = train
    centre, spread = _mean_and_spread(views)
    views = (views - centre) / spread
    layer = _Layer(rng.normal(0, 0.01, (views.shape[2], classes)).astype(np.float32), np.zeros(classes, np.float32))
    measured = [(views.mean(axis=1), targets), ((test[0].mean(axis=1) - centre) / spread, test[1])]
    curve = [_loss_and_accuracy(measured, layer.weights, layer.bias)]
    for _ in range(epochs):
        order = rng.permutation(len(views))
        for batch in np.array_split(order, -(-len(views) // BATCH)):
            x = views[batch, rng.integers(views.shape[1], size=len(batch))]  # (b, d)
            layer.descend(x, targets[batch])
        curve.append(_loss_and_accuracy(measured, layer.weights, layer.bias))
    columns = np.array(curve, np.float32).T
    history = History(**dict(zip(History.__dataclass_fields__, columns, strict=True)))
    # the standardising goes into the layer, so that it reads plain features
    weights, bias = layer.weights / spread[:, None], layer.bias - (centre / spread) @ layer.weights
    return weights.astype(np.float32), bias.astype(np.float32), history


class _Layer:
    """Weights (d, k) and bias (k,) with the momentum of each."""

    def __init__(self, weights: Floats, bias: Floats) -> None:
        self.weights, self.bias = weights, bias
        self._weight_speed, self._bias_speed = np.zeros_like(weights), np.zeros_like(bias)

    def descend(self, x: Floats, targets: Ints) -> None:
        """One step down the gradient of the cross-entropy for x (b, d) and its classes (b,)."""
        error = softmax(x @ self.weights + self.bias)  # (b, k)
        error[np.arange(len(x)), targets] -= 1  # the gradient at the logits: probability minus one-hot truth
        slope = x.T @ error / len(x) + WEIGHT_DECAY * self.weights
        self._weight_speed[:] = MOMENTUM * self._weight_speed - LEARNING_RATE * slope
        self._bias_speed[:] = MOMENTUM * self._bias_speed - LEARNING_RATE * error.mean(axis=0)
        self.weights += self._weight_speed
        self.bias += self._bias_speed


def _mean_and_spread(views: Floats) -> tuple[Floats, Floats]:
    """Mean and scale (d,): (features - mean) / scale has mean 0 and a length of about 1, whatever d is."""
    flat = views.reshape(-1, views.shape[2])
    spread = (flat.std(axis=0) + 0.1 * flat.std()) * np.sqrt(flat.shape[1])
    return flat.mean(axis=0), spread.astype(np.float32)


def _loss_and_accuracy(sets: list[tuple[Floats, Ints]], weights: Floats, bias: Floats) -> list[float]:
    """Cross-entropy and accuracy on each set in turn: the fields of `History`."""
    found = []
    for x, targets in sets:
        shares = softmax(x @ weights + bias)
        found += [cross_entropy(shares, targets), float((shares.argmax(axis=1) == targets).mean())]
    return found
