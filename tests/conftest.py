"""Marks, temporary folders and fixtures: pictures, data sets that may be absent, the running page and a browser.

What a test asks for says how it is marked: `browser` and `server` come from the fixtures by which it reaches them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gradio_client import Client
    from playwright.sync_api import Browser, Page

    from core import images
    from tests.stand_ins import stand_in_hub

DATA = Path(__file__).parents[2] / "shared" / "data"
PHONE, WIDE = (390, 844), (1280, 900)
# the mark of a test that asks for one of these, itself or through another fixture
MARKS = {"browser": {"browser"}, "server": {"url", "start_app", "serve_page"}}
# an empty folder for what Gradio and the Hub keep, named before either is imported, as conftests further down may do;
# the same answers on a machine that has all weights and on one that has none
TEMPORARY = Path(tempfile.mkdtemp(prefix="edges-to-images-tests-"))
if "PYTEST_XDIST_WORKER" in os.environ:
    # the workers share the cores: with a thread each they are done in two thirds of the time
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["GRADIO_TEMP_DIR"] = str(TEMPORARY / "gradio")
os.environ["HF_HUB_CACHE"] = str(TEMPORARY / "hub")


def pytest_configure() -> None:
    """Threads that do not spin, and a torchvision that can be imported."""
    from core.engine import threads
    from core.models import torchvision_shim

    threads.limit_openmp_spin()
    # for those who import timm, transformers or diffusers themselves; the app does so as it loads a model
    torchvision_shim.ensure_torchvision()


def pytest_unconfigure() -> None:
    """Nothing of the tests stays on the disk."""
    shutil.rmtree(TEMPORARY, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks each test by the fixtures that it uses."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        for mark, fixtures in MARKS.items():
            if asked & fixtures:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def picture() -> Callable[[str], images.RGB]:
    """An example picture by name, as HWC uint8 RGB."""
    from core import images, samples

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


@pytest.fixture(scope="module")
def tiny_sd_turbo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """SD-Turbo's folder in its smallest form, with random weights."""
    from tests.stand_ins import tiny_hub

    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add:
        yield add("sd-turbo")


@pytest.fixture
def hub_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[stand_in_hub.StandInHub]:
    """A stand-in Hub without patience, and an empty cache."""
    from core.models.files import hub_files
    from tests.stand_ins import stand_in_hub

    monkeypatch.setattr(hub_files, "CHUNK", 1000)
    monkeypatch.setattr(hub_files, "RETRY_PAUSE", 0)
    with stand_in_hub.serve_hub(tmp_path / "cache") as running:
        yield running


@pytest.fixture
def repository_folder(tmp_path: Path) -> Path:
    """The files of a small repository."""
    from tests.stand_ins import small_repository

    return small_repository.write_files(tmp_path / "files")


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any look-up of a name and any connection fails the test."""

    def refuse(*args: object, **kwargs: object) -> None:
        pytest.fail(f"the network was asked: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def nothing_loaded() -> Iterator[None]:
    """No model in memory, before and after; what an event or a thread of an earlier test still uses is waited for."""
    release_all()
    yield
    release_all()


def release_all() -> None:
    """Waits up to a minute until no page does anything and no model is in use, then drops every model."""
    from core import models
    from tests.stand_ins.servers import has_work

    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join(60)
    for _ in range(1200):
        if not (models.is_busy() or has_work()):
            break
        time.sleep(0.05)
    models.release()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The whole page, served as app.py serves it."""
    import app
    from core.engine import Local
    from demos import page
    from demos.page.links import ServerAddresses
    from tests.stand_ins import servers

    with servers.serve_blocks(lambda: page.build_page(Local(), app.TABS, ServerAddresses())) as address:
        yield address


@pytest.fixture
def serve_page() -> Iterator[Callable[..., str]]:
    """Serves what a function builds, with the command line's flags: `serve_page(build, "--lan")` is its address."""
    from tests.stand_ins import servers

    with contextlib.ExitStack() as stack:
        yield lambda build, *flags: stack.enter_context(servers.serve_blocks(build, *flags))


@pytest.fixture
def client(url: str) -> Client:
    """A gradio_client on the page, for which the page's own events are not private."""
    from tests.stand_ins.page_client import PageClient

    return PageClient(url, verbose=False)


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
    """Opens the page: visit("edges", size=PHONE, locale="ko-KR"); no script of it may fail."""
    contexts: list[Any] = []
    errors: list[str] = []

    def go(tab: str, *, size: tuple[int, int] = WIDE, locale: str = "en-US") -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
        contexts.append(context)
        opened = context.new_page()
        opened.set_default_timeout(60_000)
        opened.on("pageerror", lambda error: errors.append(error.stack or str(error)))
        opened.goto(f"{url}?tab={tab}")
        opened.locator(f"#tab-{tab}-button[aria-selected=true]").first.wait_for(state="attached")
        return opened

    yield go
    for context in contexts:
        context.close()
    assert errors == []
