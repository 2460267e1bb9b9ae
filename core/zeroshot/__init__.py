"""Zero-shot recognition: pictures and texts as vectors in one space, compared by dot product (Radford et al. 2021)."""

from core.zeroshot.projection import Projection, project
from core.zeroshot.recognition import (
    BARE_TEMPLATE,
    NONE_OF_THESE,
    SEVEN_TEMPLATES,
    SearchResult,
    Similarity,
    ZeroShotPrediction,
    classify,
    search,
    similarity,
)

__all__ = [
    "BARE_TEMPLATE",
    "NONE_OF_THESE",
    "SEVEN_TEMPLATES",
    "Projection",
    "SearchResult",
    "Similarity",
    "ZeroShotPrediction",
    "classify",
    "project",
    "search",
    "similarity",
]
