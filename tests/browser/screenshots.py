"""Takes the README's pictures: python -m tests.browser.screenshots FOLDER"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import app
from core.engine import Local
from demos import page as pages
from demos.page import preflight
from demos.page.links import ServerAddresses

# tab or page, locale, what to click before the picture is taken, what to wait for
SCENES = [
    ("edges", "en-US", ["#edges-examples button >> nth=0"], "#edges-badge .badge span >> nth=2"),
    ("cnn", "ko-KR", ["#cnn-examples button >> nth=1"], "#cnn-badge .badge span >> nth=2"),
    ("segment", "en-US", ["#segment-examples button >> nth=3"], "#segment-badge .badge span >> nth=2"),
    (
        "text_to_image",
        "ko-KR",
        ["#text_to_image-examples-ko button >> nth=4", "#text_to_image-draw"],
        "#text_to_image-badge .badge span >> nth=2",
    ),
    ("autoencoder", "en-US", ["#autoencoder-familiar button >> nth=0"], "#autoencoder-badge .badge span >> nth=2"),
    ("inpaint", "en-US", ["#inpaint-examples button >> nth=0"], "#inpaint-badge .badge span >> nth=2"),
    ("zeroshot", "ko-KR", ["#zeroshot-examples button >> nth=0"], "#zeroshot-badge .badge span >> nth=2"),
    (preflight.PATH, "en-US", ["#preflight-run"], "#preflight-said >> text=green"),
]


def take_screenshot(page: Page, url: str, scene: tuple[str, str, list[str], str], folder: Path) -> None:
    """One scene as `<folder>/<tab>.png`."""
    tab, _, clicks, ready = scene
    page.goto(f"{url}{tab}" if tab == preflight.PATH else f"{url}?tab={tab}")
    for selector in clicks:
        page.locator(selector).first.click()
        page.wait_for_timeout(3000)
    page.locator(ready).first.wait_for(timeout=120_000)
    page.wait_for_timeout(6000)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=folder / f"{tab}.png")


def main() -> None:
    """Serves the page, drives Chromium through the scenes."""
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    demo = pages.build_page(Local(), app.TABS, ServerAddresses())
    _, url, _ = app.launch(demo, app.parser().parse_args([]))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for scene in SCENES:
            context = browser.new_context(viewport={"width": 1280, "height": 860}, locale=scene[1])
            take_screenshot(context.new_page(), url, scene, folder)
        browser.close()
    demo.close()


if __name__ == "__main__":
    main()
