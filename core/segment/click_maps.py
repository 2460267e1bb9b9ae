"""SAM's prompt encoder that also draws clicks and box as maps, as RITM does with clicks (Sofiiuk et al. 2022).

SAM's mask decoder must learn by attention which cells of the embedding a click or a box means, and that takes more
training than a laptop can do. Here the maps, added to the dense embedding, say it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

Points = tuple[Tensor, Tensor] | None
CLICK_SIGMAS = (0.7, 2.5)  # standard deviations of a click's spots, in cells
CHANNELS = 2 * len(CLICK_SIGMAS) + 2


def build_prompt_encoder(width: int, cells: tuple[int, int], pixels: tuple[int, int], mask_channels: int) -> Any:
    """`segment_anything`'s prompt encoder that adds a projection of the click maps to the dense embedding.

    The projection starts at zero, so that an untrained one is SAM's own.

    Args:
        width: channels of the embedding.
        cells: (h, w) of the embedding.
        pixels: (H, W) of the network's input picture.
        mask_channels: of the convolutions that read a mask prompt.
    """
    from segment_anything.modeling import PromptEncoder

    class ClickMapPromptEncoder(PromptEncoder):  # type: ignore[misc]  # the library has no types
        def __init__(self) -> None:
            super().__init__(width, cells, pixels, mask_channels)
            last = nn.Conv2d(64, width, 1)
            nn.init.zeros_(last.weight)
            last.bias = nn.Parameter(torch.zeros(width))
            self.paint = nn.Sequential(nn.Conv2d(CHANNELS, 64, 3, padding=1), nn.GELU(), last)

        def forward(self, points: Points, boxes: Tensor | None, masks: Tensor | None) -> tuple[Tensor, Tensor]:
            sparse, dense = super().forward(points, boxes, masks)
            return sparse, dense + self.paint(render_click_maps(points, boxes, len(dense), cells, pixels))

    return ClickMapPromptEncoder()


def render_click_maps(
    points: Points, boxes: Tensor | None, count: int, cells: tuple[int, int], pixels: tuple[int, int]
) -> Tensor:
    """Gaussian spots on clicks that keep and on those that remove, and the box, sharp and soft.

    Args:
        points: coordinates (n, k, 2) in the network's pixels, and labels (n, k): 1 keeps, 0 removes, -1 is none.
        boxes: (n, 4) or (n, 1, 4).
        count: n.
        cells: (h, w) of the embedding.
        pixels: (H, W) of the network's picture.

    Returns:
        float32 (count, 6, h, w) in [0, 1].
    """
    h, w = cells
    given = points[0] if points is not None else boxes
    device = given.device if given is not None else None
    side = pixels[0] / h
    x, y = (torch.arange(n, device=device) + 0.5 for n in (w, h))
    layers = [torch.zeros(count, h, w, device=device) for _ in range(CHANNELS)]
    if points is not None:
        (px, py), labels = ((points[0] + 0.5) / side).unbind(-1), points[1]
        away = (y[:, None] - py[..., None, None]) ** 2 + (x - px[..., None, None]) ** 2  # (n, k, h, w)
        for number, (label, spread) in enumerate((sign, s) for sign in (1, 0) for s in CLICK_SIGMAS):
            spots = torch.exp(-away / (2 * spread**2)) * (labels == label)[..., None, None]
            layers[number] = spots.amax(dim=1)
    if boxes is not None:
        x1, y1, x2, y2 = (corner[:, None] for corner in (boxes.reshape(-1, 4) / side).unbind(-1))
        rows, columns = _cell_coverage(y, y1, y2), _cell_coverage(x, x1, x2)
        layers[-2] = rows[:, :, None] * columns[:, None]
        layers[-1] = _gaussian_window(y, y1, y2)[:, :, None] * _gaussian_window(x, x1, x2)[:, None]
    return torch.stack(layers, dim=1).float()  # the library's grid of clicks comes as float64


def _cell_coverage(centres: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """The part of each cell, in [0, 1], that lies between start and end."""
    return (torch.minimum(centres + 0.5, end) - torch.maximum(centres - 0.5, start)).clamp(0, 1)


def _gaussian_window(centres: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """A Gaussian that is 1 half-way between start and end, and e^-1 at both."""
    half = ((end - start) / 2).clamp(min=0.5)
    return torch.exp(-(((centres - (start + end) / 2) / half) ** 2))
