from __future__ import annotations

import numpy as np
import pytest
import torch

from core import edges
from core.edges.network import EdgeNetwork


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (33, 48)])
def test_it_is_a_method_like_the_others(hub, shape) -> None:
    hub("hed")
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    found = edges.detect(noise, "hed", scales="three", thin=True, longest=64)
    assert found.model == "hed" and found.edges.shape == shape and found.edges.dtype == np.float32
    soft, hard = (edges.detect(noise, "hed", threshold=value).edges for value in (0, 0.5))
    assert np.array_equal(hard, (soft >= np.float32(0.5)).astype(np.float32))


def test_the_picture_is_mirrored_to_sixteens_and_cut_back() -> None:
    class Bright(torch.nn.Module):
        def forward(self, pictures):
            assert pictures.shape[2] % 16 == pictures.shape[3] % 16 == 0
            return pictures.mean(1, keepdim=True) * 4

    ramp = np.broadcast_to(np.arange(0, 200, 5, dtype=np.uint8)[None, :, None], (20, 40, 3)).copy()
    found = EdgeNetwork(Bright(), "cpu")(ramp, longest=640, scales=(1.0,))
    assert found.shape == (20, 40)
    assert found[3] == pytest.approx(1 / (1 + np.exp(-4 * (ramp[3, :, 0] / 127.5 - 1))), abs=1e-4)
