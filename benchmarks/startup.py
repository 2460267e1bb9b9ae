"""Process start to the first HTTP 200, against a hello-world Gradio app, in turn, in one run.

python -m benchmarks.startup [--runs 7]
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
HELLO = """
import os, sys
os.environ["GRADIO_ANALYTICS_ENABLED"], os.environ["HF_HUB_DISABLE_TELEMETRY"] = "False", "1"
import gradio as gr
gr.Interface(lambda name: "Hello " + name, "text", "text").launch(server_port=int(sys.argv[2]), quiet=True)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def seconds_to_first_answer(command: list[str]) -> float:
    """Wall-clock seconds from process start to the first HTTP 200 of `/`."""
    port = free_port()
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - start
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"{command[0]} ended with exit status {process.returncode} before it answered")
    finally:
        process.kill()
        process.wait()


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--runs", type=int, default=7)
    runs = flags.parse_args().runs
    commands = {"hello world": ["-c", HELLO], "playground": ["app.py"]}
    for command in commands.values():
        seconds_to_first_answer(command)  # warm the file cache
    times = {name: [0.0] * runs for name in commands}
    for i in range(runs):
        for name, command in commands.items():
            times[name][i] = seconds_to_first_answer(command)
    for name, values in times.items():
        print(f"{name:12} median {statistics.median(values):.2f} s  ({min(values):.2f} to {max(values):.2f})")
    ratios = [ours / hello for ours, hello in zip(times["playground"], times["hello world"], strict=True)]
    print(f"ratio        median {statistics.median(ratios):.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
