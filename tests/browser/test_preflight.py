"""The lecturer's page in a browser."""

from __future__ import annotations

import threading
import urllib.request

import gradio as gr
import pytest
from gradio_client import Client

import app
from core import models, preflight
from core.engine import Local
from core.errors import PlaygroundError
from core.preflight import ActiveModel, Check, Finding, MemoryInfo
from demos import edges, page, ui
from demos.page.links import ServerAddresses
from tests.conftest import PHONE, WIDE


@pytest.fixture
def fake_checks(monkeypatch):
    """Checks that take no time, one of each colour; gives the tabs that were checked."""
    done = []
    row = models.row("classify", "efficientnet-lite0")
    states = {"segment": "amber", "inpaint": "red"}

    def check(tab, *, on_step=None, **settings):
        done.append(tab)
        slow = PlaygroundError("preflight.slow", seconds="9", bound="1")
        found = (Finding(states[tab], slow),) if tab in states else ()
        active = (ActiveModel(row, "loaded", 19_000_000, "cpu", True),)
        return Check(tab, MemoryInfo(8 * 10**9, 16 * 10**9), active, True, 1.5, 0.03, 1.0, (), found)

    monkeypatch.setattr(preflight, "check_tab", check)
    monkeypatch.setattr(preflight, "update_checks", tuple)
    return done


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
@pytest.mark.parametrize(
    ("locale", "button", "words"),
    [
        ("en-US", "Check everything", ["✓ ready", "▲ works, but", "✗ does not work"]),
        ("ko-KR", "모두 점검", ["✓ 준비됨", "▲ 주의", "✗ 작동 안 함"]),
    ],
)
def test_one_press_checks_every_tab(visit, url, fake_checks, size, locale, button, words):
    page = visit("edges", size=size, locale=locale)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{url}preflight")
    page.get_by_role("button", name=button).click()
    page.locator("#preflight-found .said").wait_for()
    assert fake_checks == [tab.id for tab in app.TABS]
    rows = page.locator(".preflight tr[data-tab]")
    assert [row.get_attribute("data-tab") for row in rows.all()] == fake_checks
    assert [page.locator(f".preflight .chip.{s}").first.inner_text() for s in preflight.STATES] == words
    assert page.locator(".preflight .sentences").count() == 2
    text = page.locator("body").inner_text()
    assert "__i18n__" not in text and "preflight." not in text.replace("core.preflight", "")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0] + 1
    assert errors == []


def test_the_students_page_does_not_show_it(visit):
    page = visit("edges")
    assert page.locator(".nav-holder:visible").count() == 0
    assert page.locator("#headline").bounding_box()["y"] < 40
    assert page.locator("#preflight-run").count() == 0


def test_a_request_by_another_name_gets_the_sentence(browser, url, fake_checks):
    # as a tunnel hands it on: from this computer, asked for by a public name
    port = url.rstrip("/").rpartition(":")[2]
    context = browser.new_context(extra_http_headers={"X-Forwarded-For": "203.0.113.9"})
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/preflight")
    page.locator("#preflight-run").click()
    page.locator("#preflight-said").get_by_text("Only the computer that serves this page").wait_for()
    context.close()
    assert fake_checks == []


def test_behind_visitors_it_says_that_it_waits(browser, serve_page, fake_checks):
    entered, leave = threading.Event(), threading.Event()

    def draw():
        entered.set()
        leave.wait(180)

    # within the folder of its own server, which takes along what it has as it ends
    def build():
        with page.build_page(Local(), [edges.TAB], ServerAddresses()) as demo:
            gr.Button().click(draw, api_name="draw", **ui.MODEL_QUEUE)
        return demo

    address = serve_page(build)
    drawing, opened = Client(address, verbose=False).submit(api_name="/draw"), browser.new_page()
    try:
        assert entered.wait(60)
        opened.goto(f"{address}preflight")
        opened.locator("#preflight-run").click()
        opened.locator("#preflight-said").get_by_text("waiting until nobody else uses a model").wait_for()
        assert fake_checks == [] and not drawing.done()
        leave.set()
        opened.locator("#preflight-found .said").wait_for()
        assert fake_checks == ["edges"]
    finally:
        leave.set()
        opened.close()


def test_it_has_an_address_of_its_own(url):
    assert urllib.request.urlopen(f"{url}preflight", timeout=10).status == 200
