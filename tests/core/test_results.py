from __future__ import annotations

import time

import pytest

from core.results import Stopwatch, format_seconds


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.000"), (0.0341, "0.034"), (0.0999, "0.100"), (0.1, "0.10"), (1.234, "1.23"), (75, "75.00")],
)
def test_short_times_are_shown_to_the_millisecond(seconds, shown) -> None:
    assert format_seconds(seconds) == shown


def test_a_stopwatch_counts_from_when_it_was_made(monkeypatch) -> None:
    now = [5.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    watch = Stopwatch()
    assert watch.seconds == 0
    now[0] = 7.5
    assert watch.seconds == 2.5
