"""OpenMP's helpers that wait awake or soon sleep, alone and beside a busy program: python -m benchmarks.waiting

A drawing of 20 steps by the pocket model, through the engine, in fresh processes taken in turn; median seconds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

ROUNDS = 3
DRAW = """
import time
from core import generate
from core.engine import Local
engine = Local()
engine.run(generate.text_to_image, "a cat")
start = time.perf_counter()
for _ in range(3):
    engine.run(generate.text_to_image, "a cat")
print((time.perf_counter() - start) / 3)
"""
BUSY = "while True: pass"


def seconds(rounds: str) -> float:
    """Of one drawing in a process whose helpers wait awake for so many rounds; "" for OpenMP's own number."""
    environment = {**os.environ, "GOMP_SPINCOUNT": rounds} if rounds else dict(os.environ)
    done = subprocess.run([sys.executable, "-c", DRAW], env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    """Prints both, without and with another program at work."""
    for beside in (0, 1):
        busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(beside)]
        try:
            times = {rounds: list[float]() for rounds in ("", "1000")}
            for _ in range(ROUNDS):
                for policy, found in times.items():
                    found.append(seconds(policy))
        finally:
            for process in busy:
                process.kill()
        awake, asleep = (statistics.median(found) for found in times.values())
        print(f"beside {beside} busy programs: {awake:.2f} s awake, {asleep:.2f} s asleep, {awake / asleep:.1f} times")


if __name__ == "__main__":
    main()
