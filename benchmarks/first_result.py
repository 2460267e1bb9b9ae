"""Seconds until a slow phone shows its first result: python -m benchmarks.first_result [--before FOLDER] [--visits 3]

A browser with an empty cache whose processor Chromium slows down four times opens the page and presses the first
example as soon as it is there; the result is the badge under the edges. FOLDER is a checkout to compare with: both are
visited by turns, so that whatever else the machine does slows both.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from benchmarks.startup import ROOT, start_server

SLOWED = 4
PHONE: ViewportSize = {"width": 390, "height": 844}


def visit(browser: Browser, url: str) -> tuple[float, float, float]:
    """Seconds until the example can be pressed and until its result is there; bytes of the page and all it loads."""
    context = browser.new_context(viewport=PHONE, locale="ko-KR", has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(180_000)
    session, loaded = context.new_cdp_session(page), [0.0]
    session.send("Network.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator("#edges-examples button").first.click()
    pressed = time.perf_counter() - start
    page.locator("#edges-badge .badge span").nth(2).wait_for()
    done = time.perf_counter() - start
    context.close()
    return pressed, done, sum(loaded)


def main() -> None:
    """Prints a row for each checkout: medians of the visits after the first."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--before", type=Path, help="another checkout")
    flags.add_argument("--visits", type=int, default=3)
    options = flags.parse_args()
    checkouts = {"this": ROOT} | ({"before": options.before.resolve()} if options.before else {})
    with contextlib.ExitStack() as stack:
        urls = {name: stack.enter_context(start_server(checkout=checkout)).url for name, checkout in checkouts.items()}
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        visits: dict[str, list[tuple[float, float, float]]] = {name: [] for name in urls}
        for _ in range(options.visits + 1):
            for name, url in urls.items():
                visits[name].append(visit(browser, url))
        browser.close()
    print("| checkout | s to the press | s to the first result | MB |\n|---|---|---|---|")
    for name, times in visits.items():
        pressed, done, size = (statistics.median(values) for values in zip(*times[1:], strict=True))
        print(f"| {name} | {pressed:.1f} | {done:.1f} | {size / 1e6:.2f} |")


if __name__ == "__main__":
    main()
