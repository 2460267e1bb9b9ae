from __future__ import annotations

import re

from core import samples
from tests.conftest import PHONE

# the first answer waits until torch and the weights are loaded
PATIENCE = 60_000


def test_a_click_on_a_class_aims_the_heat_map_at_it(visit) -> None:
    page = visit("cnn")
    page.set_default_timeout(PATIENCE)
    page.locator("#cnn-examples button").first.click()
    page.locator("#cnn-look-sentence").get_by_text("Egyptian cat").wait_for()
    page.locator("#cnn-look-result img").first.wait_for()
    page.locator("#cnn-top5 .confidence-set", has_text="tabby").click()
    page.locator("#cnn-look-sentence strong", has_text="tabby").wait_for()
    page.locator("#cnn-more button").first.click()
    assert page.locator("#cnn-target input").input_value() == "tabby"
    page.locator("#cnn-badge").get_by_text("EfficientNet-Lite2").wait_for()


def test_of_a_person_no_class_is_written_large(visit) -> None:
    page = visit("cnn")
    page.set_default_timeout(PATIENCE)
    page.locator("#cnn-picture input[type=file]").set_input_files(samples.sample_path("astronaut"))
    page.locator("#cnn-verdict").get_by_text("A person, for example, is not among them").wait_for()
    assert page.locator("#cnn-top5 .confidence-set:visible").count() == 5
    assert not page.locator("#cnn-top5 .output-class").is_visible()
    first, label = (
        page.locator(f"#cnn-top5 {part}").first for part in (".confidence-set", "[data-testid=block-label]")
    )
    assert first.bounding_box()["y"] + 1 >= label.bounding_box()["y"] + label.bounding_box()["height"]
    page.locator("#cnn-examples button").first.click()
    page.locator("#cnn-top5 .output-class", has_text="Egyptian cat").wait_for()
    assert not page.locator("#cnn-verdict").is_visible()


def test_every_part_opens_and_answers(visit) -> None:
    page = visit("cnn")
    page.set_default_timeout(PATIENCE)
    page.locator("#cnn-picture input[type=file]").set_input_files(samples.sample_path("lion"))
    page.locator("#cnn-top5").get_by_text("lion").first.wait_for()
    page.locator("#cnn-part-filters-button").first.click()
    page.locator("#cnn-filters-sentence").get_by_text("cosine").wait_for()
    page.locator("#cnn-part-maps-button").first.click()
    maps = page.locator("#cnn-filters-maps img")
    maps.wait_for()
    box = maps.bounding_box()
    maps.click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.4})
    page.locator("#cnn-filters-about").get_by_text("Map").wait_for()
    page.locator("#cnn-filters-more button").first.click()
    page.wait_for_function("document.querySelector('#cnn-filters-rank input')?.value == '11'")
    page.locator("#cnn-part-pooling-button").first.click()
    page.locator("#cnn-pooling-result img").nth(3).wait_for()
    page.locator("#cnn-pooling-example").get_by_text("max(").first.wait_for()
    shown = page.locator("#cnn-picture img")
    box = shown.bounding_box()
    # the picture has 256 x 256 pixels and is shown in the middle
    scale = min(1, box["width"] / 256, box["height"] / 256)
    shown.click(position={"x": box["width"] / 2 - 30 * scale, "y": box["height"] / 2 - 40 * scale})
    page.locator("#cnn-pooling-example").get_by_text(re.compile("x = 9[468], y = 8[468]")).wait_for()
    page.locator("#cnn-part-transfer-button").first.click()
    page.locator("#cnn-top").wait_for(state="hidden")


def test_the_invariance_lab_on_a_phone_in_korean(visit) -> None:
    page = visit("cnn", size=PHONE, locale="ko-KR")
    page.set_default_timeout(PATIENCE)
    page.locator("#cnn-examples button").nth(1).click()
    page.locator("#cnn-top5").get_by_text("lion").first.wait_for()
    page.locator("#cnn-part-invariance-button:visible").click()
    page.locator("#cnn-invariance-sentence").get_by_text("이동 일관성").wait_for()
    assert page.locator("#cnn-invariance-curve circle").count() == 17
    page.locator("#cnn-invariance-transform").get_by_text("밝기").click()
    page.locator("#cnn-invariance-curve").get_by_text("밝기 배율").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_a_korean_page_shows_finds_and_aims_at_korean_names(visit) -> None:
    page = visit("cnn", locale="ko-KR")
    page.set_default_timeout(PATIENCE)
    page.locator("#cnn-examples button").first.click()
    page.locator("#cnn-look-sentence").get_by_text("이집트고양이 (Egyptian cat)").wait_for()
    page.locator("#cnn-more").get_by_role("button").first.click()
    page.locator("#cnn-top5 .confidence-set", has_text="태비고양이 (tabby)").click()
    page.locator("#cnn-look-sentence strong", has_text="태비고양이 (tabby)").wait_for()
    target = page.locator("#cnn-target input")
    assert target.input_value() == "태비고양이 (tabby)"
    target.fill("페르시아")
    target.press("Enter")
    page.locator("#cnn-look-sentence strong", has_text="페르시아고양이 (Persian cat)").wait_for()
