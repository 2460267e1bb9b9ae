"""One language for all of the page, and words that keep up with the pictures whatever a browser does to them."""

from __future__ import annotations

import re

import pytest

from core.engine import Local
from demos import edges, ui
from demos.page import build_page
from demos.page.links import ServerAddresses

# what a translator does to a page, in the ways that are known: a <font> in the place of each text, at once or in two
# steps, or around it; it goes on with whatever the page writes
TRANSLATE = """way => {
    const put = text => {
        if (!text.data.trim() || text.parentElement?.closest('font, script, style, .cm-editor') !== null) return;
        const outer = document.createElement('font'), inner = document.createElement('font');
        outer.append(inner);
        if (way != 'around') inner.textContent = '«' + text.data + '»';
        if (way == 'at once') text.parentNode.replaceChild(outer, text);
        if (way == 'in two steps') { text.parentNode.insertBefore(outer, text); text.remove(); }
        if (way == 'around') { text.replaceWith(outer); inner.append(text); }
    };
    const walk = root => {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        texts.forEach(put);
    };
    walk(document.body);
    new MutationObserver(records => records.forEach(record => {
        record.addedNodes.forEach(node => node.nodeType == Node.TEXT_NODE ? put(node) : walk(node));
        if (record.type == 'characterData') put(record.target);
    })).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""
HANGUL = re.compile("[가-힣]")


@pytest.fixture
def open_page(browser, url):
    """open_page(locale, header, path): a page of a browser with these languages, and the errors of its scripts."""
    contexts = []

    def go(locale, header=None, path="?tab=edges"):
        headers = {"Accept-Language": header} if header else {}
        contexts.append(browser.new_context(locale=locale, extra_http_headers=headers))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url + path)
        return page, errors

    yield go
    for context in contexts:
        context.close()


def choose_language(page, name):
    page.locator(".banner-wrap [aria-label=Language]").click()
    page.get_by_role("option", name=name, exact=True).click()


def read_badge(page):
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge .badge span").first.wait_for()
    return page.locator("#edges-badge").inner_text()


@pytest.mark.parametrize(
    ("locale", "header"),
    [
        ("zh-CN", "zh-CN,zh;q=0.9,ko;q=0.8,en;q=0.7"),
        ("fr-FR", "fr-FR,fr;q=0.9,ko;q=0.8"),
        ("ja-JP", None),
        ("ko", "en;q=0.5,ko"),
        ("en-GB", "ko;q=0,en"),
    ],
)
def test_page_gradios_words_and_badges_are_in_one_language(open_page, locale, header):
    page, _ = open_page(locale, header)
    korean = page.evaluate("document.documentElement.lang") == "ko"
    assert page.evaluate("[navigator.language, ...navigator.languages]") == ["ko" if korean else "en"] * 2
    assert bool(HANGUL.search(page.locator("#tab-segment-button").first.inner_text())) == korean
    # Gradio's own
    assert bool(HANGUL.search(page.locator("footer").inner_text())) == korean
    assert bool(HANGUL.search(read_badge(page))) == korean


def test_errors_follow_the_page_not_the_header_of_the_request(open_page):
    page, _ = open_page("en-US", "ko")
    page.locator("#edges-picture input[type=file]").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    toast = page.locator("[data-testid=toast-body]").first
    toast.wait_for()
    assert bool(HANGUL.search(toast.inner_text())) == (page.evaluate("document.documentElement.lang") == "ko")


def test_who_chooses_a_language_in_the_settings_gets_all_of_the_page_in_it(open_page):
    page, _ = open_page("en-US")
    page.locator("footer button.settings").click()
    choose_language(page, "한국어")
    page.wait_for_function("document.querySelector('#tab-segment-button')?.innerText.includes('분할')")
    assert HANGUL.search(read_badge(page))
    page.reload()
    page.wait_for_function("document.querySelector('#tab-segment-button')?.innerText.includes('분할')")


def test_with_lang_there_is_nothing_to_choose(browser, serve_page, monkeypatch):
    monkeypatch.setattr(ui.Language, "forced", "ko")
    address = serve_page(lambda: build_page(Local(), [edges.TAB], ServerAddresses()), "--lang", "ko")
    page = browser.new_page(locale="en-US")
    page.goto(address)
    assert HANGUL.search(read_badge(page)) and HANGUL.search(page.locator("#tab-edges-button").first.inner_text())
    page.locator("footer button.settings").click()
    page.locator(".theme-button").first.wait_for()
    assert page.locator("[aria-label=Language]").count() == 1 and not page.locator("[aria-label=Language]").is_visible()
    # who reads no Korean may want a translation
    assert page.evaluate("document.documentElement.translate")
    page.close()


def test_the_lecturers_page_too(open_page):
    page, _ = open_page("zh-CN", "ko", path="preflight")
    page.locator("#preflight-run").wait_for()
    korean = page.evaluate("document.documentElement.lang") == "ko"
    assert bool(HANGUL.search(page.locator("#preflight-run").inner_text())) == korean


@pytest.mark.parametrize(("locale", "offered"), [("en-US", False), ("ko-KR", False), ("fr-FR", True)])
def test_a_browser_offers_no_translation_of_what_its_visitor_reads(open_page, locale, offered):
    page, _ = open_page(locale)
    page.locator("#tabs").wait_for()
    assert page.evaluate("document.documentElement.translate") == offered
    assert page.locator("meta[name=google][content=notranslate]").count() == (0 if offered else 1)


def top_classes(page):
    return page.locator("#cnn-top5").inner_text().replace("«", "").replace("»", "").split("\n")


@pytest.mark.parametrize("way", ["at once", "in two steps", "around"])
def test_a_translated_page_shows_what_belongs_to_its_picture(open_page, way):
    page, errors = open_page("en-US", path="?tab=cnn")
    page.locator("#cnn-examples button").first.click()
    page.locator("#cnn-top5").get_by_text("Egyptian cat").first.wait_for()
    page.evaluate(TRANSLATE, way)
    if way != "around":
        page.locator("#cnn-top5").get_by_text("«Egyptian cat»").first.wait_for()
    for picture, name in [(1, "lion"), (2, "espresso")]:
        page.locator("#cnn-examples button").nth(picture).click()
        page.locator("#cnn-top5").get_by_text(name).first.wait_for()
        assert "Egyptian cat" not in top_classes(page) and page.locator("#cnn-badge .badge").count() == 1
    # the header's button opens, fills and closes again
    page.locator("#join").click()
    page.locator("#qr").get_by_text("--lan").wait_for()
    page.locator("#join").click()
    page.locator("#qr").wait_for(state="hidden")
    assert errors == []


def test_a_translation_that_is_taken_back_leaves_the_words_of_the_page(open_page):
    page, errors = open_page("en-US")
    badge = read_badge(page)
    words = page.locator("#tabs").inner_text()
    # as a translator does: it has kept the texts that it took out
    page.evaluate(
        "() => { const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];"
        " while (walker.nextNode()) if (walker.currentNode.data.trim()) texts.push(walker.currentNode);"
        " window.kept = texts.filter(text => !text.parentElement.closest('script, style, .cm-editor')).map(text => {"
        " const font = document.createElement('font'); font.textContent = '«' + text.data + '»';"
        " text.replaceWith(font); return [font, text]; }); }"
    )
    page.locator("#edges-badge").get_by_text("«Canny (OpenCV)»").wait_for()
    page.evaluate("() => window.kept.forEach(([font, text]) => font.replaceWith(text))")
    page.locator("#edges-badge").get_by_text("Canny (OpenCV)", exact=True).wait_for()
    assert page.locator("#edges-badge").inner_text() == badge and page.locator("#tabs").inner_text() == words
    assert errors == []
