"""Megabytes that a visit costs: python -m benchmarks.visit [--visits 4]

Each visit is a browser of its own with an empty cache, in Chromium: the page is opened, an example of each tab is
clicked, and a phone's photo of 12 megapixels is uploaded, as JPEG and as HEIC. What travels is counted between browser
and server, headers included; what stays is what the server's temporary folder and its memory grow by.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import shutil
import statistics
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import psutil
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.startup import free_port, start_server
from core import images, samples

# what a visitor presses in each tab; an example of Text to image only writes the prompt
PRESSED = {
    "edges": ("#edges-examples button",),
    "cnn": ("#cnn-examples button",),
    "segment": ("#segment-examples button",),
    "text_to_image": ("#text_to_image-examples button", "#text_to_image-draw"),
    "autoencoder": ("#autoencoder-familiar button",),
    "inpaint": ("#inpaint-examples button",),
    "zeroshot": ("#zeroshot-examples button",),
}
FIELDS = ("down", "up", "disk", "memory")
PHONE = (4000, 3000)
MEGABYTE = 10**6
# milliseconds without a byte after which a step has ended
QUIET = 1500


@dataclass
class Cost:
    """Bytes: to the browser, from it, on the server's disk, in its memory."""

    down: float = 0
    up: float = 0
    disk: float = 0
    memory: float = 0

    def since(self, before: Cost) -> Cost:
        """What came on top of `before`."""
        return Cost(*(now - then for now, then in zip(astuple(self), astuple(before), strict=True)))


class CountingProxy:
    """Passes bytes on between a browser and the server, and counts them; in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.down = self.up = 0
        self.port, self._server_port = free_port(), port
        self._started = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._started.wait()

    async def _serve(self) -> None:
        async with await asyncio.start_server(self._connect, "127.0.0.1", self.port) as server:
            self._started.set()
            await server.serve_forever()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", self._server_port)
        await asyncio.gather(self._pass_on(reader, forth, "up"), self._pass_on(back, writer, "down"))

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, way: str) -> None:
        try:
            while data := await source.read(65536):
                setattr(self, way, getattr(self, way) + len(data))
                target.write(data)
                await target.drain()
        except ConnectionError:
            pass  # the browser has left
        finally:
            target.close()


class Meter:
    """What has been spent so far."""

    def __init__(self, proxy: CountingProxy, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._proxy, self._process, self._folder = proxy, psutil.Process(process.pid), folder

    def read(self) -> Cost:
        """All counters now."""
        disk = sum(file.stat().st_size for file in self._folder.rglob("*") if file.is_file())
        return Cost(self._proxy.down, self._proxy.up, disk, self._process.memory_info().rss)

    def wait_until_quiet(self, page: Page) -> None:
        """Until no more than heartbeats travel."""
        before = -1.0
        while (now := self._proxy.down + self._proxy.up) - before > 2000:
            before = now
            page.wait_for_timeout(QUIET)


@contextmanager
def serve() -> Iterator[tuple[str, Meter]]:
    """The page's address behind a proxy that counts, and the meter."""
    with start_server() as server:
        proxy = CountingProxy(server.port)
        yield f"http://127.0.0.1:{proxy.port}/", Meter(proxy, server.process, server.folder)


def phone_photo(kind: str, visitor: int) -> bytes:
    """A photo of 12 megapixels as a phone saves it; no two visitors have the same, of which the server keeps one."""
    pillow_heif.register_heif_opener()
    large = cv2.resize(images.to_rgb(samples.sample_path("coffee")), PHONE, interpolation=cv2.INTER_CUBIC)
    large = np.roll(large, 16 * visitor, axis=1)
    out = io.BytesIO()
    Image.fromarray(large).save(out, kind, quality=90)
    return out.getvalue()


def visit(browser: Browser, url: str, meter: Meter, visitor: int) -> dict[str, Cost]:
    """What each step of a visit costs."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page, costs, before = context.new_page(), dict[str, Cost](), meter.read()

    def note(step: str) -> None:
        nonlocal before
        meter.wait_until_quiet(page)
        now = meter.read()
        costs[step], before = now.since(before), now

    page.goto(url)
    page.locator("#tabs").wait_for()
    note("open the page")
    for tab, pressed in PRESSED.items():
        page.evaluate("(tab) => document.querySelector(`#tab-${tab}-button`).click()", tab)
        for button in pressed:
            page.locator(button).first.click()
        page.locator(f"#{tab}-badge .badge").first.wait_for()
        note(f"a picture in {tab}")
    page.evaluate("() => document.querySelector('#tab-edges-button').click()")
    for kind, name in (("JPEG", "photo.jpg"), ("HEIF", "photo.heic")):
        data = phone_photo(kind, visitor)
        page.locator("#edges-picture button[aria-label='Remove Image']").click()
        page.locator("#edges-picture input[type=file]").set_input_files(
            {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": data}
        )
        page.locator("#edges-badge .badge span").nth(2).wait_for()
        note(f"a photo of 12 MP, {kind}")
    context.close()
    return costs


def main() -> None:
    """Prints the table: medians of all visits after the first, which loads the models."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--visits", type=int, default=4)
    visits = flags.parse_args().visits
    with serve() as (url, meter), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        first = visit(browser, url, meter, 0)
        warm = [visit(browser, url, meter, number) for number in range(1, visits)]
        print("| step | MB to the browser | MB from it | MB on disk | MB of memory |\n|---|---|---|---|---|")
        for step in first:
            print_row(step, [[getattr(cost[step], field) for cost in warm] for field in FIELDS])
        print_row("a visit", [[sum(getattr(c, field) for c in cost.values()) for cost in warm] for field in FIELDS])
        browser.close()


def print_row(step: str, found: list[list[float]]) -> None:
    """A line of the table: the median of each column's visits."""
    print(f"| {step} | " + " | ".join(f"{statistics.median(values) / MEGABYTE:.2f}" for values in found) + " |")


if __name__ == "__main__":
    main()
