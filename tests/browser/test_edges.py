from __future__ import annotations


def test_an_example_is_one_click(visit) -> None:
    page = visit("edges")
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-result img").wait_for()
    page.locator("#edges-badge").get_by_text("Canny").wait_for()
