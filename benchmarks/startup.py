"""Process start to the first HTTP 200, against a hello-world Gradio app, in turn, in one run; then the first picture.

python -m benchmarks.startup [--runs 7]

The first picture is drawn in Chromium, on the same machine: a fresh server, the Text to image tab opened, and Draw
pressed as soon as it can be, or after as long as a prompt takes to type.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
TYPING = (0, 5, 10)  # seconds
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


@dataclass(frozen=True)
class Server:
    """A server that has answered.

    Attributes:
        port: of this machine.
        process: what serves.
        folder: where it keeps its files, gone afterwards.
        seconds: wall-clock, from process start to the first HTTP 200 of `/`.
    """

    port: int
    process: subprocess.Popen[bytes]
    folder: Path
    seconds: float

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def start_server(command: Sequence[str] = ("app.py",), checkout: Path = ROOT) -> Iterator[Server]:
    """Runs a checkout's app, or another command of Python's, as long as it is asked."""
    port, start, quiet = free_port(), time.perf_counter(), subprocess.DEVNULL
    with tempfile.TemporaryDirectory() as folder:
        arguments = [sys.executable, *command, "--port", str(port)]
        environment = {**os.environ, "GRADIO_TEMP_DIR": folder}
        process = subprocess.Popen(arguments, cwd=checkout, env=environment, stdout=quiet, stderr=quiet)
        try:
            while not is_answering(port):
                if process.poll() is not None:
                    raise RuntimeError(f"{command[0]} ended with exit status {process.returncode} before it answered")
                time.sleep(0.01)
            yield Server(port, process, Path(folder), time.perf_counter() - start)
        finally:
            process.kill()
            process.wait()


def is_answering(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return int(answer.status) == 200
    except OSError:
        return False


def seconds_to_first_answer(command: list[str]) -> float:
    with start_server(command) as server:
        return server.seconds


def seconds_to_first_picture(page: Page, typing: float) -> float:
    """From pressing Draw on a fresh server to the picture, `typing` seconds after the button is there."""
    with start_server() as server:
        page.goto(f"{server.url}?tab=text_to_image")
        page.locator("#text_to_image-prompt textarea").fill("a cat face")
        draw = page.locator("#text_to_image-draw")
        draw.click(trial=True)
        time.sleep(typing)
        press = time.perf_counter()
        draw.click()
        page.locator("#text_to_image-badge .badge").wait_for()
        return time.perf_counter() - press


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
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"]).new_page()
        page.set_default_timeout(60_000)
        for typing in TYPING:
            taken = statistics.median(seconds_to_first_picture(page, typing) for _ in range(3))
            print(f"first picture, Draw pressed {typing} s after it is there: {taken:.1f} s")


if __name__ == "__main__":
    main()
