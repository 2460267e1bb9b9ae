"""An aid while a U-Net learns: its layers shall know where on the picture they are.

A token of the prior's guess belongs to a place, but a convolution does not know its own: only the picture's rim tells.
So beside the velocity each residual block is asked for the coordinates of every place, by a linear layer that is
thrown away afterwards; what it asks for costs nothing when pictures are drawn.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

OCTAVES = 5  # waves per axis: over the whole picture, half of it, ... down to two neighbours


class CoordinateLoss(nn.Module):
    """The mean squared error of the coordinates that the blocks of `unet` could tell in its last pass."""

    def __init__(self, unet: Any) -> None:
        super().__init__()
        self._seen: list[tuple[nn.Module, Tensor]] = []
        self.heads = nn.ModuleList()
        for name, block in unet.named_modules():
            if name.split(".")[-2:-1] == ["resnets"]:
                self.heads.append(nn.Conv2d(block.out_channels, 4 * OCTAVES, 1))
                block.register_forward_hook(self._keeper(self.heads[-1]))

    def forward(self) -> Tensor:
        """A number; what was seen is forgotten."""
        lost = [(head(seen) - coordinates(seen.shape[-1]).to(seen)).square().mean() for head, seen in self._seen]
        self._seen.clear()
        return torch.stack(lost).mean()

    def _keeper(self, head: nn.Module) -> Any:
        def keep(_block: nn.Module, _given: Any, found: Tensor) -> None:
            self._seen.append((head, found))

        return keep


def coordinates(side: int) -> Tensor:
    """Sines and cosines of the middles of rows and columns, (20, side, side)."""
    angles = (torch.arange(side)[:, None] + 0.5) * (torch.pi / side) * 2 ** torch.arange(OCTAVES)
    waves = torch.cat([angles.sin(), angles.cos()], -1).T  # (10, side)
    rows, columns = waves[:, :, None].expand(-1, side, side), waves[:, None].expand(-1, side, side)
    return torch.cat([rows, columns])
