"""What a visitor has set outlasts a reload, the history's buttons and the other language, and reaches nobody else."""

from __future__ import annotations

import json

import pytest

PREFIX = "edges-to-images:"


def set_number(page, control, value):
    page.locator(f"#{control} input[type=number]").fill(value)
    page.keyboard.press("Tab")


def read_number(page, control):
    return page.locator(f"#{control} input[type=number]").input_value()


def open_tab(page, tab):
    page.locator(f"#tab-{tab}-button").click()
    page.locator(f"#tab-{tab}-button[aria-selected=true]").wait_for()


def read_open(page):
    return page.locator("[role=tab][aria-selected=true]:visible").evaluate_all(
        "tabs => tabs.map(tab => tab.getAttribute('aria-controls'))"
    )


def work_in_three_tabs(page):
    page.locator("#edges-examples button").nth(2).click()
    page.locator("#edges-badge .badge span").nth(2).wait_for()
    set_number(page, "edges-canny-low", "33")
    open_tab(page, "text_to_image")
    page.locator("#text_to_image-prompt textarea").fill("a red heart")
    set_number(page, "text_to_image-steps", "7")
    open_tab(page, "zeroshot")
    page.locator("#zeroshot-part-search-button").click()
    page.locator("#zeroshot-query textarea, #zeroshot-query input").first.fill("a dog")


def check_three_tabs(page):
    query = page.locator("#zeroshot-query textarea, #zeroshot-query input").first
    query.wait_for()
    assert read_open(page) == ["tab-zeroshot", "zeroshot-part-search"]
    page.wait_for_function(
        "document.querySelector('#zeroshot-query textarea, #zeroshot-query input')?.value === 'a dog'"
    )
    open_tab(page, "text_to_image")
    page.wait_for_function("document.querySelector('#text_to_image-prompt textarea')?.value === 'a red heart'")
    assert read_number(page, "text_to_image-steps") == "7"
    open_tab(page, "edges")
    page.locator("#edges-picture img").wait_for()
    assert "coffee" in page.locator("#edges-picture img").get_attribute("src")
    page.locator("#edges-badge .badge span").nth(2).wait_for()
    assert read_number(page, "edges-canny-low") == "33"


def test_a_reload_keeps_the_work_of_three_tabs(visit):
    page = visit("edges")
    work_in_three_tabs(page)
    page.reload()
    check_three_tabs(page)


def test_the_other_language_keeps_the_work_and_changes_every_word(visit):
    page = visit("edges")
    work_in_three_tabs(page)
    page.locator("[data-language=ko]").click()
    page.locator("html[lang=ko]").wait_for(state="attached")
    page.locator("[data-language=ko][aria-pressed=true]").wait_for()
    check_three_tabs(page)
    assert page.title() == "엣지에서 이미지까지"
    assert page.locator("#tab-segment-button").inner_text() == "분할"
    page.locator("#edges-badge").get_by_text("포켓").wait_for()
    # the browser keeps it, for every window that opens later
    other = page.context.new_page()
    other.goto(page.url.split("?")[0])
    other.locator("html[lang=ko]").wait_for(state="attached")
    assert other.locator("#tab-segment-button").inner_text() == "분할"


def test_another_window_begins_anew(visit):
    page = visit("edges")
    set_number(page, "edges-canny-low", "33")
    # a phone that shows something else for a while
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    page.wait_for_function(f"sessionStorage['{PREFIX}edges-canny-low'] === '33'")
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("#edges-canny-low input[type=number]").wait_for()
    assert read_number(other, "edges-canny-low") == "60"


def reload_with(page, values):
    """Opens the page again with what the memory of its window shall hold."""
    kept = json.dumps({PREFIX + name: value for name, value in values.items()})
    page.add_init_script(f"Object.entries({kept}).forEach(([id, value]) => sessionStorage.setItem(id, value))")
    page.reload()


FILE = {"path": "/etc/passwd", "url": "https://example.com/x.png", "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(
    "values",
    [
        {"edges-canny-low": '"<b>"', "edges-method": '"x"', "edges-canny-l2": "3", "edges-canny-size": "[1]"},
        {"edges-canny-low": "1e9", "edges-method": "[]", "edges-canny-l2": '"true"', "edges-canny-size": "9"},
        {"edges-canny-low": "{", "edges-method": "", "edges-picture": "null", "edges-canny-size": '{"a": 1}'},
        {"edges-picture": json.dumps(FILE)},
        {"edges-picture": json.dumps({**FILE, "path": "../../nothing"}), "edges-canny-low": "null"},
        {"edges-picture": json.dumps({"path": 3, "url": "javascript:alert(1)"})},
    ],
)
def test_a_memory_that_somebody_has_changed_breaks_nothing(visit, values):
    page = visit("edges")
    errors, outside = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda asked: outside.append(asked.url) if "example.com" in asked.url else None)
    reload_with(page, values)
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge .badge span").nth(2).wait_for()
    assert read_number(page, "edges-canny-low") == "60"
    assert page.locator("#edges-method input").input_value() == "Canny"
    assert errors == [] and outside == []


def test_a_picture_that_the_server_has_no_more_is_left_out(visit):
    page = visit("edges")
    gone = {"path": "/tmp/gradio/nowhere/cat.png", "meta": {"_type": "gradio.FileData"}}
    reload_with(page, {"edges-picture": json.dumps(gone), "edges-canny-low": "33"})
    page.wait_for_function("document.querySelector('#edges-canny-low input[type=number]')?.value === '33'")
    assert page.locator("#edges-picture img").count() == 0
