"""ControlNets in the diffusers folder format (Zhang et al. 2023)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core import models
from core.models.catalog import Row
from core.models.catalog.specs import ControlSpec
from core.models.memory import precision


def load(row: Row, path: Path, device: str) -> Any:
    """A ControlNet, as precise as the row that it guides."""
    from diffusers import ControlNetModel

    dtype = precision.weights_dtype(models.row("text_to_image", row.parts["base"]), device)
    settings = {"dtype": dtype, "variant": row.spec_as(ControlSpec).variant, "local_files_only": True}
    settings["use_safetensors"] = True
    return ControlNetModel.from_pretrained(path, **settings).eval().to(device)
