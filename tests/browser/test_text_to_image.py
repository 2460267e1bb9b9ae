from __future__ import annotations

import threading

import numpy as np
import pytest

from core import images, models, samples
from tests.conftest import PHONE

ID = "#text_to_image"


def set_numbers(page, **knobs):
    for name, value in knobs.items():
        page.locator(f"{ID}-{name} input[type=number]").fill(str(value))


def choose_sd_turbo(page, **knobs):
    """Opens the further settings and takes SD-Turbo."""
    page.locator(f"{ID}-more > button").click()
    page.locator(f"{ID}-model input").click()
    page.get_by_role("option", name="SD-Turbo").click()
    page.wait_for_function(f"document.querySelector('{ID}-size input[type=number]')?.value === '512'")
    set_numbers(page, **knobs)


def result_size(page):
    """The result's width and height, once the browser has decoded it."""
    result = page.locator(f"{ID}-result img")
    return result.evaluate("async image => { await image.decode(); return [image.naturalWidth, image.naturalHeight] }")


@pytest.mark.parametrize(
    ("locale", "size", "needs", "absent"),
    [
        ("en-US", (1280, 900), "needs a model that is not on this computer yet", "is not on this machine"),
        ("ko-KR", PHONE, "필요한 모델이 아직 이 컴퓨터에 없습니다", "이 컴퓨터에 없고"),
    ],
)
def test_without_a_model_the_tab_says_what_it_needs_before_and_after(hub, visit, locale, size, needs, absent):
    page = visit("text_to_image", locale=locale, size=size)
    choose_sd_turbo(page)
    panel = page.locator(f"{ID}-needs .needs")
    panel.get_by_text(needs).wait_for()
    assert "python -m core.models prefetch sd-turbo" in panel.inner_text()
    assert "Stability AI Community License Agreement" in panel.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "nothing sticks out sideways"
    page.locator(f":is({ID}-examples, {ID}-examples-ko) button >> visible=true").first.click()
    page.locator(f"{ID}-draw").click()
    page.locator("[data-testid=toast-body]").get_by_text(absent).wait_for()
    assert panel.is_visible()
    assert page.locator(f"{ID}-result img").count() == 0, "nothing is drawn that no model drew"
    assert page.locator(f"{ID}-prompt textarea").input_value() in ("a cat face", "고양이 얼굴"), "the prompt is kept"


def test_a_prompt_becomes_pictures_with_previews(hub, visit):
    hub("sd-turbo")
    page = visit("text_to_image")
    page.locator(f"{ID}-examples button").first.click()
    choose_sd_turbo(page, steps=100, size=64, count=3)
    page.locator(f"{ID}-draw").click()
    page.wait_for_function(
        "id => document.querySelector(id + '-preview img')?.checkVisibility()"
        " && document.querySelector(id + '-badge').innerText.includes('of 100')",
        arg=ID,
    )
    page.locator(f"{ID}-pictures img").nth(2).wait_for()
    page.locator(f"{ID}-badge").get_by_text("SD-Turbo").wait_for()
    assert not page.locator(f"{ID}-preview").is_visible()
    assert not page.locator(f"{ID}-needs").is_visible()
    result = page.locator(f"{ID}-result img")
    assert result_size(page) == [64, 64]
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
    choose_sd_turbo(page, size=64)
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
    choose_sd_turbo(page, steps=150)
    page.locator(f"{ID}-draw").click()
    page.locator(f"{ID}-preview img").wait_for()
    page.locator(f"{ID}-stop").click()
    page.locator(f"{ID}-badge").get_by_text("Stopped.").wait_for()
    free = threading.Event()

    def borrow():
        with models.borrow("text_to_image", "sd-turbo"):
            free.set()

    threading.Thread(target=borrow, daemon=True).start()
    assert free.wait(60), "the model is free again"
    page.wait_for_timeout(500)
    assert "Stopped" in page.locator(f"{ID}-badge").inner_text(), "nothing came after"
    assert not page.locator(f"{ID}-preview").is_visible()


def test_the_pocket_model_draws_a_cat_whose_steps_can_be_looked_at(visit):
    page = visit("text_to_image")
    assert not page.locator(f"{ID}-needs").is_visible(), "nothing is needed"
    page.locator(f"{ID}-prompt textarea").fill("고양이")
    page.locator(f"{ID}-draw").click()
    page.locator(f"{ID}-badge").get_by_text("Pocket Stable Diffusion").wait_for()
    page.locator(f"{ID}-badge").get_by_text("Encoded in English: cat").wait_for()
    assert result_size(page) == [128, 128]
    page.locator(f"{ID}-level").get_by_text("Step 20 of 20").wait_for()
    last = page.locator(f"{ID}-clean img").get_attribute("src")
    page.locator(f"{ID}-scrubber input[type=number]").fill("1")
    page.locator(f"{ID}-level").get_by_text("Step 1 of 20: noise σ = 1.00").wait_for()
    page.wait_for_function("([id, src]) => document.querySelector(id).src !== src", arg=[f"{ID}-clean img", last])

    page.locator(f"{ID}-inside-button").click()
    page.locator(f"{ID}-read").click()
    page.locator(f"{ID}-tokens .read").get_by_text("cat").wait_for()
    page.locator(f"{ID}-suggest").click()
    page.locator(f"{ID}-guess-badge").get_by_text("The words were taken for: cat").wait_for()
    page.locator(f"{ID}-guess img").wait_for()
    page.locator(f"{ID}-find-words").click()
    page.locator(f"{ID}-maps img").first.wait_for()


def open_more(page):
    page.locator(f"{ID}-more").get_by_role("button", name="More settings").click()


def test_a_saved_picture_brings_its_settings_back(visit, tmp_path):
    page = visit("text_to_image")
    page.locator(f"{ID}-prompt textarea").fill("a red heart")
    open_more(page)
    set_numbers(page, steps=3, guidance=2)
    page.locator(f"{ID}-draw").click()
    page.locator(f"{ID}-badge").get_by_text("Pocket Stable Diffusion").wait_for()
    seed = page.locator(f"{ID}-seed input").input_value()
    first = page.locator(f"{ID}-result img").get_attribute("src")
    with page.expect_download() as saved:
        page.locator(f"{ID}-result [aria-label=Download], {ID}-result button[title=Download]").first.click()
    file = tmp_path / "heart.png"
    saved.value.save_as(file)

    page.reload()
    open_more(page)
    # what the page itself remembers must not be taken for what the file says
    page.locator(f"{ID}-prompt textarea").fill("a blue car")
    set_numbers(page, seed=5)
    page.locator(f"{ID}-restore input[type=file]").set_input_files(file)
    page.wait_for_function(f"document.querySelector('{ID}-prompt textarea').value === 'a red heart'")
    page.wait_for_function(f"document.querySelector('{ID}-seed input').value === '{seed}'")
    assert page.locator(f"{ID}-steps input[type=number]").input_value() == "3"
    page.locator(f"{ID}-new-seed input:not(:checked)").wait_for()
    page.locator(f"{ID}-draw").click()
    page.locator(f"{ID}-result img").wait_for()
    assert page.locator(f"{ID}-result img").get_attribute("src") == first, "the very same picture"


def test_the_edges_of_a_picture_can_be_drawn_along(visit, tmp_path):
    page = visit("text_to_image")
    page.locator(f"{ID}-prompt textarea").fill("a cat")
    page.locator(f"{ID}-from-edges-button").click()
    page.locator(f"{ID}-outline-way input[value=canny]").check(force=True)
    page.locator(f"{ID}-outlined input[type=file]").set_input_files(samples.sample_path("cat"))
    page.locator(f"{ID}-edges canvas").first.wait_for()
    page.locator(f"{ID}-edges [aria-label=Brush]").wait_for()
    page.wait_for_timeout(1500)
    set_numbers(page, steps=2)
    page.locator(f"{ID}-new-seed input").uncheck()
    taken = draw_from_edges(page)
    page.locator(f"{ID}-edges canvas").first.scroll_into_view_if_needed()
    box = page.locator(f"{ID}-edges canvas").first.bounding_box()
    for share in (0.25, 0.5, 0.75):
        page.mouse.move(box["x"] + 0.35 * box["width"], box["y"] + share * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.65 * box["width"], box["y"] + share * box["height"], steps=8)
        page.mouse.up()
    page.wait_for_timeout(500)
    edited = draw_from_edges(page)
    assert np.abs(taken - edited).mean() > 1, "three more lines are another picture"


def draw_from_edges(page):
    """The picture that is drawn along the canvas's edges."""
    badge = page.locator(f"{ID}-badge")
    badge.evaluate("badge => badge.querySelector('.badge')?.remove()")
    page.locator(f"{ID}-along").click()
    badge.get_by_text("Pocket ControlNet").wait_for()
    with page.expect_download() as saved:
        page.locator(f"{ID}-result [aria-label=Download], {ID}-result button[title=Download]").first.click()
    return images.to_rgb(saved.value.path()).astype(int)


def test_one_knob_turned_step_by_step(visit):
    page = visit("text_to_image")
    page.locator(f"{ID}-prompt textarea").fill("a cat")
    set_numbers(page, steps=2)
    page.locator(f"{ID}-compare-button").click()
    page.locator(f"{ID}-x-values textarea, {ID}-x-values input").fill("1, 4")
    page.locator(f"{ID}-sweep").click()
    page.locator(f"{ID}-compared").get_by_text("Guidance 4").wait_for()
    assert page.locator(f"{ID}-compared img").count() == 2


def test_the_strip_of_strengths_opens_where_its_pictures_appear(visit):
    page = visit("text_to_image")
    page.locator(f"{ID}-prompt textarea").fill("a strawberry")
    page.locator(f"{ID}-from-picture-button").click()
    page.locator(f"{ID}-picture input[type=file]").first.set_input_files(samples.sample_path("heart"))
    page.locator(f"{ID}-picture img").wait_for()
    set_numbers(page, steps=5)
    page.locator(f"{ID}-strip").click()
    page.locator(f"{ID}-compared").get_by_text("Strength 1").wait_for()
    assert page.locator(f"{ID}-compared img").count() == 5 and page.locator(f"{ID}-compared").is_visible()


def test_a_picture_from_another_tab_lies_where_it_is_seen(visit):
    page = visit("autoencoder")
    page.locator("#autoencoder-familiar button").first.click()
    page.locator("#autoencoder-again img").wait_for()
    page.locator("#autoencoder-send > button").click()
    page.locator("#autoencoder-send-text_to_image").click()
    page.locator(f"{ID}-picture img").wait_for()
    assert page.locator(f"{ID}-redraw").is_visible()


def test_on_a_phone_the_result_comes_before_the_knobs(visit):
    def order(size):
        page = visit("text_to_image", size=size)
        return [page.locator(f"{ID}-{name}").bounding_box()["y"] for name in ("draw", "result", "steps")]

    draw, result, steps = order(PHONE)
    assert draw < result < steps
    draw, result, steps = order((1280, 900))
    assert result < draw < steps, "beside each other"
