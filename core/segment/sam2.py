"""Segment Anything 2.1 on single pictures (Ravi et al. 2024), with the methods of `segment_anything.SamPredictor`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.images import RGB, Mask
from core.models import weights
from core.models.catalog import Row
from core.models.memory import precision
from core.segment.cached_predictor import CachedPredictor

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int_]


@dataclass(frozen=True)
class FeaturePyramid:
    """The embedding of a picture: feature maps (1, channels, h, w), fine to coarse."""

    maps: tuple[Tensor, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of all maps."""
        return sum(each.nbytes for each in self.maps)


@dataclass(frozen=True)
class SquareResize:
    """How the network sees a picture: resized to a square of `side` pixels, whatever its proportions."""

    side: int

    def apply_coords(self, coordinates: npt.NDArray[Any], original_size: tuple[int, ...]) -> Floats:
        """Points (..., 2), (x, y) in pixels of a picture (H, W), as pixels of the square."""
        h, w = original_size
        return np.asarray(coordinates * (np.array([self.side / w, self.side / h])), np.float32)


class Sam2Predictor:
    """SAM 2.1 behind the methods of `segment_anything.SamPredictor`: set one picture, then ask about it.

    Args:
        net: a `transformers.Sam2Model`.
        processor: its image processor.
    """

    def __init__(self, net: Any, processor: Any) -> None:
        self.net, self._processor = net.eval(), processor
        self.transform = SquareResize(net.prompt_encoder.input_image_size)
        self.model = SimpleNamespace(mask_threshold=0.0)
        self.reset_image()

    @property
    def device(self) -> torch.device:
        """The device of the network."""
        found: torch.device = self.net.device
        return found

    def reset_image(self) -> None:
        """Drops the picture's embedding."""
        self.is_image_set = False
        self.features: FeaturePyramid | None = None
        self.original_size: tuple[int, ...] | None = None
        self.input_size: tuple[int, ...] | None = None

    def set_image(self, image: RGB) -> None:
        """Embeds HWC uint8 RGB."""
        # torch wants an array that could be written to
        pixels = self._processor(images=image.copy(), input_data_format="channels_last", return_tensors="pt")
        pixels = pixels["pixel_values"]
        with torch.inference_mode():
            maps = self.net.get_image_embeddings(pixels.to(self.device, self.net.dtype))
        self.features, self.is_image_set = FeaturePyramid(tuple(maps)), True
        self.original_size, self.input_size = image.shape[:2], tuple(pixels.shape[-2:])

    def predict(
        self,
        point_coords: Floats | None = None,
        point_labels: Ints | None = None,
        box: Floats | None = None,
        mask_input: Floats | None = None,
        multimask_output: bool = True,
    ) -> tuple[Mask, Floats, Floats]:
        """As `protocols.SegmentPredictor.predict`."""
        assert self.original_size is not None, "no picture is set"
        given: dict[str, Any] = dict.fromkeys(("point_coords", "point_labels", "boxes", "mask_input"))
        if point_coords is not None:
            given["point_coords"] = self._to_tensor(self.transform.apply_coords(point_coords, self.original_size))[None]
            given["point_labels"] = torch.as_tensor(point_labels, device=self.device)[None]
        if box is not None:
            corners = self.transform.apply_coords(box.reshape(2, 2), self.original_size)
            given["boxes"] = self._to_tensor(corners).reshape(1, 4)
        if mask_input is not None:
            given["mask_input"] = self._to_tensor(mask_input)[None]
        masks, scores, logits = self.predict_torch(**given, multimask_output=multimask_output)
        return masks[0].cpu().numpy(), scores[0].float().cpu().numpy(), logits[0].float().cpu().numpy()

    def predict_torch(
        self,
        point_coords: Tensor | None,
        point_labels: Tensor | None,
        boxes: Tensor | None = None,
        mask_input: Tensor | None = None,
        multimask_output: bool = True,
        return_logits: bool = False,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Several prompts at once, in pixels of the network's square.

        Args:
            point_coords: (b, n, 2), (x, y).
            point_labels: (b, n), 1 or 0.
            boxes: (b, 4), x1 y1 x2 y2.
            mask_input: logits (1, 1, low, low) of an answer to one prompt.
            multimask_output: three masks for each prompt, or one.
            return_logits: masks as float logits instead of bool.

        Returns:
            Masks (b, m, H, W), predicted IoU (b, m), logits (b, m, low, low).
        """
        assert self.features is not None, "no picture is set"
        with torch.inference_mode():
            found = self.net(
                image_embeddings=list(self.features.maps),
                input_points=None if point_coords is None else point_coords[None].to(self.net.dtype),
                input_labels=None if point_labels is None else point_labels[None],
                input_boxes=None if boxes is None else boxes[None].to(self.net.dtype),
                input_masks=None if mask_input is None else mask_input.to(self.net.dtype),
                multimask_output=multimask_output,
            )
            low = found.pred_masks[0]
            # straight to the picture's own size, which also undoes the change of proportions
            masks = torch.nn.functional.interpolate(
                low.float(), self.original_size, mode="bilinear", align_corners=False
            )
        return masks if return_logits else masks > self.model.mask_threshold, found.iou_scores[0], low

    def _to_tensor(self, values: Floats) -> Tensor:
        return torch.as_tensor(values, dtype=torch.float32, device=self.device)


def load(row: Row, path: Path, device: str) -> CachedPredictor:
    """Segment Anything 2.1 from a Hub repository, without its parts for videos."""
    from transformers import AutoModelForMaskGeneration, Sam2ImageProcessor

    net = weights.load_pretrained(AutoModelForMaskGeneration, path, dtype=torch.float32).to(device)
    precision.use_half_precision(net.vision_encoder, device)
    return CachedPredictor(Sam2Predictor(net, Sam2ImageProcessor.from_pretrained(path, local_files_only=True)))
