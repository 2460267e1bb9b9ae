"""Segment Anything from its authors' checkpoints (Kirillov et al. 2023)."""

from __future__ import annotations

from pathlib import Path

from core.models.catalog import Row
from core.models.catalog.specs import SegmentSpec
from core.models.memory import precision
from core.segment.cached_predictor import CachedPredictor, keep_thin_sides


def load(row: Row, path: Path, device: str) -> CachedPredictor:
    """The predictor of a checkpoint, its encoder in half precision on a GPU."""
    import torch
    from segment_anything import SamPredictor, sam_model_registry

    sam = sam_model_registry[row.spec_as(SegmentSpec).architecture]()
    sam.load_state_dict(torch.load(path / row.files[0], map_location="cpu", weights_only=True))
    # clicks are answered in no time: what takes long is the picture
    precision.use_half_precision(sam.image_encoder, device)
    return CachedPredictor(keep_thin_sides(SamPredictor(sam.to(device).eval())))
