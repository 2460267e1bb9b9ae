from __future__ import annotations

import numpy as np
import pytest

from core.autoencoder.mlp import MLP


def test_the_gradients_are_those_of_the_loss() -> None:
    rng = np.random.default_rng(0)
    net = MLP((5, 7, 3, 4), linear=(1, 2), rng=rng)
    for each in net.parameters:
        each[...] = rng.standard_normal(each.shape)
    x, target = rng.standard_normal((6, 5), np.float32), rng.standard_normal((6, 4), np.float32)
    found = net.gradients(x, target)
    assert [g.shape for g in found] == [p.shape for p in net.parameters]
    for parameter, gradient in zip(net.parameters, found, strict=True):
        place = tuple(rng.integers(size) for size in parameter.shape)
        losses = []
        for step in (-1e-2, 1e-2):
            before = parameter[place]
            parameter[place] += step
            losses.append(np.square(net(x).astype(float) - target).mean())
            parameter[place] = before
        assert gradient[place] == pytest.approx((losses[1] - losses[0]) / 2e-2, rel=0.05, abs=2e-3)
