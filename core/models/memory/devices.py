"""The device that this machine computes on."""

from __future__ import annotations

import functools
import gc
import sys


@functools.lru_cache(maxsize=1)
def device() -> str:
    """ "cuda", "mps" or "cpu"."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def synchronize_device() -> None:
    """Waits for what a GPU still computes: it takes orders and answers later."""
    if "torch" in sys.modules and device() != "cpu":
        import torch

        (torch.cuda if device() == "cuda" else torch.mps).synchronize()


def empty_cache() -> None:
    """Gives back to the GPU's driver what torch keeps of it for reuse; does nothing on a CPU."""
    if "torch" in sys.modules and device() != "cpu":
        import torch

        gc.collect()
        (torch.cuda if device() == "cuda" else torch.mps).empty_cache()
