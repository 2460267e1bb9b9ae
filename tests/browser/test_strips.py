"""Tab strips: the history's buttons, arrow keys, hand-overs, and a phone on which every tab can be reached."""

from __future__ import annotations

import pytest

import app
from tests.browser.test_memory import open_tab, read_open
from tests.conftest import PHONE

INBOXES = {
    "cnn": "cnn-picture",
    "segment": "segment-picture",
    "text_to_image": "text_to_image-picture",
    "autoencoder": "autoencoder-picture",
    "inpaint": "inpaint-picture",
    "zeroshot": "zeroshot-picture",
}

EVERY = (
    "JSON.stringify([...document.querySelectorAll('[role=tab][aria-selected=true]')].filter(t => t.offsetParent)"
    ".map(t => t.getAttribute('aria-controls')))"
)


def test_every_tab_that_takes_pictures_has_its_hand_over_tried():
    assert set(INBOXES) | {"edges"} == {tab.id for tab in app.TABS}


@pytest.mark.parametrize("target", INBOXES)
def test_on_a_phone_a_picture_goes_to_every_tab_and_lies_at_the_top(visit, target):
    page = visit("edges", size=PHONE)
    uploads = []
    page.on("request", lambda asked: uploads.append(asked.url) if "/upload" in asked.url else None)
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-result img").wait_for()
    page.locator("#edges-send button").first.click()
    page.locator(f"#edges-send-{target}").click()
    # edges land where they are drawn along
    shown = "#text_to_image-edges canvas" if target == "text_to_image" else f"#{INBOXES[target]} img"
    page.locator(shown).first.wait_for()
    assert page.locator(f"#tab-{target}-button").get_attribute("aria-selected") == "true"
    page.wait_for_function("scrollY === 0")
    # the open tab's button is in sight, in a strip that scrolls
    page.wait_for_function(
        "id => { const box = document.getElementById(id).getBoundingClientRect();"
        " return box.left >= 0 && box.right <= innerWidth; }",
        arg=f"tab-{target}-button",
    )
    # the picture is not uploaded once more; an editor says by an upload that nothing was in it
    assert uploads == [] or target in ("inpaint", "text_to_image")
    page.go_back()
    page.locator("#tab-edges-button[aria-selected=true]").wait_for()
    assert page.locator("#edges-result img").is_visible()


def test_without_a_picture_the_visitor_stays_and_is_told(visit):
    page = visit("edges")
    page.locator("#edges-send button").first.click()
    page.locator("#edges-send-cnn").click()
    page.locator(".page-toast").get_by_text("no picture here to send").wait_for()
    assert read_open(page) == ["tab-edges", "edges-tab-detect"]


def test_back_and_forward_go_through_tabs_and_their_parts(visit):
    page = visit("edges")
    page.locator("#edges-tab-kernel-button").click()
    page.wait_for_url("**tab=edges&part=edges-tab-kernel")
    open_tab(page, "segment")
    page.wait_for_url("**tab=segment")
    page.locator("#segment-part-words-button").click()
    page.wait_for_url("**tab=segment&part=segment-part-words")
    seen = [["tab-segment", "segment-part-words"], ["tab-segment", "segment-part-result"],
            ["tab-edges", "edges-tab-kernel"], ["tab-edges", "edges-tab-detect"]]  # fmt: skip
    for expected in seen[1:]:
        page.go_back()
        page.wait_for_function(f"expected => {EVERY} === JSON.stringify(expected)", arg=expected)
    for expected in seen[-2::-1]:
        page.go_forward()
        page.wait_for_function(f"expected => {EVERY} === JSON.stringify(expected)", arg=expected)


def test_a_copied_address_opens_what_its_sender_saw(visit, url):
    page = visit("edges")
    page.goto(f"{url}?tab=segment&part=segment-part-words")
    page.locator("#segment-part-words-button[aria-selected=true]").wait_for()
    assert read_open(page) == ["tab-segment", "segment-part-words"]
    # what is no tab opens the first one
    page.goto(f"{url}?tab=%3Cb%3E&part=__proto__,constructor")
    page.locator("#tab-edges-button[aria-selected=true]").wait_for()


def test_arrow_keys_go_through_a_strip_and_one_tab_stop_leads_into_it(visit):
    page = visit("edges")
    page.locator("#tab-edges-button").focus()
    for key, tab in [("ArrowRight", "cnn"), ("ArrowLeft", "edges"), ("ArrowLeft", app.TABS[-1].id), ("Home", "edges"),
                     ("End", app.TABS[-1].id)]:  # fmt: skip
        page.keyboard.press(key)
        page.locator(f"#tab-{tab}-button[aria-selected=true]").wait_for()
        assert page.evaluate("document.activeElement.id") == f"tab-{tab}-button"
    stops = page.locator("#tabs > .tab-wrapper [role=tab]").evaluate_all("tabs => tabs.map(tab => tab.tabIndex)")
    assert stops == [-1] * (len(app.TABS) - 1) + [0]
