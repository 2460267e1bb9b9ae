"""An autoencoder: a picture becomes a small code, the code becomes a picture again (Hinton and Salakhutdinov 2006)."""

from core.autoencoder.compression import (
    BLUE,
    FORMATS,
    MAX_COUNT,
    MAX_NOISE,
    RED,
    TASK,
    Between,
    Copy,
    File,
    RoundTrip,
    code_picture,
    interpolate,
    round_trip,
)

__all__ = [
    "BLUE",
    "FORMATS",
    "MAX_COUNT",
    "MAX_NOISE",
    "RED",
    "TASK",
    "Between",
    "Copy",
    "File",
    "RoundTrip",
    "code_picture",
    "interpolate",
    "round_trip",
]
