"""Segmentation by prompt: clicks, boxes or words in, masks out, and what can be made of a mask."""

from core.segment.grounded import from_words
from core.segment.matting import Matte, paint_alpha, remove_background, replace_background
from core.segment.prompt_checks import MAX_POINTS
from core.segment.prompted import (
    MAX_MASKS,
    EmbedResult,
    GridProgress,
    MaskRanking,
    Masks,
    cutout,
    embed,
    everything,
    from_prompts,
    rank,
    resolve_grid_model,
)

__all__ = [
    "MAX_MASKS",
    "MAX_POINTS",
    "EmbedResult",
    "GridProgress",
    "MaskRanking",
    "Masks",
    "Matte",
    "cutout",
    "embed",
    "everything",
    "from_prompts",
    "from_words",
    "paint_alpha",
    "rank",
    "remove_background",
    "replace_background",
    "resolve_grid_model",
]
