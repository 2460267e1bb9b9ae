"""Autoencoders in the diffusers folder format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.models.catalog import Row


def load(row: Row, path: Path, device: str) -> Any:
    """An autoencoder in float32, in which the large ones do not overflow either."""
    import torch
    from diffusers import AutoModel

    return AutoModel.from_pretrained(str(path), dtype=torch.float32, local_files_only=True).eval().to(device)
