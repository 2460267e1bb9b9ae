"""Zero-shot recognition: pictures and texts as vectors in one space, compared by dot product (Radford et al. 2021)."""

from core.zeroshot.recognition import (
    BARE,
    NONE_OF_THESE,
    SEVEN,
    Found,
    Projection,
    Similarity,
    ZeroShot,
    classify,
    project,
    search,
    similarity,
)

__all__ = [
    "BARE",
    "NONE_OF_THESE",
    "SEVEN",
    "Found",
    "Projection",
    "Similarity",
    "ZeroShot",
    "classify",
    "project",
    "search",
    "similarity",
]
