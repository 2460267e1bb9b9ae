"""Fixtures: pictures, data sets that may be absent, the running page and a browser."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import app
from core import images, models, samples
from core.engine import Local, threads
from core.models import torchvision_shim
from demos import page
from demos.page import status
from demos.page.links import ServerAddresses

if TYPE_CHECKING:
    from gradio_client import Client
    from playwright.sync_api import Browser, Page

threads.limit_openmp_spin()
# for those who import timm, transformers or diffusers themselves; the app does so as it loads a model
torchvision_shim.ensure_torchvision()

SERVED: list[Any] = []  # the pages that run

DATA = Path(__file__).parents[2] / "shared" / "data"
PHONE, WIDE = (390, 844), (1280, 900)


@pytest.fixture(scope="session")
def picture() -> Callable[[str], images.RGB]:
    """An example picture by name, as HWC uint8 RGB."""
    return lambda name: images.to_rgb(samples.sample_path(name))


@pytest.fixture
def dataset_folder() -> Callable[[str], Path]:
    """The folder of a data set beside the repository; the test is skipped where it is absent."""

    def folder(name: str) -> Path:
        if not (DATA / name).is_dir():
            pytest.skip(f"data set {name} is not on this machine")
        return DATA / name

    return folder


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """An empty Hub cache and no Hub; `hub("sd-turbo")` puts a tiny repository of that row there."""
    from tests.stand_ins import tiny_hub

    with tiny_hub.use_empty_cache(tmp_path) as add:
        yield add


@pytest.fixture
def nothing_loaded() -> Iterator[None]:
    """No model in memory, before and after; what an event or a thread of an earlier test still uses is waited for."""
    release_all()
    yield
    release_all()


def release_all() -> None:
    """Waits up to a minute until no page does anything and no model is in use, then drops every model."""
    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join(60)
    for _ in range(1200):
        if not (models.is_busy() or any(at_work(demo) for demo in SERVED)):
            break
        time.sleep(0.05)
    models.release()


def at_work(demo: Any) -> bool:
    """Whether an event of the page waits or runs."""
    found = status.queue_status(demo)
    return bool(found["waiting"] or found["running"])


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The whole page, served as app.py serves it."""
    demo = page.build_page(Local(), app.TABS, ServerAddresses())
    _, address, _ = app.launch(demo, app.parser().parse_args([]))
    SERVED.append(demo)
    yield address
    SERVED.remove(demo)
    demo.close()


@pytest.fixture
def client(url: str) -> Client:
    """A gradio_client on the page."""
    from gradio_client import Client

    return Client(url, verbose=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, or Playwright's own."""
    from playwright.sync_api import Error, sync_playwright

    system = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=system, args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"no browser on this machine: {error.message.splitlines()[0]}")
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """Opens the page: visit("edges", size=PHONE, locale="ko-KR")."""
    contexts: list[Any] = []

    def go(tab: str, *, size: tuple[int, int] = WIDE, locale: str = "en-US") -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
        contexts.append(context)
        opened = context.new_page()
        opened.set_default_timeout(60_000)
        opened.goto(f"{url}?tab={tab}")
        opened.locator(f"#tab-{tab}-button[aria-selected=true]").first.wait_for(state="attached")
        return opened

    yield go
    for context in contexts:
        context.close()
