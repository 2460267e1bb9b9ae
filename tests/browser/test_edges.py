from __future__ import annotations

import io
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from core import edges, samples
from core.edges import convolution
from demos.edges.grid import format_number
from tests.conftest import PHONE


def open_sub_tab(page, name: str) -> None:
    page.locator(f"#edges-tab-{name}-button").click()


def choose_option(page, box: str, words: str) -> None:
    page.locator(f"{box} input").first.click()
    page.get_by_role("option", name=words, exact=True).click()


def download_grey_image(page, box: str) -> np.ndarray:
    """The picture that is on screen, as the server sent it."""
    page.wait_for_function("box => document.querySelector(box + ' img')?.naturalWidth > 0", arg=box)
    data = page.request.get(page.locator(f"{box} img").first.get_attribute("src")).body()
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("L"))


def test_an_example_is_one_click(visit) -> None:
    page = visit("edges")
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge").get_by_text("Canny").wait_for()
    expected = edges.detect(samples.sample_path("cat"), "canny", low=60, high=150, sigma=1.0).edges * 255
    assert np.array_equal(download_grey_image(page, "#edges-result"), expected)
    page.locator("#edges-compare button").first.click()
    page.wait_for_function("document.querySelectorAll('#edges-slider img').length == 2")
    left, right = page.locator("#edges-slider img").all()
    assert "chelsea" in left.get_attribute("src")
    assert right.get_attribute("src") == page.locator("#edges-result img").get_attribute("src")


def test_only_the_sliders_of_the_chosen_method_are_seen_and_live(visit) -> None:
    page = visit("edges")
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge").get_by_text("Canny").wait_for()
    choose_option(page, "#edges-method", "Sobel")
    page.locator("#edges-badge").get_by_text("Sobel").wait_for()
    page.locator("#edges-sobel-gain").wait_for()
    page.locator("#edges-canny-low").wait_for(state="hidden")
    page.locator("#edges-sobel-threshold input[type=number]").fill("0.2")
    page.locator("#edges-sobel-threshold input[type=number]").press("Enter")
    page.locator("#edges-show-code").get_by_role("button").first.click()
    page.locator("#edges-code").get_by_text("0.2").first.wait_for()
    assert set(np.unique(download_grey_image(page, "#edges-result"))) == {0, 255}
    page.locator("#edges-compare button").first.click()
    choose_option(page, "#edges-other-method", "Laplacian of Gaussian")
    page.locator("#edges-other-badge").get_by_text("Laplacian of Gaussian").wait_for()
    page.wait_for_function(
        "() => { const [a, b] = document.querySelectorAll('#edges-slider img');"
        " return a && b && !a.src.includes('chelsea') && a.src !== b.src; }"
    )


def test_a_click_becomes_arithmetic(visit) -> None:
    page = visit("edges")
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge").get_by_text("Canny").wait_for()
    open_sub_tab(page, "kernel")
    picture = page.locator("#edges-picture img")
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.5})
    page.wait_for_function("document.querySelector('#edges-sums p')?.textContent.match(/pixel \\(1[01]\\d, /)")
    x, y = (int(n) for n in re.findall(r"\d+", page.locator("#edges-sums p").first.inner_text())[:2])
    # the picture is 451 x 300 and shown smaller
    assert abs(x - 113) <= 3 and abs(y - 150) <= 3
    weights = convolution.PRESETS["sobel_right"].make(3)
    found = convolution.convolve_pixel(samples.sample_path("cat"), weights, x, y)
    assert page.locator("#edges-total").inner_text() == format_number(found.total)
    patch = page.locator("#edges-sums table").first.locator("td").all_inner_texts()
    assert [int(v) for v in patch] == found.patch.ravel().tolist()


def test_a_kernel_is_typed_with_a_thumb(visit) -> None:
    page = visit("edges", size=PHONE, locale="ko-KR")
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge").get_by_text("Canny").wait_for()
    open_sub_tab(page, "kernel")
    choose_option(page, "#edges-preset", "항등")
    page.wait_for_function("document.querySelectorAll('#edges-grid input')[4]?.value == '1'")
    page.locator("#edges-kernel-size").get_by_text("5 × 5").click()
    page.wait_for_function("document.querySelectorAll('#edges-grid input').length == 25")
    cells = page.locator("#edges-grid input")
    assert cells.last.bounding_box()["x"] + cells.last.bounding_box()["width"] <= PHONE[0]
    cells.nth(12).fill("-2")
    page.locator("#edges-sums").get_by_text("(−2)").wait_for()
    page.locator("#edges-view").get_by_text("크기만").click()
    grey = edges.to_grey(samples.sample_path("cat")).astype(int)
    page.wait_for_function("document.querySelector('#edges-kernel-result img')?.naturalWidth == 451")
    for _ in range(240):
        if np.array_equal(download_grey_image(page, "#edges-kernel-result"), (2 * grey).clip(0, 255)):
            break
        page.wait_for_timeout(250)
    else:
        pytest.fail("the response is not |-2 g|")
    page.locator("#edges-size").get_by_text("높이: ⌊(300 + 2·2 − 5) / 1⌋ + 1 = 300").wait_for()


def test_the_stages_stand_side_by_side(visit) -> None:
    page = visit("edges", locale="ko-KR")
    page.locator("#edges-examples button").nth(1).click()
    open_sub_tab(page, "stages")
    page.locator("#edges-stages-badge").get_by_text("Canny, step by step").wait_for()
    page.wait_for_function(
        "[...document.querySelectorAll('[id^=edges-stages-] img')].filter(i => i.naturalWidth == 512).length == 6"
    )
    assert page.get_by_text("비최대 억제").first.is_visible()


def test_the_webcam_is_live(browser, url) -> None:
    fake = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    camera = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=fake)
    try:
        page = camera.new_context(permissions=["camera"], locale="en-US").new_page()
        page.goto(f"{url}?tab=edges")
        open_sub_tab(page, "live")
        page.locator("#edges-live-start").click()
        page.wait_for_function("document.querySelector('#edges-live img')?.naturalWidth == 640")
        first = page.locator("#edges-live img").get_attribute("src")
        page.wait_for_function(
            "first => { const shown = document.querySelector('#edges-live img'); return shown && shown.src != first }",
            arg=first,
        )
        page.locator("#edges-live").get_by_text(re.compile(r"[1-9]\d* frames/s")).wait_for()
        page.locator("#edges-live-stop").click()
        page.wait_for_function("document.querySelector('#edges-live video')?.srcObject === null")
    finally:
        camera.close()
