"""An autoencoder: a picture becomes a small code, the code becomes a picture again (Hinton and Salakhutdinov 2006)."""

from core.autoencoder.compression import (
    BLUE,
    FORMATS,
    MAX_COUNT,
    MAX_NOISE,
    RED,
    TASK,
    CompressedFile,
    Interpolation,
    Reconstruction,
    RoundTrip,
    interpolate,
    render_code_maps,
    round_trip,
)

__all__ = [
    "BLUE",
    "FORMATS",
    "MAX_COUNT",
    "MAX_NOISE",
    "RED",
    "TASK",
    "CompressedFile",
    "Interpolation",
    "Reconstruction",
    "RoundTrip",
    "interpolate",
    "render_code_maps",
    "round_trip",
]
