"""A few fully connected layers that learn by gradient descent (Rumelhart et al. 1986; Adam, Kingma and Ba 2015).

In NumPy: layers of a hundred numbers are over before a larger library has shared the work among its threads.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's own


class MLP:
    """Layers y = max(0, x W + b); those named in `linear` leave out the max."""

    def __init__(self, sizes: Sequence[int], linear: Sequence[int], rng: np.random.Generator) -> None:
        pairs = list(itertools.pairwise(sizes))
        self.weights: list[Floats] = [
            (rng.standard_normal(pair, np.float32) * (2 / pair[0]) ** 0.5).astype(np.float32) for pair in pairs
        ]
        self.weights[-1] *= 0.1  # the first answers are near zero: there is less to unlearn
        self.biases: list[Floats] = [np.zeros(size, np.float32) for size in sizes[1:]]
        self.rectified = [i not in linear for i in range(len(pairs))]
        self._means = [np.zeros_like(each) for each in self.parameters]
        self._squares = [np.zeros_like(each) for each in self.parameters]
        self._steps = 0

    @property
    def parameters(self) -> list[Floats]:
        """The very arrays that learn: weights (in, out) of every layer, then biases (out,)."""
        return [*self.weights, *self.biases]

    def __call__(self, x: Floats) -> Floats:
        """Rows (n, in) to rows (n, out)."""
        return self._layer_outputs(x)[-1]

    def gradients(self, x: Floats, target: Floats) -> list[Floats]:
        """Of the mean squared error, in the order of `parameters`."""
        layers = self._layer_outputs(x)
        slope = (layers[-1] - target) * (2 / target.size)
        weights, biases = [], []
        for i in reversed(range(len(self.weights))):
            if self.rectified[i]:
                slope = slope * (layers[i + 1] > 0)
            weights.append(layers[i].T @ slope)
            biases.append(slope.sum(axis=0))
            slope = slope @ self.weights[i].T
        return [*weights[::-1], *biases[::-1]]

    def adam_step(self, x: Floats, target: Floats, rate: float) -> None:
        """One step of Adam downhill."""
        self._steps += 1
        # the moments start at zero; this makes up for it
        first, second = 1 - BETA1**self._steps, 1 - BETA2**self._steps
        moments = zip(self.parameters, self.gradients(x, target), self._means, self._squares, strict=True)
        for parameter, gradient, mean, square in moments:
            mean[...] += (1 - BETA1) * (gradient - mean)
            square[...] += (1 - BETA2) * (gradient * gradient - square)
            parameter[...] -= rate / first * mean / (np.sqrt(square / second) + EPSILON)

    def _layer_outputs(self, x: Floats) -> list[Floats]:
        """What goes in, and what every layer gives."""
        layers = [x]
        for weights, bias, rectified in zip(self.weights, self.biases, self.rectified, strict=True):
            given = layers[-1] @ weights + bias
            layers.append(np.maximum(given, 0) if rectified else given)
        return layers
