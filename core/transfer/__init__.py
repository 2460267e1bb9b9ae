"""Transfer learning: frozen features of a trained network, and a new last layer (DeCAF, Donahue et al. 2014)."""

from core.transfer.heads import FORMAT, Guess, Head, Heads, confusion, few, load_head, split, train_head, train_heads

__all__ = [
    "FORMAT",
    "Guess",
    "Head",
    "Heads",
    "confusion",
    "few",
    "load_head",
    "split",
    "train_head",
    "train_heads",
]
