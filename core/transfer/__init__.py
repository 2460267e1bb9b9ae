"""Transfer learning: frozen features of a trained network, and a new last layer (DeCAF, Donahue et al. 2014)."""

from core.transfer.heads import FORMAT, Head, HeadPrediction, Heads, confusion_matrix, load_head
from core.transfer.training import limit_shots, split_held_out, train_head, train_heads

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
