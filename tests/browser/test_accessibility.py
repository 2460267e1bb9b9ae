"""axe-core finds no serious fault on any tab nor on any of its parts; sizes are those of the last row."""

from __future__ import annotations

import pytest

import app
from tests.conftest import PHONE

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

# what Gradio's own elements have wrong and nothing of ours can mend: the rule, a part of the element, and why
EXCLUDED = {
    "nested-interactive": [
        # a gallery's and an editor's field for files is one button that holds the buttons of its sources
        "icon-button",
    ],
}
BAD = ("serious", "critical")


def find_faults(page):
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (rule["id"], node["html"][:200], node["failureSummary"][:300])
        for rule in found
        if rule["impact"] in BAD
        for node in rule["nodes"]
        if not any(part in node["html"] for part in EXCLUDED.get(rule["id"], ()))
    ]


def open_parts(page):
    """Each part of the open tab, as it is open."""
    yield
    for part in page.locator("[role=tabpanel] [role=tab]:visible").evaluate_all("tabs => tabs.map(tab => tab.id)"):
        page.locator(f"#{part}").click()
        page.wait_for_timeout(3000)
        # words that are about to change are pale
        page.wait_for_function("![...document.querySelectorAll('.pending')].some(each => each.offsetParent)")
        yield


@pytest.mark.slow
@pytest.mark.parametrize("tab", [tab.id for tab in app.TABS])
def test_axe_finds_nothing_serious(visit, tab):
    page = visit(tab, locale="ko-KR")
    example = page.locator(f"#{tab}-examples button").first
    if tab != "text_to_image" and example.count():
        example.click()
        page.locator(f"#{tab}-badge .badge").first.wait_for()
    # names are given a moment after the elements are there
    page.wait_for_timeout(1000)
    faults = {fault for _ in open_parts(page) for fault in find_faults(page)}
    assert "\n".join(f"{rule}: {node} {why}" for rule, node, why in sorted(faults)) == ""


@pytest.mark.parametrize("tab", [tab.id for tab in app.TABS])
def test_what_a_finger_hits_is_44_pixels_high(visit, tab):
    page = visit(tab, size=PHONE)
    page.wait_for_timeout(500)
    low = page.evaluate(
        "() => [...document.querySelectorAll('[role=tab], #header button, .gallery-item, button.lg, button.sm')]"
        ".filter(node => node.offsetParent && node.getBoundingClientRect().height < 43.5)"
        ".map(node => [node.className, node.textContent.trim(), node.getBoundingClientRect().height])"
    )
    assert low == []


def test_body_and_hints_can_be_read_from_the_last_row(visit):
    page = visit("text_to_image")
    sizes = page.evaluate(
        "() => [['#text_to_image-prompt textarea'], ['[data-testid=block-info] ~ div']].map(([selector]) =>"
        " parseFloat(getComputedStyle(document.querySelector(selector)).fontSize))"
    )
    assert sizes[0] >= 16 and sizes[1] >= 14


def test_an_example_is_named_by_what_it_shows(visit):
    page = visit("edges", locale="ko-KR")
    page.locator("#edges-examples button[aria-label='고양이']").wait_for()
    names = page.locator("#edges-examples button.gallery-item").evaluate_all(
        "buttons => buttons.map(button => button.getAttribute('aria-label'))"
    )
    assert names == ["고양이", "우주인", "커피 한 잔", "사원", "오토바이", "벽돌 벽"]
