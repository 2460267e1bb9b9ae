"""Where a call runs. One verb, `run`, and its streaming twin; another engine needs these two and nothing else."""

from core.engine.local import Engine, Local

__all__ = [
    "Engine",
    "Local",
]
