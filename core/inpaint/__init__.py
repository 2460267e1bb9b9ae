"""Holes and borders of a picture filled: by diffusion of colours, by patches of the same picture, by a network."""

from core.inpaint.filling import CERTAIN, MAX_MARGIN, METHODS, Filled, fill, outpaint

__all__ = ["CERTAIN", "MAX_MARGIN", "METHODS", "Filled", "fill", "outpaint"]
