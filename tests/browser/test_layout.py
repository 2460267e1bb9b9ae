"""Where things stand: the result in the first screen of a projector, and before the knobs on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PHONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

PROJECTOR, FULL_HD = (1280, 800), (1920, 1080)
MOST_OPEN = 4
# a training and a grid of clicks take long on two cores that others use too
PATIENCE = 240_000
# what the page itself says of its controls: a slider with its number, a radio group, a dropdown, a checkbox, a number,
# a colour count as one each; those in a closed accordion, or not shown, do not count
_CONTROLS = """(tab) => {
    const open = [...document.querySelectorAll(`#tab-${tab} :is(input, fieldset)`)].filter(e => e.checkVisibility());
    const controls = open.filter(e => e.matches('fieldset, input[type=range], input[role=listbox], input[type=color]')
        || (e.matches('input[type=checkbox]') && !e.closest('fieldset'))
        || (e.matches('input[type=number]') && !e.closest('.block').querySelector('input[type=range], .kernel')));
    return controls.map(e => e.closest('.block[id], fieldset[id]')?.id || e.getAttribute('aria-label') || e.tagName);
}"""
_SMALL = """(tab) => {
    const pressed = `:is(button, [role=tab], input, textarea, fieldset label, a.download-link)`;
    return [...document.querySelectorAll(`#tab-${tab} ${pressed}`)]
        .filter(e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}))
        .filter(e => !(e.tagName === 'INPUT' && e.closest('label') && /radio|checkbox/.test(e.type)))
        .map(e => [e, e.getBoundingClientRect()])
        .filter(([e, r]) => r.height > 2 && (r.height < 43 || r.width < 43)).map(([e, r]) =>
            `${e.tagName} ${e.className} in ${e.closest('[id]')?.id}: ${r.width} x ${r.height}`);
}"""


@dataclass(frozen=True)
class Part:
    """One part of a tab.

    Attributes:
        tab: its tab.
        steps: what is clicked after the example, in this order, CSS selectors of which the first visible one is meant;
            what follows a "=" is typed there.
        shown: what must be wholly in the first screen: the result, its badge.
        knob: what comes after the first of `shown` on a phone; "" where there is none.
    """

    tab: str
    steps: tuple[str, ...]
    shown: tuple[str, ...]
    knob: str

    def open(self, visit: Callable[..., Page], size: tuple[int, int]) -> Page:
        """The part with the answer to the tab's first example."""
        page = visit(self.tab, size=size, locale="ko-KR")
        find_example(page, self.tab).click()
        page.set_default_timeout(PATIENCE)
        for step in self.steps:
            name, types, text = step.partition("=")
            place = page.locator(f"{name} >> visible=true").first
            place.fill(text) if types else place.click()
        for name in self.shown:
            page.locator(f"{name} >> visible=true").first.wait_for()
        page.wait_for_function("() => !document.querySelector('.eta-bar, .progress-text')?.checkVisibility()")
        page.evaluate("scrollTo(0, 0)")
        return page


PARTS = {
    "edges": Part("edges", (), ("#edges-result img", "#edges-badge span"), "#edges-method"),
    "kernel": Part(
        "edges",
        ("#edges-tab-kernel-button",),
        ("#edges-kernel-result img", "#edges-sums table", "#edges-kernel-badge span"),
        "#edges-preset",
    ),
    "stages": Part(
        "edges",
        ("#edges-tab-stages-button",),
        ("#edges-stages-blurred img", "#edges-stages-final img", "#edges-stages-badge span"),
        "#edges-stages-low",
    ),
    "people": Part(
        "edges",
        ("#edges-tab-people-button",),
        ("#edges-people-mine-shown img", "#edges-people-mine-figures table", "#edges-people-mine-badge span"),
        "#edges-people-mine-method",
    ),
    "live": Part("edges", ("#edges-tab-live-button",), ("#edges-live .edges-live",), "#edges-live-way"),
    "look": Part(
        "cnn",
        (),
        ("#cnn-look-result img", "#cnn-top5 .confidence-set", "#cnn-badge span", "#cnn-look-badge span"),
        "#cnn-look-layer",
    ),
    "filters": Part(
        "cnn",
        ("#cnn-part-filters-button",),
        ("#cnn-filters-first img", "#cnn-filters-sobel", "#cnn-filters-badge span"),
        "",
    ),
    "maps": Part(
        "cnn",
        ("#cnn-part-maps-button",),
        ("#cnn-filters-maps img", "#cnn-filters-over img", "#cnn-filters-maps-badge span"),
        "#cnn-filters-layer",
    ),
    "pooling": Part(
        "cnn",
        ("#cnn-part-pooling-button",),
        ("#cnn-pooling-result .grid-wrap", "#cnn-pooling-example .worked"),
        "#cnn-pooling-size",
    ),
    "invariance": Part(
        "cnn",
        ("#cnn-part-invariance-button",),
        ("#cnn-invariance-curve svg", "#cnn-invariance-badge span"),
        "#cnn-invariance-transform",
    ),
    "transfer": Part(
        "cnn",
        ("#cnn-part-transfer-button", "#transfer-source label", "#transfer-stock .badge", "#transfer-train"),
        ("#transfer-confusion table", "#transfer-loss svg.marks", "#transfer-verdict p", "#transfer-badge span"),
        "#transfer-five",
    ),
    "point": Part(
        "segment",
        (),
        ("#segment-canvas canvas", "#segment-cutout img", "#segment-badge span"),
        "#segment-backdrop",
    ),
    "everything": Part(
        "segment",
        ("#segment-part-everything-button", "#segment-everything-run"),
        ("#segment-everything-shown img", "#segment-everything-badge span"),
        "#segment-everything-more",
    ),
    "words": Part(
        "segment",
        ("#segment-part-words-button", "#segment-by-words-words textarea=고양이", "#segment-by-words-run"),
        ("#segment-by-words-shown img", "#segment-by-words-badge span"),
        "#segment-by-words-detector",
    ),
    "draw": Part(
        "text_to_image",
        ("#text_to_image-draw",),
        ("#text_to_image-result img", "#text_to_image-badge span"),
        "#text_to_image-count",
    ),
    "round trip": Part(
        "autoencoder",
        (),
        ("#autoencoder-again img", "#autoencoder-sentence p", "#autoencoder-badge span"),
        "#autoencoder-keep",
    ),
    "between": Part(
        "autoencoder",
        ("#autoencoder-part-between-button",),
        ("#autoencoder-between-codes img", "#autoencoder-between-fades img", "#autoencoder-between-badge span"),
        "#autoencoder-between-count",
    ),
    "fill": Part("inpaint", (), ("#inpaint-result img", "#inpaint-badge span"), "#inpaint-method"),
    "labels": Part("zeroshot", (), ("#zeroshot-result table", "#zeroshot-badge span"), "#zeroshot-preset"),
    "captions": Part(
        "zeroshot",
        ("#zeroshot-part-matrix-button", "#zeroshot-compare"),
        ("#zeroshot-matrix table", "#zeroshot-badge span"),
        "",
    ),
    "search": Part(
        "zeroshot",
        ("#zeroshot-part-search-button", "#zeroshot-search"),
        ("#zeroshot-found .grid-container > :first-child img", "#zeroshot-badge span"),
        "",
    ),
}


def find_example(page: Page, tab: str) -> Locator:
    """The first of a tab's examples, in the page's language."""
    lists = ", ".join(f"#{tab}-{name} button" for name in ("examples", "examples-ko", "familiar"))
    return page.locator(f":is({lists}) >> visible=true").first


def find_box(page: Page, name: str) -> dict[str, Any]:
    """Where the last of the shown elements with that selector is."""
    box = page.locator(f"{name} >> visible=true").last.bounding_box()
    assert box is not None, name
    return dict(box)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_result_is_in_the_first_screen_of_a_projector(visit, part: Part) -> None:
    page = part.open(visit, PROJECTOR)
    for name in part.shown:
        box = find_box(page, name)
        assert box["y"] >= 0 and box["y"] + box["height"] <= PROJECTOR[1], f"{name} ends at {box['y'] + box['height']}"
    controls = page.evaluate(_CONTROLS, part.tab)
    assert len(controls) <= MOST_OPEN, controls


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_on_a_phone_the_result_comes_before_the_knobs(visit, part: Part) -> None:
    page = part.open(visit, PHONE)
    if part.knob:
        result, knob = find_box(page, part.shown[0]), find_box(page, part.knob)
        assert result["y"] + result["height"] <= knob["y"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert page.evaluate(_SMALL, part.tab) == []


@pytest.mark.parametrize("tab", sorted({part.tab for part in PARTS.values()}))
def test_the_page_is_wide_and_in_the_middle(visit, tab: str) -> None:
    page = visit(tab, size=FULL_HD)
    find_example(page, tab).wait_for()
    left, right = page.evaluate(
        "() => { const r = document.querySelector('#tabs').getBoundingClientRect();"
        " return [r.left, document.documentElement.clientWidth - r.right]; }"
    )
    assert abs(left - right) <= 2
    assert FULL_HD[0] - left - right >= 1700


@pytest.mark.parametrize(
    ("part", "marked"),
    [
        ("kernel", ("#edges-picture", "#edges-kernel-result")),
        ("maps", ("#cnn-filters-maps",)),
        ("pooling", ("#cnn-picture",)),
    ],
)
def test_a_mark_is_where_the_arithmetic_is_from(visit, part: str, marked: tuple[str, ...]) -> None:
    page = PARTS[part].open(visit, PROJECTOR)
    page.locator(f"{marked[0]} > .mark").wait_for()
    clicked = _click_at(page, marked[0], 0.3, 0.4)
    page.wait_for_function(
        "([host, x, y]) => { const m = document.querySelector(`${host} > .mark`)?.getBoundingClientRect();"
        " return m && m.left <= x && x <= m.right && m.top <= y && y <= m.bottom; }",
        arg=[marked[0], *clicked],
    )
    for host in marked:
        mark, picture = find_box(page, f"{host} > .mark"), find_box(page, f"{host} img")
        assert picture["x"] <= mark["x"] + mark["width"] / 2 <= picture["x"] + picture["width"] / 2
    page.locator("#tab-segment-button").first.click()
    page.locator("#segment-examples button").first.wait_for()
    assert page.locator(".mark >> visible=true").count() == 0


def _click_at(page: Page, host: str, across: float, down: float) -> tuple[float, float]:
    """Clicks a share of the way across and down a picture; where that was in the window."""
    box = find_box(page, f"{host} img")
    x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
    page.mouse.click(x, y)
    return x, y


def test_a_finger_scrolls_past_the_canvas_unless_it_draws_a_box(visit_with_finger) -> None:
    page = visit_with_finger("segment")
    page.locator("#segment-cutout img").wait_for()
    assert swipe_up(page, "#segment-canvas canvas") > 100
    page.locator("#segment-mode").get_by_text("Box").tap()
    assert swipe_up(page, "#segment-canvas canvas") == 0
    page.locator("#segment-mode").get_by_text("Keep").tap()
    assert swipe_up(page, "#segment-canvas canvas") > 100


def test_a_finger_scrolls_past_a_picture_under_a_slider(visit_with_finger) -> None:
    page = visit_with_finger("cnn")
    page.locator("#cnn-look-result img").first.wait_for()
    assert swipe_up(page, "#cnn-look-result img") > 100


@pytest.fixture
def visit_with_finger(browser, url) -> Iterator[Callable[[str], Page]]:
    """Opens a tab on a phone, with its first example."""
    size = {"width": PHONE[0], "height": PHONE[1]}
    context = browser.new_context(viewport=size, has_touch=True, is_mobile=True, locale="en-US")

    def go(tab: str) -> Page:
        page: Page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}?tab={tab}")
        page.locator(f"#{tab}-examples button").first.tap()
        return page

    yield go
    context.close()


def swipe_up(page: Page, name: str) -> float:
    """How far the page scrolls as a finger moves 300 px up from the middle of what is named."""
    page.evaluate("scrollTo(0, 0)")
    page.locator(name).first.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    start = page.evaluate("scrollY")
    box = find_box(page, name)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 16):
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 20 * step}]})
        page.wait_for_timeout(20)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(500)
    scrolled: float = page.evaluate("scrollY") - start
    return scrolled
