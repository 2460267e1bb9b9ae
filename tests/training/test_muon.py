from __future__ import annotations

import copy

import torch

from training import muon


def test_singular_values_come_near_one_and_directions_stay():
    torch.manual_seed(0)
    for shape in ((20, 40), (40, 20), (30, 30)):
        matrix = torch.randn(shape)
        found = muon.orthogonalise_matrix(matrix)
        values = torch.linalg.svdvals(found)
        assert values.min() > 0.6 and values.max() < 1.3
        left, _, right = torch.linalg.svd(matrix, full_matrices=False)
        assert torch.nn.functional.cosine_similarity(found.flatten(), (left @ right).flatten(), dim=0) > 0.97


def test_small_and_flat_parameters_learn_by_adamw():
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3), torch.nn.Conv2d(16, 16, 3), torch.nn.GroupNorm(2, 16))
    taken = [name for name, p in layers.named_parameters() if muon.is_matrix(p)]
    assert taken == ["1.weight"]


def test_it_learns_and_goes_on_where_it_was_saved():
    torch.manual_seed(0)
    wanted, x = torch.randn(16, 16), torch.randn(64, 16)

    def net():
        torch.manual_seed(1)
        return torch.nn.Linear(16, 16)

    def learn(layer, optimizer, steps):
        for _ in range(steps):
            loss = (layer(x) - x @ wanted.T).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return float(loss.detach())

    layer = net()
    optimizer = muon.Muon(layer.parameters(), lr=5e-3)
    first = learn(layer, optimizer, 1)
    kept, weights = copy.deepcopy((optimizer.state_dict(), layer.state_dict()))
    whole = learn(layer, optimizer, 60)
    assert whole < 0.3 * first
    again = net()
    again.load_state_dict(weights)
    other = muon.Muon(again.parameters(), lr=5e-3)
    other.load_state_dict(kept)
    assert abs(learn(again, other, 60) - whole) < 1e-5
