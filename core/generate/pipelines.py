"""Pipelines in the diffusers folder format: in the right precision and place, without a word in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.models import weights
from core.models.catalog import Row
from core.models.catalog.specs import DiffusionSpec
from core.models.memory import offload, precision


def load(row: Row, path: Path, device: str) -> Any:
    """Any `AutoPipelineForText2Image`."""
    from diffusers import AutoPipelineForText2Image

    return from_folder(AutoPipelineForText2Image, row, path, device)


def from_folder(kind: Any, row: Row, path: Path, device: str) -> Any:
    """A pipeline of that kind: half precision where that is fast, from the Hub's fp16 files if it has them."""
    from diffusers.utils import logging

    logging.disable_progress_bar()
    settings = {
        "dtype": precision.weights_dtype(row, device),
        "variant": row.spec_as(DiffusionSpec).variant,
        "use_safetensors": True,
    }
    pipeline = kind.from_pretrained(path, **settings, **weights.load_parts(path, **settings), local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    return offload.place_pipeline(pipeline, row, device)
