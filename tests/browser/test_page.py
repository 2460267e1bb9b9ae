"""What lies between the tabs."""

from __future__ import annotations


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
