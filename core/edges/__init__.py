"""Edges: eight classical detectors, two learned ones, and the convolution and gradients beneath them."""

from core.edges.convolution import ConvolutionResult, convolve
from core.edges.detection import (
    GRADIENTS,
    METHODS,
    EdgeMethod,
    Edges,
    Gradient,
    Parameter,
    check_parameters,
    detect,
    gradient_picture,
    image_gradient,
    to_grey,
)

__all__ = [
    "GRADIENTS",
    "METHODS",
    "ConvolutionResult",
    "EdgeMethod",
    "Edges",
    "Gradient",
    "Parameter",
    "check_parameters",
    "convolve",
    "detect",
    "gradient_picture",
    "image_gradient",
    "to_grey",
]
