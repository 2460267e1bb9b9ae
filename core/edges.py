"""Edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from core.images import Grey, to_rgb
from core.results import Result, Stopwatch


@dataclass(frozen=True, kw_only=True)
class Edges(Result):
    """float32 (H, W) in [0, 1]."""

    edges: Grey


def detect(image: object, method: str = "canny", **params: Any) -> Edges:
    """Edges (Canny 1986)."""
    watch = Stopwatch()
    grey = cv2.cvtColor(to_rgb(image), cv2.COLOR_RGB2GRAY)
    found = cv2.Canny(grey, params.get("low", 100), params.get("high", 200))
    return Edges(edges=(found / 255).astype(np.float32), model=method, seconds=watch.seconds)
