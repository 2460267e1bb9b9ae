"""A click on the Segment tab until its mask is on the canvas, in Chromium: python -m benchmarks.click

The photo is 1024 pixels long and embedded before the first click; half of the clicks begin a new thing (three
candidates), half correct it. The clock runs in the page, from the click to the frame after the new mask was drawn.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

import app
from core import images, samples
from core.engine import Local
from demos import page as pages
from demos.page.links import ServerAddresses

LONGEST = 1024
# the dot is drawn over what is there; the answer is the first layer that was not there before the click
MEASURE = """async ([x, y]) => {
  const canvas = document.querySelector('#segment-canvas canvas'), frame = canvas.getBoundingClientRect();
  const where = {clientX: frame.left + x * frame.width, clientY: frame.top + y * frame.height, bubbles: true,
                 pointerId: 1, pointerType: 'mouse', button: 0};
  const pen = CanvasRenderingContext2D.prototype, draw = pen.drawImage, old = new Set();
  pen.drawImage = function (layer, ...rest) { old.add(layer.src); return draw.call(this, layer, ...rest); };
  canvas.dispatchEvent(new CustomEvent('opacity', {detail: 0.5})); // draws everything that is there
  const start = performance.now();
  canvas.dispatchEvent(new PointerEvent('pointerdown', where));
  canvas.dispatchEvent(new PointerEvent('pointerup', where));
  const answered = await new Promise(done => {
    setTimeout(() => done(NaN), 20000);
    pen.drawImage = function (layer, ...rest) {
      draw.call(this, layer, ...rest);
      if (!old.has(layer.src)) requestAnimationFrame(() => done(performance.now()));
    };
  });
  pen.drawImage = draw;
  return answered - start;
}"""
CLICKS = [(0.5, 0.35), (0.55, 0.8), (0.25, 0.6), (0.75, 0.75), (0.1, 0.1), (0.9, 0.9)]


def photo(folder: Path) -> Path:
    """The astronaut, 1024 pixels long."""
    picture = images.to_rgb(samples.sample_path("astronaut"))
    scale = LONGEST / max(picture.shape[:2])
    Image.fromarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)).save(folder / "a.png")
    return folder / "a.png"


def clicks(page: Page) -> tuple[list[float], list[float]]:
    """Milliseconds of first clicks and of second ones."""
    first, second = list[float](), list[float]()
    for (x, y), (u, v) in zip(CLICKS, CLICKS[1:] + CLICKS[:1], strict=True):
        page.locator("#segment-reset").click()
        page.locator("#segment-badge").get_by_text("Now click").wait_for()
        page.wait_for_timeout(700)
        first.append(page.evaluate(MEASURE, [x, y]))
        page.wait_for_timeout(700)
        second.append(page.evaluate(MEASURE, [u, v]))
        page.wait_for_timeout(700)
    return first, second


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    demo = pages.build_page(Local(), app.TABS, ServerAddresses())
    _, url, _ = app.launch(demo, app.parser().parse_args([]))
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US").new_page()
        page.goto(f"{url}?tab=segment")
        page.locator("#segment-picture input[type=file]").first.set_input_files(photo(Path(folder)))
        page.wait_for_function(f"document.querySelector('#segment-canvas canvas').width === {LONGEST}")
        page.locator("#segment-badge").get_by_text("Now click").wait_for(timeout=120_000)
        clicks(page)  # the first ones load what was not needed before
        for name, times in zip(("first click", "second click"), clicks(page), strict=True):
            print(f"{name:12} median {np.median(times):4.0f} ms  ({min(times):.0f} to {max(times):.0f})")
        browser.close()
    demo.close()


if __name__ == "__main__":
    main()
