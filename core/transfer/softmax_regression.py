"""The one layer that learns: softmax regression by mini-batch gradient descent with momentum, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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


def softmax_rows(logits: Floats) -> Floats:
    """Rows of (n, k) as probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def cross_entropy(shares: Floats, targets: Ints) -> float:
    """Mean of -log(probability of the truth), in nats; shares (n, k), targets int (n,)."""
    return float(-np.log(shares[np.arange(len(targets)), targets] + 1e-12).mean())


def fit_softmax(
    train: tuple[Floats, Ints], test: tuple[Floats, Ints], classes: int, epochs: int, rng: np.random.Generator
) -> tuple[Floats, Floats, History]:
    """Weights (d, k) and bias (k,) that name the training pictures, and how the training went.

    Args:
        train: features float32 (n, views, d) and classes int (n,); every step sees one random view of a picture.
        test: the same of the held-out pictures; they are measured with, never learned from.
        classes: k.
        epochs: passes over the training pictures.
        rng: draws the first weights, the order of the pictures and their views.
    """
    views, targets = train
    n, _, d = views.shape
    centre, spread = _mean_and_spread(views)
    weights = rng.normal(0, 0.01, (d, classes)).astype(np.float32)
    bias = np.zeros(classes, np.float32)
    speed = np.zeros_like(weights), np.zeros_like(bias)
    views = (views - centre) / spread
    measured = [(views.mean(axis=1), targets), ((test[0].mean(axis=1) - centre) / spread, test[1])]
    curve = [_loss_and_accuracy(measured, weights, bias)]
    for _ in range(epochs):
        order = rng.permutation(n)
        for batch in np.array_split(order, -(-n // BATCH)):
            x = views[batch, rng.integers(views.shape[1], size=len(batch))]  # (b, d)
            error = softmax_rows(x @ weights + bias)  # (b, k)
            error[np.arange(len(batch)), targets[batch]] -= 1
            speed[0][:] = MOMENTUM * speed[0] - LEARNING_RATE * (x.T @ error / len(batch) + WEIGHT_DECAY * weights)
            speed[1][:] = MOMENTUM * speed[1] - LEARNING_RATE * error.mean(axis=0)
            weights += speed[0]
            bias += speed[1]
        curve.append(_loss_and_accuracy(measured, weights, bias))
    columns = np.array(curve, np.float32).T
    history = History(**dict(zip(History.__dataclass_fields__, columns, strict=True)))
    # the standardising goes into the layer, so that it reads plain features
    layer = weights / spread[:, None], bias - (centre / spread) @ weights
    return layer[0].astype(np.float32), layer[1].astype(np.float32), history


def _mean_and_spread(views: Floats) -> tuple[Floats, Floats]:
    """Mean and spread (d,) that make features centred, with length about one whatever d is."""
    flat = views.reshape(-1, views.shape[2])
    spread = (flat.std(axis=0) + 0.1 * flat.std()) * np.sqrt(flat.shape[1])
    return flat.mean(axis=0), spread.astype(np.float32)


def _loss_and_accuracy(sets: list[tuple[Floats, Ints]], weights: Floats, bias: Floats) -> list[float]:
    """Loss and accuracy on each set in turn."""
    found = []
    for x, targets in sets:
        shares = softmax_rows(x @ weights + bias)
        found += [cross_entropy(shares, targets), float((shares.argmax(axis=1) == targets).mean())]
    return found
