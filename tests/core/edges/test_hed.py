from __future__ import annotations

import numpy as np
import pytest
import torch

from core import edges, models
from core.edges import hed
from core.errors import ModelUnavailable

SHAPES = [(3, 4, 2), (4, 8, 2), (8, 8, 3), (8, 8, 3), (8, 8, 3)]


def test_the_published_networks_shape() -> None:
    shapes = [(3, 64, 2), (64, 128, 2), (128, 256, 3), (256, 512, 3), (512, 512, 3)]
    with torch.device("meta"):
        net = hed.Hed(shapes)
    assert sum(p.numel() for p in net.parameters()) == models.row("edges", "hed").parameters
    names = set(net.state_dict())
    assert {"norm", "block1.convs.0.weight", "block3.convs.2.bias", "block5.projection.weight"} <= names


@torch.no_grad()
def test_the_answer_is_the_mean_of_what_five_scales_say() -> None:
    torch.manual_seed(0)
    net = hed.Hed(SHAPES).eval()
    for number, parameter in enumerate(net.parameters()):
        parameter.zero_() if number else parameter.fill_(7)
    for number in range(1, 6):
        getattr(net, f"block{number}").projection.bias.fill_(number)
    logits = net(torch.zeros(1, 3, 32, 48))
    assert logits.shape == (1, 1, 32, 48) and torch.allclose(logits, torch.full_like(logits, 3.0))


@torch.no_grad()
def test_the_first_block_sees_levels_less_the_mean_colour_and_the_last_a_sixteenth() -> None:
    net, seen = hed.Hed(SHAPES).eval(), {}
    net.norm.copy_(torch.tensor([10.0, 20.0, 30.0])[None, :, None, None])
    for number in (1, 5):
        getattr(net, f"block{number}").register_forward_pre_hook(lambda _, x, n=number: seen.update({n: x[0]}))
    net(torch.full((1, 3, 32, 48), 200 / 127.5 - 1))
    assert seen[1][0, :, 5, 5].tolist() == pytest.approx([190, 180, 170], abs=1e-3)
    assert seen[5].shape[-2:] == (2, 3)


def test_half_precision_becomes_float32() -> None:
    tensors = {name: tensor.half() for name, tensor in hed.Hed(SHAPES).state_dict().items()}
    net = hed.build_hed(tensors)
    assert {p.dtype for p in net.parameters()} == {torch.float32}
    assert torch.equal(net.state_dict()["block4.convs.1.weight"], tensors["block4.convs.1.weight"].float())


def test_a_file_of_another_network_is_damaged(hub) -> None:
    file = (hub("hed") / "ControlNetHED.pth").resolve()
    tensors = torch.load(file, weights_only=True)
    del tensors["block2.convs.1.bias"]
    torch.save(tensors, file)
    with pytest.raises(ModelUnavailable, match="prefetch hed --again"):
        edges.detect(np.zeros((20, 20, 3), np.uint8), "hed")
