"""Holistically-nested edge detection (Xie and Tu 2015), as it was trained anew for ControlNet (Zhang et al. 2023).

VGG's thirteen convolutions in five blocks, each with an edge map of its own scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from core.edges.network import EdgeNetwork
from core.models.catalog import Row


class HedBlock(nn.Module):
    """Convolutions of one scale, and the projection to its edge map; named as in the published file."""

    def __init__(self, channels: int, width: int, layers: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(width if i else channels, width, 3, padding=1) for i in range(layers))
        self.projection = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, h, w) -> (n, width, h, w)."""
        for conv in self.convs:
            x = conv(x).relu_()
        return x


class Hed(nn.Module):
    """Blocks of convolutions, each at half the resolution of the one before.

    Args:
        shapes: channels in, channels out and number of convolutions of each block.
    """

    def __init__(self, shapes: list[tuple[int, int, int]]) -> None:
        super().__init__()
        self.norm = nn.Parameter(torch.zeros(1, 3, 1, 1))  # the mean colour, 0 to 255
        self.count = len(shapes)
        for i, shape in enumerate(shapes, start=1):
            self.add_module(f"block{i}", HedBlock(*shape))

    def forward(self, pictures: Tensor) -> Tensor:
        """Float RGB (n, 3, h, w) in [-1, 1] -> logits (n, 1, h, w), the mean over the blocks."""
        x = (pictures + 1) * 127.5 - self.norm
        total = x.new_zeros(len(x), 1, *x.shape[-2:])
        for i in range(1, self.count + 1):
            block = self.get_submodule(f"block{i}")
            x = block(x if i == 1 else nn.functional.max_pool2d(x, 2))
            said = block.get_submodule("projection")(x)
            total += nn.functional.interpolate(said, pictures.shape[-2:], mode="bilinear", align_corners=False)
        return total / self.count


def build_hed(tensors: Mapping[str, Tensor]) -> Hed:
    """The network with a file's tensors, in float32; their shapes tell the blocks."""
    shapes: list[tuple[int, int, int]] = []
    while (first := tensors.get(f"block{len(shapes) + 1}.convs.0.weight")) is not None:
        layers = sum(name.startswith(f"block{len(shapes) + 1}.convs.") and name.endswith("weight") for name in tensors)
        shapes.append((first.shape[1], first.shape[0], layers))
    net = Hed(shapes)
    net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return net


def load(row: Row, path: Path, device: str) -> EdgeNetwork:
    """HED as ControlNet's authors trained it: a pickle, of which tensors alone are taken."""
    return EdgeNetwork(build_hed(torch.load(path / row.files[0], map_location="cpu", weights_only=True)), device)
