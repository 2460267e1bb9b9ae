"""Transfer learning: frozen features of a trained network, and a new last layer (DeCAF, Donahue et al. 2014)."""

from core.transfer.heads import (
    FORMAT,
    Head,
    HeadPrediction,
    Heads,
    confusion_matrix,
    limit_shots,
    load_head,
    split_held_out,
    train_head,
    train_heads,
)

__all__ = [
    "FORMAT",
    "Head",
    "HeadPrediction",
    "Heads",
    "confusion_matrix",
    "limit_shots",
    "load_head",
    "split_held_out",
    "train_head",
    "train_heads",
]
