"""Makes a torchvision whose binary does not fit the installed torch importable.

torchvision registers `nms` from its compiled library. When that library was built for CUDA and torch is a CPU
build, it cannot be opened, and `import torchvision` then stops at "operator torchvision::nms does not exist",
taking timm, transformers and diffusers down with it. Declaring the two schemas first cures the import; the CPU
implementation, and telling torchvision that it is there, makes `nms` itself work, which Segment Anything's
"everything" mode calls.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


_ONE_AT_A_TIME = threading.Lock()


def ensure_torchvision() -> None:
    """Call before anything imports torchvision; does nothing where its binary fits."""
    with _ONE_AT_A_TIME:
        _register_operators()


@functools.lru_cache(maxsize=1)
def _register_operators() -> torch.library.Library | None:
    """What stands in for the binary, kept for ever: a registration lasts as long as its object does."""
    import torch

    if _binary_loads():
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.impl("nms", nms, "CPU")
    # torchvision refuses to call operators of a binary that it could not open
    extension: Any = importlib.import_module("torchvision.extension")
    extension._has_ops = lambda: True
    return library


def nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Greedy non-maximum suppression.

    Args:
        boxes: float (n, 4), x1 y1 x2 y2.
        scores: float (n,).
        iou_threshold: a box that overlaps a better one by more than this goes.

    Returns:
        int64 indices of the boxes kept, best first.
    """
    import torch

    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    order = scores.argsort(descending=True)
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        low = torch.maximum(boxes[best, :2], boxes[rest, :2])
        high = torch.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = (high - low).clamp(min=0).prod(dim=1)
        order = rest[shared / (areas[best] + areas[rest] - shared) <= iou_threshold]
    return torch.stack(kept) if kept else torch.empty(0, dtype=torch.int64)


def _binary_loads() -> bool:
    import torch

    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return True
    try:
        for binary in Path(spec.origin).parent.glob("_C.*"):
            torch.ops.load_library(str(binary))
    except OSError:
        return False
    return True
