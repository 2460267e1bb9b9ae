"""What every result carries."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Result:
    """Which catalogue row made it, and how long that took.

    Attributes:
        model: the row's name.
        seconds: wall-clock time of the call, weights already loaded.
        left_out: words of a text that came and that the model did not get, as they were not understood.
        near: words of which only the kind of thing is known, with the English that the model got: "심야버스 → bus".
    """

    model: str
    seconds: float
    left_out: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


def format_seconds(seconds: float) -> str:
    """Seconds as they are shown.

    >>> format_seconds(1.234), format_seconds(0.0341)
    ('1.23', '0.034')
    """
    return f"{seconds:.{2 if seconds >= 0.1 else 3}f}"


class Stopwatch:
    """Seconds since it was made.

    >>> Stopwatch().seconds >= 0
    True
    """

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Wall-clock seconds since it was made."""
        return time.perf_counter() - self._start
