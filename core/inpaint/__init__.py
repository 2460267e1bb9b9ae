"""Inpainting and outpainting: by diffusion of colours, by patches of the same picture, or by a network."""

from core.inpaint.filling import DETERMINISTIC_METHODS, MAX_MARGIN, METHODS, FillResult, fill, outpaint

__all__ = ["DETERMINISTIC_METHODS", "MAX_MARGIN", "METHODS", "FillResult", "fill", "outpaint"]
