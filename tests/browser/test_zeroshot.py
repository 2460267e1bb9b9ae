from __future__ import annotations

from tests.conftest import PHONE


def test_labels_for_an_example(visit) -> None:
    page = visit("zeroshot")
    page.set_default_timeout(90_000)
    page.locator("#zeroshot-examples button").nth(1).click()
    first = page.locator("#zeroshot-result tbody th").first
    first.wait_for()
    assert first.inner_text() == "lion"
    page.locator("#zeroshot-labels input").fill("<b>tiger</b>")
    page.locator("#zeroshot-labels input").press("Enter")
    page.locator("#zeroshot-result tbody th", has_text="<b>tiger</b>").wait_for()
    assert page.locator("#zeroshot-result b").count() == 0


def test_a_changed_caption_is_the_only_one_encoded(nothing_loaded, visit) -> None:
    page = visit("zeroshot")
    page.set_default_timeout(90_000)
    page.locator("#zeroshot-part-matrix-button").first.click()
    page.locator("#zeroshot-compare").click()
    page.locator("#zeroshot-matrix img").nth(7).wait_for()
    captions = page.locator("#zeroshot-captions textarea")
    captions.fill(captions.input_value().replace("a cat", "a very sleepy tabby"))
    page.locator("#zeroshot-compare").click()
    page.get_by_text("encoded now: 0 of 8 pictures, 1 of 8 captions").wait_for()
    page.locator("#zeroshot-part-map-button").first.click()
    page.locator("#zeroshot-map text", has_text="a very sleepy tabby").wait_for()


def test_korean_on_a_phone(visit) -> None:
    page = visit("zeroshot", size=PHONE, locale="ko-KR")
    page.set_default_timeout(90_000)
    page.locator("#zeroshot-part-search-button").first.click()
    query = page.locator("#zeroshot-query input, #zeroshot-query textarea").first
    # it begins in the page's language
    page.wait_for_function("document.querySelector('#zeroshot-query :is(input, textarea)').value === '커다란 고양이'")
    query.fill("로켓")
    page.locator("#zeroshot-search").click()
    page.locator("#zeroshot-read", has_text="‘rocket’으로 읽음").wait_for()
    page.locator("#zeroshot-found img").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
