"""Inside the network: its first filters beside Sobel's, and the feature maps of every layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from core import images, models
from core.checks import choice, integer
from core.errors import InputError
from core.images import RGB, Grey
from core.models.memory import out_of_memory
from core.results import Result, Stopwatch

if TYPE_CHECKING:
    from torch import Tensor

Kernels = npt.NDArray[np.float32]
SCALES = ("each", "layer")
GAP = 4


@dataclass(frozen=True, kw_only=True)
class FirstFilters(Result):
    """The filters of the first convolution.

    Attributes:
        filters: float32 (n, 3, k, k), RGB.
        sobel: float32 (2, 3, k, k): Sobel x and y of the same size, the same in all three colours, unit length.
        similarity: float32 (n, 2), cosine of each filter with Sobel x and y over all 3 k k numbers; the sign only
            says which side of the edge is bright.
    """

    filters: Kernels
    sobel: Kernels
    similarity: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        assert self.filters.ndim == 4 and self.similarity.shape == (len(self.filters), 2)

    @property
    def closest_to_sobel(self) -> tuple[int, int]:
        """Numbers of the filters most like Sobel x and Sobel y, whatever their sign."""
        x, y = np.abs(self.similarity).argmax(axis=0)
        return int(x), int(y)

    def make_grid(self, *, columns: int = 8, side: int = 48) -> RGB:
        """All filters as one picture of RGB squares, each from its lowest weight (black) to its highest (white)."""
        return images.tile_images([filter_picture(kernel, side=side) for kernel in self.filters], columns, gap=GAP)


@dataclass(frozen=True, kw_only=True)
class FeatureMaps(Result):
    """The output of a layer for a picture.

    Attributes:
        maps: float32 (n, h, w), the channels with the largest mean absolute value first.
        channels: int64 (n,), their numbers within the layer.
        total: how many channels the layer has.
        layer: its name.
    """

    maps: npt.NDArray[np.float32]
    channels: npt.NDArray[np.int64]
    total: int
    layer: str

    def __post_init__(self) -> None:
        assert self.maps.ndim == 3 and len(self.maps) == len(self.channels) <= self.total

    def make_grid(self, *, columns: int = 8, scale: str = "each", side: int = 120) -> RGB:
        """All maps as one picture, dark blue (lowest) to yellow (highest), row by row.

        Args:
            columns: maps per row.
            scale: "each" uses the whole range of colours for every map, "layer" one range for all maps together.
            side: least length, in pixels, of each map's longer side; every cell of the map becomes a square.
        """
        choice("scale", scale, SCALES)
        axes = (1, 2) if scale == "each" else (0, 1, 2)
        low, high = self.maps.min(axis=axes, keepdims=True), self.maps.max(axis=axes, keepdims=True)
        shares = (self.maps - low) / np.maximum(high - low, 1e-12)
        zoom = _zoom_factor(side, *self.maps.shape[1:])
        return images.tile_images(
            [images.enlarge_pixels(images.false_colour(share), zoom) for share in shares], columns, gap=GAP
        )

    def rank_at(self, x: int, y: int, *, columns: int = 8, side: int = 120) -> int:
        """The rank, 1 for the strongest, of the map nearest to the pixel (x, y) of `make_grid`'s picture."""
        h, w = self.maps.shape[1:]
        zoom = _zoom_factor(side, h, w)
        row, column = int(y) // (h * zoom + GAP), int(x) // (w * zoom + GAP)
        rank: int = min(row * columns + min(column, columns - 1) + 1, len(self.maps))
        return rank

    def place_of(self, rank: int, *, columns: int = 8, side: int = 120) -> tuple[tuple[int, int], tuple[int, int]]:
        """The map of that rank in `make_grid`'s picture: (x, y) of its upper left corner, and (width, height)."""
        h, w = self.maps.shape[1:]
        zoom = _zoom_factor(side, h, w)
        row, column = divmod(rank - 1, columns)
        return (column * (w * zoom + GAP), row * (h * zoom + GAP)), (w * zoom, h * zoom)


def first_filters(model: str | None = None) -> FirstFilters:
    """The filters of the network's first convolution, and how much each is like Sobel's.

    Raises:
        InputError: there is no such model.
        ModelUnavailable: its weights are not on this machine.
    """
    with models.borrow("classify", model) as (row, net):
        watch = Stopwatch()
        filters = np.asarray(_first_convolution(net.net).weight.detach().cpu().numpy(), np.float32)
        sobel = sobel_filters(filters.shape[-1])
        flat = filters.reshape(len(filters), -1)
        similarity = flat @ sobel.reshape(2, -1).T / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
        return FirstFilters(
            filters=filters,
            sobel=sobel,
            similarity=similarity.astype(np.float32),
            model=row.name,
            seconds=watch.seconds,
        )


def sobel_filters(size: int) -> Kernels:
    """Sobel x and y for colour pictures, float32 (2, 3, size, size), of unit length; size is 2 or more."""
    # a binomial across and its slope along, as OpenCV makes them; that one takes odd sizes, and ConvNeXt's is 4
    slope, smooth = np.array([-1.0, 1.0]), np.ones(2)
    for _ in range(size - 2):
        slope, smooth = np.convolve(slope, [1, 1]), np.convolve(smooth, [1, 1])
    x = np.outer(smooth, slope)
    pair = np.stack([x, x.T])[:, None].repeat(3, axis=1).astype(np.float32)
    unit: Kernels = pair / np.linalg.norm(pair[0])
    return unit


def filter_picture(kernel: Kernels, *, side: int) -> RGB:
    """A filter float32 (3, k, k) as a picture of squares, lowest weight black, highest white, at least `side` wide."""
    shares = (kernel - kernel.min()) / max(float(kernel.max() - kernel.min()), 1e-12)
    levels = (shares.transpose(1, 2, 0) * 255).round().astype(np.uint8)
    return images.enlarge_pixels(levels, _zoom_factor(side, *levels.shape[:2]))


def filter_response(image: object, kernel: Kernels) -> Grey:
    """The response of one colour filter at every pixel: sum over window and colours, float32 (H, W).

    Args:
        image: what `core.images.to_rgb` accepts; its values count as 0 to 1.
        kernel: float32 (3, k, k).

    Raises:
        InputError: the picture or the kernel cannot be used.
    """
    picture = images.to_rgb(image)
    if kernel.ndim != 3 or kernel.shape[0] != 3 or not np.isfinite(kernel).all():
        raise InputError("cnn.kernel_shape", got=str(kernel.shape))
    planes = [
        cv2.filter2D(picture[..., c].astype(np.float32) / 255, cv2.CV_32F, kernel[c], borderType=cv2.BORDER_REFLECT_101)
        for c in range(3)
    ]
    total: Grey = np.sum(planes, axis=0, dtype=np.float32)
    return total


def feature_maps(image: object, layer: str, *, count: int = 32, model: str | None = None) -> FeatureMaps:
    """The output of a layer for the whole picture, strongest channels first.

    Args:
        image: what `core.images.to_rgb` accepts.
        layer: one of `core.classify.list_layers(model).names`.
        count: how many channels at most, 1 to 256.
        model: a "classify" row of the catalogue; None takes this machine's default.

    Raises:
        InputError: the picture cannot be used, there is no such layer, or `count` is out of range.
        ModelUnavailable: the model's weights are not on this machine.
    """
    picture, most = images.to_rgb(image), integer("count", count, 1, 256)
    with models.borrow("classify", model) as (row, net):
        watch = Stopwatch()
        at = choice("layer", layer, net.layers)
        maps = out_of_memory.retry_smaller(lambda: _layer_output(net, at, net.prepare_whole(picture)))
        strongest = np.argsort(-np.abs(maps).mean(axis=(1, 2)), kind="stable")[:most]
        return FeatureMaps(
            maps=maps[strongest],
            channels=strongest,
            total=len(maps),
            layer=layer,
            model=row.name,
            seconds=watch.seconds,
        )


def _layer_output(net: Any, layer: str, tensor: Tensor) -> npt.NDArray[np.float32]:
    """The layer's output float32 (channels, h, w) for a prepared picture (1, 3, H, W)."""
    import torch

    kept = []
    hook = net.get_layer(layer).register_forward_hook(lambda _, __, output: kept.append(output))
    try:
        with torch.inference_mode():
            net.net(tensor)
    finally:
        hook.remove()
    found: npt.NDArray[np.float32] = kept[0][0].float().cpu().numpy()
    return found


def _zoom_factor(side: int, h: int, w: int) -> int:
    """The least whole factor that makes the longer of both sides at least `side`."""
    return -(-side // max(h, w))


def _first_convolution(net: Any) -> Any:
    import torch

    return next(module for module in net.modules() if isinstance(module, torch.nn.Conv2d))
