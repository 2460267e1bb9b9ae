"""An image classifier of timm: pictures in, ImageNet logits or pooled features out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.checks import plain_text, short_repr
from core.classify.fuse_batchnorm import fuse_batch_norms
from core.classify.names import collect_names, find_classes
from core.errors import InputError
from core.images import RGB
from core.models.catalog import Row
from core.models.memory import out_of_memory, precision
from core.probabilities import softmax

if TYPE_CHECKING:
    from torch import Tensor

Floats = npt.NDArray[np.float32]
BATCH = 32
# every timm network of the catalogue halves its input five times
STRIDE = 32
# the only names that two of the 1000 classes share
SAME_NAME = {
    "n02012849": "crane (bird)",
    "n03126707": "crane (machine)",
    "n03710637": "maillot (tights)",
    "n03710721": "maillot (swimsuit)",
}


class Classifier:
    """A timm network with its preprocessing and the names of its 1000 classes.

    Its methods compute in half precision on devices where that is faster. `net` itself holds float32 weights: whoever
    runs it directly, to look inside or to follow gradients, gets float32.

    Attributes:
        net: the `torch.nn.Module`, in eval mode, its weights frozen.
        size: side of the square input, in pixels.
        labels: one distinct readable name per class, such as "tabby".
        wnids: one WordNet id per class, such as "n02123045".
        glosses: one definition per class.
        names: of each class its label, what else it is called in English, and its Korean names.
    """

    def __init__(self, net: Any, device: str) -> None:
        import torch
        from timm.data import resolve_data_config

        net = net.eval().requires_grad_(False)
        for stage in net.children():
            # the first and the last convolution stay as they were trained, for their filters and maps are shown
            fuse_batch_norms(stage)
        # channels last: two thirds of the time on a CPU
        self.net = net.to(device=device, memory_format=torch.channels_last)
        self.device = device
        settings = resolve_data_config({}, model=net)
        self.size = int(settings["input_size"][-1])
        self._short_side = int(self.size / settings["crop_pct"])
        self._resampling = Image.Resampling[settings["interpolation"].upper()]
        self._mean = np.asarray(settings["mean"], np.float32)
        self._std = np.asarray(settings["std"], np.float32)
        self.wnids, self.labels, self.glosses, synonyms = _imagenet_names()
        self.names = [collect_names(*each) for each in zip(self.labels, synonyms, strict=True)]

    def prepare(self, images: Sequence[RGB]) -> Tensor:
        """The usual centre crops as float32 (n, 3, size, size), normalised, on the network's device.

        Args:
            images: HWC uint8 RGB, of any sizes.
        """
        return self.normalise(np.stack([self.centre_crop(image)[0] for image in images]))

    def prepare_whole(self, image: RGB) -> Tensor:
        """The whole picture as float32 (1, 3, h, w): at the scale of the centre crop, but with nothing cut off.

        The sides are rounded to whole cells of the last feature map, so that a map over the cells is a map over the
        picture; a side longer than 2.5 times the short one is squashed to that.
        """
        cells = self._short_side / STRIDE
        short = min(image.shape[:2])
        h, w = (STRIDE * round(cells * min(side / short, 2.5)) for side in image.shape[:2])
        resized = np.asarray(Image.fromarray(image).resize((w, h), self._resampling))
        return self.normalise(resized[None])

    def centre_crop(self, image: RGB, margin: int = 0) -> tuple[RGB, tuple[int, int]]:
        """The centre crop of the resized picture, as timm's evaluation transform makes it.

        Args:
            image: HWC uint8 RGB.
            margin: up to so many pixels more on each side, where the picture has them.

        Returns:
            uint8 (h, w, 3) with h, w >= size, and the (x, y) of the crop's corner inside it.
        """
        h, w = image.shape[:2]
        scale = min(h, w) / self._short_side
        spans = []
        for side in (w, h):
            resized = self._short_side if side == min(h, w) else int(side / scale)
            start = round((resized - self.size) / 2)
            low, high = max(0, start - margin), min(resized, start + self.size + margin)
            spans.append((start - low, high - low, low * side / resized, high * side / resized))
        (x, width, left, right), (y, height, top, bottom) = spans
        # resizing only the box gives the same pixels as resizing the picture and cutting the box out
        picture = Image.fromarray(image).resize((width, height), self._resampling, box=(left, top, right, bottom))
        return np.asarray(picture), (x, y)

    def normalise(self, squares: RGB) -> Tensor:
        """Pictures of the right size, uint8 (n, h, w, 3), as float32 (n, 3, h, w) on the network's device."""
        import torch

        values = (squares.astype(np.float32) / 255 - self._mean) / self._std
        return torch.from_numpy(values).permute(0, 3, 1, 2).to(self.device)  # a view: channels stay last in memory

    def logits(self, images: Sequence[RGB]) -> Floats:
        """Logits float32 (n, 1000) of the centre crops of HWC uint8 RGB pictures."""
        return self._run_head(self.net, self.prepare, images)

    def cell_logits(self, image: RGB, longest: int) -> Floats:
        """Logits of every class for each cell of the last feature map, float32 (h, w, 1000).

        The last layer is applied to each cell instead of to their mean: the class activation maps of all classes at
        once (CAM, Zhou et al. 2016), for a network whose head is average pooling and one linear layer.

        Args:
            image: HWC uint8 RGB.
            longest: its longest side is resized to about this, the sides to whole cells.
        """
        import torch

        cells = longest / max(image.shape[:2]) / STRIDE
        h, w = (STRIDE * max(2, round(cells * side)) for side in image.shape[:2])
        resized = np.asarray(Image.fromarray(image).resize((w, h), self._resampling))

        def compute_logits() -> Floats:
            with torch.inference_mode():
                maps = precision.wrap_half_precision(self.net.forward_features, self.device)(
                    self.normalise(resized[None])
                )
                found: Floats = self.net.get_classifier()(maps[0].permute(1, 2, 0)).cpu().numpy()
            return found

        return out_of_memory.retry_smaller(compute_logits)

    def features(self, images: Sequence[RGB], *, scale: float = 1.0) -> Floats:
        """The input of the last layer: pooled features float32 (n, d) of HWC uint8 RGB pictures.

        Args:
            images: HWC uint8 RGB, of any sizes.
            scale: of the network's input; above 1 the same crop has more pixels (Touvron et al. 2019).
        """
        pooled = lambda x: self.net.forward_head(self.net.forward_features(x), pre_logits=True)  # noqa: E731
        if scale == 1:
            return self._run_head(pooled, self.prepare, images)
        side = round(self.size * scale)
        prepare = lambda batch: self.normalise(np.stack([self._square_crop(image, side) for image in batch]))  # noqa: E731
        return self._run_head(pooled, prepare, images)

    def _square_crop(self, image: RGB, side: int) -> RGB:
        """The centre crop with `side` pixels instead of `size`."""
        h, w = image.shape[:2]
        half = min(h, w) * self.size / self._short_side / 2
        box = (w / 2 - half, h / 2 - half, w / 2 + half, h / 2 + half)
        return np.asarray(Image.fromarray(image).resize((side, side), self._resampling, box=box))

    def probabilities(self, crops: RGB) -> Floats:
        """Softmax of the logits, float32 (n, 1000), of crops uint8 (n, size, size, 3); they are not resized again."""
        return softmax(self._run_head(self.net, self.normalise, crops))

    def class_index(self, target: int | str, shares: Floats | None = None) -> int:
        """The number of a class.

        Args:
            target: its number, its WordNet id, or a name of it in English or Korean or a part of one; case does not
                matter.
            shares: (1000,), how likely each class is in the picture: of several that the text fits, "고양이", the
                likeliest is meant; None takes the first.

        Raises:
            InputError: there is no such class.
        """
        if isinstance(target, (int, np.integer)) and not isinstance(target, bool) and 0 <= target < len(self.labels):
            return int(target)
        if isinstance(target, str):
            wanted = plain_text("target", target)
            if wanted.casefold() in self.wnids:
                return self.wnids.index(wanted.casefold())
            found = find_classes(wanted, self.names)
            if found:
                return found[0] if shares is None else max(found, key=lambda i: float(shares[i]))
        raise InputError("cnn.no_class", got=short_repr(target), count=len(self.labels), last=len(self.labels) - 1)

    @functools.cached_property
    def layers(self) -> dict[str, tuple[int, int, int]]:
        """Every layer whose output is a map, first to last, and that output's (channels, h, w) for a centre crop."""
        import torch

        shapes: dict[str, tuple[int, int, int]] = {}
        hooks = [module.register_forward_hook(_shape_hook(shapes, name)) for name, module in self._named_stages()]
        try:
            with torch.inference_mode():
                self.net(torch.zeros(1, 3, self.size, self.size, device=self.device))
        finally:
            for hook in hooks:
                hook.remove()
        return shapes

    def get_layer(self, name: str) -> Any:
        """The module of a name in `layers`."""
        return self.net.get_submodule(name)

    def _named_stages(self) -> list[tuple[str, Any]]:
        """Top-level modules by name, with the children of timm's `blocks` and `stages` instead of those two."""
        found = []
        for name, module in self.net.named_children():
            if name in ("blocks", "stages"):
                found += [(f"{name}.{i}", block) for i, block in module.named_children()]
            elif type(module).__name__ != "Identity":
                found.append((name, module))
        return found

    def _run_head(
        self, head: Callable[[Tensor], Tensor], prepare: Callable[[Any], Tensor], pictures: Sequence[RGB] | RGB
    ) -> Floats:
        """The head's output for each picture, float32 (n, d), in batches; one by one where memory runs out."""
        head = precision.wrap_half_precision(head, self.device)
        return out_of_memory.retry_smaller(
            *(functools.partial(_run_in_batches, head, prepare, pictures, size) for size in (BATCH, 1))
        )


def _imagenet_names() -> tuple[list[str], list[str], list[str], list[list[str]]]:
    """WordNet id, readable name, definition and all English names of each of the 1000 classes."""
    from timm.data import ImageNetInfo

    info = ImageNetInfo()
    wnids: list[str] = info.label_names()
    described = [info.index_to_description(i, detailed=True) for i in range(len(wnids))]
    lemmas, glosses = zip(*(d.split(": ", 1) for d in described), strict=True)
    synonyms = [names.split(", ") for names in lemmas]
    labels = [SAME_NAME.get(wnid, names[0]) for wnid, names in zip(wnids, synonyms, strict=True)]
    return wnids, labels, list(glosses), synonyms


def _run_in_batches(
    head: Callable[[Tensor], Tensor], prepare: Callable[[Any], Tensor], pictures: Sequence[RGB] | RGB, size: int
) -> Floats:
    """The head's output, float32 (n, d), `size` pictures at a time."""
    import torch

    batches = (pictures[start : start + size] for start in range(0, len(pictures), size))
    with torch.inference_mode():
        found: Floats = torch.cat([head(prepare(batch)).cpu() for batch in batches]).numpy()
    return found


def _shape_hook(shapes: dict[str, tuple[int, int, int]], name: str) -> Callable[..., None]:
    """A forward hook that notes the (channels, h, w) of an output that is a map of more than one cell."""

    def record_shape(module: Any, inputs: Any, output: Any) -> None:
        if output.ndim == 4 and min(output.shape[2:]) > 1:
            shapes[name] = tuple(output.shape[1:])

    return record_shape


def load(row: Row, path: Path, device: str) -> Classifier:
    """A timm model of a Hub repository."""
    import timm

    return Classifier(timm.create_model(f"local-dir:{path}", pretrained=True), device)
