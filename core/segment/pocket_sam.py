"""A pocket Segment Anything: SAM's own prompt encoder and mask decoder behind an encoder that a laptop runs.

The encoder is EfficientNet-Lite0 as ImageNet trained it, and a small neck that turns four of its maps into SAM's
embedding (Kirillov et al. 2023, section 3). Only neck, prompt encoder and decoder were trained for this: see
`training/pocket_sam.py`.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from core import models
from core.models import weights
from core.models.catalog import Row
from core.models.catalog.specs import SegmentSpec
from core.segment.cached_predictor import CachedPredictor, keep_thin_sides

if TYPE_CHECKING:
    from segment_anything.modeling import Sam

SIZE = 640  # longest side of the picture as the network sees it
STRIDE = 16  # pixels of a side of an embedding's cell
WIDTH = 128  # channels of the embedding
# the stages of `blocks` whose maps are read: strides 4, 8, 16 and 32
STAGES = (1, 2, 4, 6)
CHANNELS = (24, 40, 112, 320)


class LayerNorm2d(nn.Module):
    """Layer norm over the channels of (n, c, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> the same shape."""
        normed: Tensor = self.norm(x.permute(0, 2, 3, 1))
        return normed.permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    """A ConvNeXt block: a 7 x 7 depthwise convolution, then an MLP on each cell (Liu et al. 2022)."""

    def __init__(self, channels: int, expansion: int = 2) -> None:
        super().__init__()
        self.around = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = LayerNorm2d(channels)
        self.grow = nn.Conv2d(channels, expansion * channels, 1)
        self.shrink = nn.Conv2d(expansion * channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> the same shape."""
        changed: Tensor = self.shrink(nn.functional.gelu(self.grow(self.norm(self.around(x)))))
        return x + changed


class SelfAttention(nn.Module):
    """Self-attention between all cells; cheap, because at stride 32 there are few."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> the same shape."""
        cells = self.norm(x.flatten(2).transpose(1, 2))
        found: Tensor = self.attention(cells, cells, cells, need_weights=False)[0]
        return x + found.transpose(1, 2).reshape(x.shape)


class Neck(nn.Module):
    """Fuses four feature maps into SAM's embedding (n, width, h / 16, w / 16); fine ones by pixel unshuffle."""

    def __init__(self, width: int = WIDTH, inner: int = 192, depth: int = 4) -> None:
        super().__init__()
        quarter, eighth, sixteenth, thirtysecond = CHANNELS
        self.fine = nn.Sequential(nn.Conv2d(quarter, 16, 1), nn.PixelUnshuffle(4))
        self.middle = nn.Sequential(nn.Conv2d(eighth, 32, 1), nn.PixelUnshuffle(2))
        self.coarse = nn.Conv2d(sixteenth, inner, 1)
        self.deep = nn.Sequential(
            nn.Conv2d(thirtysecond, inner, 1), ConvNeXtBlock(inner), SelfAttention(inner), ConvNeXtBlock(inner)
        )
        self.mix = nn.Conv2d(16 * 16 + 32 * 4 + 2 * inner, inner, 1)
        self.blocks = nn.Sequential(*(ConvNeXtBlock(inner) for _ in range(depth)))
        last = LayerNorm2d(width)
        self.out = nn.Sequential(LayerNorm2d(inner), nn.Conv2d(inner, width, 1), last)
        nn.init.constant_(
            last.norm.weight, 0.5
        )  # at first, positional encodings outweigh the image embedding in attention

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Maps (n, c, h, w) at strides 4, 8, 16 and 32 -> (n, width, h / 16, w / 16)."""
        quarter, eighth, sixteenth, thirtysecond = maps
        deep = nn.functional.interpolate(self.deep(thirtysecond), scale_factor=2.0, mode="bilinear")
        mixed = torch.cat([self.fine(quarter), self.middle(eighth), self.coarse(sixteenth), deep], dim=1)
        embedding: Tensor = self.out(self.blocks(self.mix(mixed)))
        return embedding


class PocketImageEncoder(nn.Module):
    """The image encoder of a `segment_anything.Sam`.

    Attributes:
        img_size: side of the square input in pixels; SAM pads pictures to it.
        backbone: the frozen EfficientNet-Lite0, a timm network.
        neck: what was trained.
    """

    def __init__(self, backbone: nn.Module, size: int = SIZE, width: int = WIDTH) -> None:
        super().__init__()
        self.img_size = size
        self.backbone: Any = backbone.eval().requires_grad_(False)
        self.neck = Neck(width)

    def forward(self, pictures: Tensor) -> Tensor:
        """Float (n, 3, size, size) in [-1, 1] -> embedding (n, width, size / 16, size / 16)."""
        embedding: Tensor = self.neck(self.feature_maps(pictures.contiguous(memory_format=torch.channels_last)))
        return embedding.contiguous()

    def feature_maps(self, pictures: Tensor) -> list[Tensor]:
        """The backbone's maps at strides 4, 8, 16 and 32."""
        found = []
        with torch.no_grad():
            x = self.backbone.bn1(self.backbone.conv_stem(pictures))
            for number, stage in enumerate(self.backbone.blocks):
                x = stage(x)
                if number in STAGES:
                    found.append(x)
        return found


def build_pocket_sam(backbone: nn.Module, size: int = SIZE, width: int = WIDTH) -> Sam:
    """An untrained pocket SAM on a trained backbone; `torchvision` must be importable."""
    from segment_anything.modeling import MaskDecoder, Sam, TwoWayTransformer

    from core.segment import click_maps

    side = size // STRIDE
    sam = Sam(
        image_encoder=PocketImageEncoder(backbone, size, width),
        prompt_encoder=click_maps.build_prompt_encoder(width, (side, side), (size, size), 16),
        mask_decoder=MaskDecoder(
            transformer_dim=width,
            transformer=TwoWayTransformer(depth=2, embedding_dim=width, num_heads=8, mlp_dim=1024),
        ),
        pixel_mean=[127.5] * 3,
        pixel_std=[127.5] * 3,
    )
    _init_local_attention(sam)
    return sam


def _init_local_attention(sam: Sam) -> None:
    """Initialises attention so that, before any training, a point's token attends to the cells near it.

    Positions are encoded at wave lengths from an eighth of the picture to twice its side; query and key projections of
    the attention between tokens and image start equal, so that a token attends to cells with a similar position.
    """
    waves = sam.prompt_encoder.pe_layer.positional_encoding_gaussian_matrix
    waves.copy_(torch.randn(waves.shape) * torch.logspace(-0.6, 0.6, waves.shape[1]))
    transformer = sam.mask_decoder.transformer
    for layer in transformer.layers:
        for attention in (layer.cross_attn_token_to_image, layer.cross_attn_image_to_token):
            _copy_query_to_key(attention)
    _copy_query_to_key(transformer.final_attn_token_to_image)


def _copy_query_to_key(attention: Any) -> None:
    nn.init.orthogonal_(attention.q_proj.weight, gain=1.6)
    attention.k_proj.weight.data.copy_(attention.q_proj.weight.data)


def load(row: Row, path: Path, device: str) -> CachedPredictor:
    """A `segment_anything.Sam` whose encoder is the classifier of another row with a small neck."""
    from segment_anything import SamPredictor

    with models.borrow("classify", row.parts["backbone"]) as (_, classifier):
        # a copy, so that the two models can work at the same time
        backbone = copy.deepcopy(classifier.net)
    sam = build_pocket_sam(backbone, row.spec_as(SegmentSpec).size)
    weights.load_trained(sam, path)
    return CachedPredictor(keep_thin_sides(SamPredictor(sam.to(device).eval())))
