"""Learned edges: the first stages of EfficientNet-Lite0, and a small decoder trained on BSDS500.

In the line of HED (Xie and Tu 2015), which reads every scale of a classifier, and PiDiNet (Su et al. 2021), which does
it with few weights. Only the decoder was trained: see `training/pocket_edges.py`.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core import models
from core.edges.network import EdgeNetwork
from core.models import weights
from core.models.catalog import Row

WIDTH = 32
# channels of the maps that are read: after the stem with stage 0 (stride 2), and stages 1, 2, 3 with 4 (4, 8, 16)
CHANNELS = (48, 24, 40, 192)


class RefineBlock(nn.Module):
    """Two depthwise separable convolutions with a skip connection."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [nn.Conv2d(channels, channels, 3, padding=1, groups=channels), nn.Conv2d(channels, channels, 1)]
            layers += [nn.GroupNorm(4, channels), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> the same shape."""
        summed: Tensor = x + self.layers(x)
        return summed.relu_()


class PocketEdges(nn.Module):
    """Boundary logits of a picture.

    Attributes:
        backbone: the frozen EfficientNet-Lite0, a timm network; its last two stages are not run.
    """

    def __init__(self, backbone: nn.Module, width: int = WIDTH) -> None:
        super().__init__()
        self.backbone: Any = backbone.eval().requires_grad_(False)
        self.lateral = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in CHANNELS)
        self.refine = nn.ModuleList(RefineBlock(width) for _ in CHANNELS)
        self.side = nn.ModuleList(nn.Conv2d(width, 1, 1) for _ in CHANNELS)
        # at half the resolution: lines of people are good to a few pixels, and full resolution costs 20 ms more
        self.pixels = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU(inplace=True))
        self.last = nn.Sequential(
            nn.Conv2d(width + 8, 16, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(16, 1, 3, padding=1)
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Float (n, 3, h, w) in [-1, 1] -> logits (n, 1, h, w)."""
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        return self.predict_logits(pictures, self.fuse_features(pictures)[0])

    def forward_with_sides(self, pictures: Tensor) -> list[Tensor]:
        """The output and a side output of each stride, coarsest last: logits (n, 1, h, w) each, for training."""
        strides = self.fuse_features(pictures)
        sides = [_resize_maps(side(x), pictures.shape[-2:]) for side, x in zip(self.side, strides, strict=True)]
        return [self.predict_logits(pictures, strides[0]), *sides]

    def fuse_features(self, pictures: Tensor) -> list[Tensor]:
        """Features at strides 2, 4, 8 and 16, the coarser ones added to the finer ones (a feature pyramid)."""
        maps = self.backbone_maps(pictures)
        found: list[Tensor] = []
        for lateral, refine, here in zip(self.lateral[::-1], self.refine[::-1], maps[::-1], strict=True):
            x = lateral(here)
            found.insert(0, refine(x + _resize_maps(found[0], x.shape[-2:]) if found else x))
        return found

    def predict_logits(self, pictures: Tensor, fine: Tensor) -> Tensor:
        """Logits (n, 1, h, w) from the features at stride 2 and the pixels; the sides are even."""
        logits = self.last(torch.cat([fine, self.pixels(pictures)], dim=1))
        return _resize_maps(logits, pictures.shape[-2:])

    def backbone_maps(self, pictures: Tensor) -> list[Tensor]:
        """The backbone's maps at strides 2, 4, 8 and 16."""
        stages = self.backbone.blocks
        with torch.no_grad():
            stem = self.backbone.bn1(self.backbone.conv_stem(pictures))
            half = stages[0](stem)
            quarter = stages[1](half)
            eighth = stages[2](quarter)
            sixteenth = stages[3](eighth)
            deeper = stages[4](sixteenth)
        return [torch.cat([stem, half], 1), quarter, eighth, torch.cat([sixteenth, deeper], 1)]


def _resize_maps(x: Tensor, size: Any) -> Tensor:
    return nn.functional.interpolate(x, size, mode="bilinear", align_corners=False)


def load(row: Row, path: Path, device: str) -> EdgeNetwork:
    """The decoder on a copy of the first stages of another row's classifier."""
    with models.borrow("classify", row.parts["backbone"]) as (_, classifier):
        # a copy of its own, so that nobody waits for the other's turn
        net = PocketEdges(copy.deepcopy(classifier.net))
    weights.load_trained(net, path)
    return EdgeNetwork(net, device)
