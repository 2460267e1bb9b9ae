"""Segmentation by prompt: clicks, boxes or words in, masks out, and what can be made of a mask."""

from core.segment.grounded import from_words
from core.segment.prompted import (
    MAX_MASKS,
    MAX_POINTS,
    Embedded,
    Grid,
    Masks,
    Ranked,
    cutout,
    embed,
    everything,
    from_prompts,
    grid_model,
    rank,
)

__all__ = [
    "MAX_MASKS",
    "MAX_POINTS",
    "Embedded",
    "Grid",
    "Masks",
    "Ranked",
    "cutout",
    "embed",
    "everything",
    "from_prompts",
    "from_words",
    "grid_model",
    "rank",
]
