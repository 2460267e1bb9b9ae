"""Edges: eight classical detectors, two learned ones, and the convolution and gradients beneath them."""

from core.edges.convolution import Convolved, convolve
from core.edges.detection import (
    GRADIENTS,
    METHODS,
    Edges,
    Gradient,
    Method,
    Parameter,
    check,
    colours,
    detect,
    gradient,
    to_grey,
)

__all__ = [
    "GRADIENTS",
    "METHODS",
    "Convolved",
    "Edges",
    "Gradient",
    "Method",
    "Parameter",
    "check",
    "colours",
    "convolve",
    "detect",
    "gradient",
    "to_grey",
]
