from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import gradio
import pytest

from core import models
from core.errors import Cancelled
from core.models import manager
from core.models.files import hub_files
from core.models.files.hub_files import DownloadProgress
from demos.page import downloads
from tests.stand_ins import stand_in_hub, tiny_hub

ROW = models.row("classify", "resnet50")


@pytest.fixture
def toasts(monkeypatch):
    found = []
    monkeypatch.setattr(gradio, "Info", lambda said, **_: found.append(said))
    return found


def test_the_beginning_the_end_and_now_and_then_between(toasts, monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(downloads, "time", SimpleNamespace(monotonic=lambda: clock.now))
    tell = downloads.DownloadReporter()
    for second, done in enumerate((0, 10, 20, 30, 40, 50, 60, 102)):
        clock.now = 100.0 + second
        tell(ROW, DownloadProgress(done * 10**6, 102 * 10**6, "model.safetensors"))
    assert [said.split(": ")[1] for said in toasts] == [f"{n} of 102 MB fetched." for n in (0, 50, 102)]
    assert all(ROW.title in said for said in toasts)


@pytest.fixture
def listener():
    before = manager._Listener.download
    yield models.watch_downloads
    models.watch_downloads(before)


@pytest.fixture
def hub_server_with_row(tmp_path, monkeypatch, nothing_loaded):
    monkeypatch.setattr(hub_files, "CHUNK", 2**16)
    place = ROW.source.removeprefix("hub:")
    with stand_in_hub.serve_hub(tmp_path / "cache") as running:
        running.add(place, Path(tiny_hub._build_repository(ROW.loader, place).name), ROW.revision)
        yield running


def test_the_first_use_tells_and_the_next_one_does_not(hub_server_with_row, listener):
    told = []
    listener(lambda row, now: told.append((row.name, now.done, now.total)))
    models.load("classify", "resnet50")
    names, done, total = zip(*told, strict=True)
    assert set(names) == {"resnet50"}
    assert list(done) == sorted(done)
    assert done[-1] == total[-1] == sum(hub_server_with_row.served.values())
    told.clear()
    models.release()
    models.load("classify", "resnet50")
    assert told == []


def test_what_the_listener_raises_stops_the_download_and_keeps_what_came(hub_server_with_row, listener):
    def stop(row, now):
        if now.done:
            raise Cancelled

    listener(stop)
    with pytest.raises(Cancelled):
        models.load("classify", "resnet50")
    assert {s.row.name: s.state for s in models.status()}["resnet50"] == "absent"
    listener(None)
    models.load("classify", "resnet50")
    assert {s.row.name: s.state for s in models.status()}["resnet50"] == "loaded"


def test_the_page_shows_it_while_the_visitor_waits(hub_server_with_row, visit):
    hub_server_with_row.misbehave("/blobs/*", wait=2)
    page = visit("cnn")
    page.locator("#cnn-examples button").first.click()
    page.locator("#cnn-more button").first.click()
    page.locator("#cnn-model input").click()
    page.get_by_role("option", name=ROW.title).click()
    page.locator("[data-testid=toast-body]", has_text=f"First use of {ROW.title} on this machine").first.wait_for()
    page.locator("#cnn-badge", has_text=ROW.title).wait_for()
