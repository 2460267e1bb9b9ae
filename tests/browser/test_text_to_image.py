from __future__ import annotations

import threading

import pytest

from core import models
from tests.conftest import PHONE

ID = "#text_to_image"


def fill(page, **knobs):
    for name, value in knobs.items():
        page.locator(f"{ID}-{name} input[type=number]").fill(str(value))


@pytest.mark.parametrize(
    ("locale", "size", "needs", "absent"),
    [
        ("en-US", (1280, 900), "needs a model that is not on this computer yet", "is not on this machine"),
        ("ko-KR", PHONE, "필요한 모델이 아직 이 컴퓨터에 없습니다", "이 컴퓨터에 없고"),
    ],
)
def test_without_a_model_the_tab_says_what_it_needs_before_and_after(hub, visit, locale, size, needs, absent):
    page = visit("text_to_image", locale=locale, size=size)
    panel = page.locator(f"{ID}-needs .needs")
    panel.get_by_text(needs).wait_for()
    assert "python -m core.models prefetch sd-turbo" in panel.inner_text()
    assert "Stability AI Community License Agreement" in panel.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "nothing sticks out sideways"
    page.locator(f"{ID}-examples button").first.click()
    page.locator(f"{ID}-draw").click()
    page.locator("[data-testid=toast-body]").get_by_text(absent).wait_for()
    page.locator(f"{ID}-badge").get_by_text(absent).wait_for()
    assert panel.is_visible()
    assert page.locator(f"{ID}-result img").count() == 0, "nothing is drawn that no model drew"
    assert "snow" in page.locator(f"{ID}-prompt textarea").input_value(), "the prompt is kept"


def test_a_prompt_becomes_pictures_with_previews(hub, visit):
    hub("sd-turbo")
    page = visit("text_to_image")
    page.locator(f"{ID}-examples button").first.click()
    fill(page, steps=100, size=64, count=3)
    page.locator(f"{ID}-draw").click()
    page.locator(f"{ID}-preview img").wait_for()
    assert "of 100" in page.locator(f"{ID}-badge").inner_text()
    page.locator(f"{ID}-pictures img").nth(2).wait_for()
    page.locator(f"{ID}-badge").get_by_text("SD-Turbo").wait_for()
    assert not page.locator(f"{ID}-preview").is_visible()
    assert not page.locator(f"{ID}-needs").is_visible()
    result = page.locator(f"{ID}-result img")
    assert result.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [64, 64]
    first = result.get_attribute("src")
    page.locator(f"{ID}-pictures button.thumbnail-item, {ID}-pictures .thumbnail-item").nth(1).click()
    page.wait_for_function("([id, src]) => document.querySelector(id)?.src !== src", arg=[f"{ID}-result img", first])
    with page.expect_download() as saved:
        page.locator(f"{ID}-result [aria-label=Download], {ID}-result button[title=Download]").first.click()
    assert saved.value.suggested_filename.endswith(".png")


def test_a_seed_is_kept_or_drawn_anew(hub, visit):
    hub("sd-turbo")
    page = visit("text_to_image")
    page.locator(f"{ID}-prompt textarea").fill("a cat")
    fill(page, size=64)
    seed = page.locator(f"{ID}-seed input")
    badge = page.locator(f"{ID}-badge")

    def draw():
        before = page.locator(f"{ID}-result img")
        source = before.get_attribute("src") if before.count() else None
        page.locator(f"{ID}-draw").click()
        badge.get_by_text("SD-Turbo").wait_for()
        page.locator(f"{ID}-result img").wait_for()
        return source

    draw()
    assert 0 < int(seed.input_value()) < 2**32
    kept = seed.input_value()
    page.locator(f"{ID}-new-seed input").uncheck()
    badge.evaluate("badge => badge.querySelector('.badge')?.remove()")
    first = draw()
    assert seed.input_value() == kept
    assert page.locator(f"{ID}-result img").get_attribute("src") == first, "same seed, same file"


def test_stop_ends_the_work_at_once(hub, visit):
    hub("sd-turbo")
    models.load("text_to_image", "sd-turbo")
    page = visit("text_to_image")
    page.locator(f"{ID}-prompt textarea").fill("a cat")
    fill(page, steps=150, size=512)
    page.locator(f"{ID}-draw").click()
    page.locator(f"{ID}-preview img").wait_for()
    page.locator(f"{ID}-stop").click()
    page.locator(f"{ID}-badge").get_by_text("Stopped.").wait_for()
    free = threading.Event()

    def borrow():
        with models.borrow("text_to_image", "sd-turbo"):
            free.set()

    threading.Thread(target=borrow, daemon=True).start()
    assert free.wait(3), "the model is free again"
    page.wait_for_timeout(500)
    assert "Stopped" in page.locator(f"{ID}-badge").inner_text(), "nothing came after"
    assert not page.locator(f"{ID}-preview").is_visible()
