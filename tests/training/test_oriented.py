from __future__ import annotations

import pytest
import torch

from training import oriented, pocket_diffusion


def test_places_have_coordinates_of_their_own():
    for side in (8, 16):
        found = oriented.coordinates(side).flatten(1).T  # (places, waves)
        apart = torch.cdist(found, found).fill_diagonal_(9)
        assert found.shape == (side**2, 4 * oriented.OCTAVES) and apart.min() > 0.5


@pytest.mark.slow
def test_the_blocks_learn_where_they_are_and_the_hooks_let_go():
    torch.manual_seed(0)
    unet = pocket_diffusion.build_unet()
    aid = oriented.CoordinateLoss(unet)
    optimizer = torch.optim.AdamW([*unet.parameters(), *aid.parameters()], lr=1e-3)
    losses = []
    for _ in range(12):
        unet(torch.randn(2, 4, 16, 16), torch.tensor([999, 10]), torch.zeros(2, 96, 384))
        losses.append(aid())
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.8 * losses[0] and losses[0] > 0.4
    assert not aid._seen, "nothing of the last pass is kept"
