"""The page as a whole: every tab on every size, and what lies between the tabs."""

from __future__ import annotations

import re

import pytest

import app
from tests.conftest import PHONE, WIDE

LOCAL = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|data:|blob:")


def test_a_result_goes_to_another_tab_in_one_click(visit):
    page = visit("edges")
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge .badge span").first.wait_for()
    page.locator("#edges-send button").first.click()
    page.locator("#edges-send-cnn").click()
    page.locator("#tab-cnn-button[aria-selected=true]").first.wait_for(state="attached")
    page.locator("#cnn-picture img").wait_for()
    page.locator("#cnn-badge").get_by_text("EfficientNet").wait_for()


def test_the_address_follows_the_tab(visit):
    page = visit("edges")
    page.get_by_role("tab", name="Inpaint").click()
    page.wait_for_url("**tab=inpaint*")
    page.reload()
    page.locator("#tab-inpaint-button[aria-selected=true]").first.wait_for(state="attached")


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
@pytest.mark.parametrize(("locale", "word"), [("en-US", "What you are seeing"), ("ko-KR", "무엇을 보고 있나요")])
def test_every_tab_opens_whole_and_asks_no_other_host(visit, size, locale, word):
    page = visit("edges", size=size, locale=locale)
    errors, outside = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: None if LOCAL.match(r.url) else outside.append(r.url))
    page.reload()
    for tab in app.TABS:
        page.locator(f"#tab-{tab.id}-button").click()
        page.locator(f"#{tab.id}-note").get_by_text(word).wait_for()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0] + 1, f"{tab.id} is {width} px wide on {size[0]} px"
        text = page.locator("body").inner_text()
        assert "__i18n__" not in text
        assert not re.search(rf"\b{tab.id}\.[a-z_]+\b", text)
    assert outside == []
    assert [e for e in errors if "manifest.json" not in e] == []


def test_the_qr_button_shows_an_address_or_says_how(visit):
    page = visit("edges")
    page.locator("#join").click()
    page.locator("#qr").get_by_text("--lan").wait_for()
