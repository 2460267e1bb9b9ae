"""Gradio's own words are in the language of the page, also those that its scripts have in English only."""

from __future__ import annotations

import json
import threading

import gradio as gr
import pytest

from core import texts

TABS = ("edges", "cnn", "segment", "text_to_image", "autoencoder", "inpaint", "zeroshot")
# every text and every name that the page has, seen or read aloud
COLLECT = """() => {
    const found = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (element.closest('script, style, noscript, .cm-editor') || !element.checkVisibility()) continue;
        found.add(walker.currentNode.data.trim());
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]'))
        for (const name of ['aria-label', 'title', 'placeholder']) found.add((element.getAttribute(name) ?? '').trim());
    return [...found];
}"""
WAIT, SECONDS = 60_000, 60


def other_words(language):
    """What Gradio's words are in the other language, and in Gradio's own English."""
    words = set()
    for section in ("builtin", "builtin_fixed"):
        for by_language in json.loads((texts.ASSETS / "texts" / f"{section}.json").read_text("utf-8")).values():
            words |= {by_language["en" if language == "ko" else "ko"]} - {by_language[language]}
    gradios = {"Click to Upload", "Drop Image Here", "Drop File Here", "processing |", "Use via API", "common.complete"}
    return words | (gradios if language == "ko" else set())


def foreign_words(page, language):
    found = set(page.evaluate(COLLECT)) - {"Language"}  # page.css knows it by that name
    counted = {word for word in found if language == "ko" and word.startswith(("queue:", "Thumbnail", "Line number"))}
    return found & other_words(language) | counted


@pytest.fixture
def slow_page(serve_page):
    """A page whose button works until it is told to stop, another that fails, and how it is told."""
    done = threading.Event()

    def work():
        done.wait(SECONDS)
        return "ok"

    def fail():
        raise gr.Error("그런 그림은 없습니다.", print_exception=False)

    def build():
        with gr.Blocks() as demo:
            demo.queue()
            gr.Image(label="A", elem_id="picture")
            said = gr.Textbox(label="B", elem_id="said")
            gr.Button("go", elem_id="go").click(work, None, said, concurrency_limit=1)
            gr.Button("no", elem_id="no").click(fail, None, said)
        return demo

    yield serve_page(build), done
    done.set()


@pytest.mark.parametrize(
    ("locale", "working", "ahead", "error"),
    [("ko-KR", "처리 중", "앞에 1명", "오류"), ("en-US", "working", "1 ahead of you", "Error")],
)
def test_who_waits_is_told_how_many_are_before_them(browser, slow_page, locale, working, ahead, error):
    address, done = slow_page
    contexts = [browser.new_context(locale=locale) for _ in range(2)]
    first, second = (context.new_page() for context in contexts)
    for page, said in ((first, working), (second, ahead)):
        page.set_default_timeout(WAIT)
        page.goto(address)
        page.locator("#go").click()
        page.locator("#said .progress-text").get_by_text(said).wait_for()
        words = page.locator("#said .progress-text").inner_text()
        assert "processing" not in words and "queue" not in words
        assert words.rstrip().endswith("초" if locale == "ko-KR" else "s")
    assert foreign_words(second, locale[:2]) == set()
    done.set()
    second.locator("#said .progress-text").wait_for(state="hidden")
    second.locator("#no").click()
    toast = second.locator("[data-testid=toast-body]")
    toast.wait_for()
    assert toast.locator(".toast-title").inner_text().strip() == error
    second.locator("#said .error").first.wait_for()
    assert foreign_words(second, locale[:2]) == set()
    for context in contexts:
        context.close()


def test_what_a_visitor_calls_things_stays(browser, serve_page):
    def build():
        with gr.Blocks() as demo:
            gr.HTML("<p id='mine'>Error</p><table><tr><td>Close</td></tr></table>")
            gr.Markdown("Clear", elem_id="note")
        return demo

    page = browser.new_page(locale="ko-KR")
    page.goto(serve_page(build))
    page.locator("#mine").wait_for()
    page.wait_for_timeout(300)
    assert page.locator("#mine").inner_text() == "Error" and page.locator("td").inner_text() == "Close"
    assert page.locator("#note").inner_text() == "Clear"
    page.close()


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
def test_no_tab_shows_a_word_of_gradios_in_the_other_language(visit, locale):
    found = {}
    page = visit(TABS[0], locale=locale)
    address = page.url.partition("?")[0]
    for tab in TABS:
        page.goto("about:blank")
        page.goto(f"{address}?tab={tab}")
        page.locator(f"#tab-{tab}-button[aria-selected=true]").first.wait_for(state="attached")
        page.locator("footer button.settings").wait_for()
        page.wait_for_timeout(500)
        found[tab] = foreign_words(page, locale[:2])
    assert found == {tab: set() for tab in TABS}
