from __future__ import annotations

import re

import numpy as np

from core import autoencoder, images, samples
from tests.conftest import PHONE

PATIENCE = 60_000  # a training on a shared machine


def download_image(page, selector):
    picture = page.locator(f"{selector} img").first
    picture.wait_for(timeout=PATIENCE)
    return images.to_rgb(page.request.get(picture.get_attribute("src")).body())


def open_autoencoder_part(page, name):
    page.locator(f"#autoencoder-part-{name}-button").evaluate("button => button.click()")


def read_psnr(page):
    sentence = page.locator("#autoencoder-sentence").get_by_text("PSNR")
    sentence.wait_for(timeout=PATIENCE)
    return float(re.search(r"PSNR ([\d.]+) dB", page.locator("#autoencoder-sentence").inner_text())[1])


def wait_for_psnr(page, found):
    wanted = f"PSNR {found.copy.psnr:.1f} dB"
    page.locator("#autoencoder-sentence").get_by_text(wanted).wait_for(timeout=PATIENCE)


def set_number(page, name, value):
    number = page.locator(f"#autoencoder-{name} input[type=number]")
    number.fill(value)
    number.press("Tab")


def test_a_picture_goes_through_the_bottleneck_in_one_click(visit):
    page = visit("autoencoder")
    page.locator("#autoencoder-familiar button").first.click()
    found = autoencoder.round_trip(samples.sample_path("face"))
    assert read_psnr(page) == round(found.copy.psnr, 1)
    assert np.array_equal(download_image(page, "#autoencoder-again")[::3, ::3], found.decoded_picture)
    page.locator("#autoencoder-figures").get_by_text("JPEG").wait_for()
    whole = found.copy.psnr
    found = autoencoder.round_trip(samples.sample_path("face"), keep=2)
    assert found.copy.psnr < whole - 5
    set_number(page, "keep", "2")
    wait_for_psnr(page, found)
    found = autoencoder.round_trip(samples.sample_path("face"), keep=2, noise=2)
    set_number(page, "noise", "2")
    wait_for_psnr(page, found)
    assert np.array_equal(download_image(page, "#autoencoder-again")[::3, ::3], found.decoded_picture)


def test_a_photo_is_the_wrong_domain_on_a_phone_in_korean(visit):
    page = visit("autoencoder", size=PHONE, locale="ko-KR")
    page.locator("#autoencoder-strange button").nth(1).click()
    page.locator("#autoencoder-sentence").get_by_text("분의 1로 줄었다가").wait_for(timeout=PATIENCE)
    seen, again = (download_image(page, f"#autoencoder-{name}") for name in ("seen", "again"))
    assert seen.shape == again.shape == (384, 384, 3)
    assert np.abs(seen.astype(int) - again).mean() > 5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_way_between_two_codes_is_there_when_one_looks(visit):
    page = visit("autoencoder")
    open_autoencoder_part(page, "between")
    face_to_heart = download_image(page, "#autoencoder-between-codes")
    found = autoencoder.interpolate(samples.sample_path("face"), samples.sample_path("heart"))
    assert np.array_equal(face_to_heart[:256:2, :256:2], found.pictures[0])
    before = page.locator("#autoencoder-between-codes img").first.get_attribute("src")
    page.locator("#autoencoder-between-second-examples button").nth(2).click()
    page.wait_for_function(
        "(before) => document.querySelector('#autoencoder-between-codes img')?.src != before",
        arg=before,
        timeout=PATIENCE,
    )
    assert (download_image(page, "#autoencoder-between-codes")[:, -256:] != face_to_heart[:, -256:]).any()


def test_a_network_learns_to_denoise_and_can_be_stopped(visit):
    page = visit("autoencoder")
    open_autoencoder_part(page, "denoising")
    page.locator("#autoencoder-denoising-said").get_by_text("Press Train").wait_for(timeout=PATIENCE)
    page.locator("#autoencoder-denoising-epochs input[type=number]").fill("500")
    page.locator("#autoencoder-denoising-epochs input[type=number]").press("Tab")
    page.locator("#autoencoder-denoising-train").click()
    page.locator("#autoencoder-denoising-said progress").wait_for(timeout=PATIENCE)
    page.locator("#autoencoder-denoising-losses polyline").nth(1).wait_for(state="attached", timeout=PATIENCE)
    page.locator("#autoencoder-denoising-stop").click()
    page.locator("#autoencoder-denoising-said").get_by_text("Stopped").wait_for(timeout=PATIENCE)
    page.locator("#autoencoder-denoising-epochs input[type=number]").fill("5")
    page.locator("#autoencoder-denoising-epochs input[type=number]").press("Tab")
    page.locator("#autoencoder-denoising-train").click()
    page.locator("#autoencoder-denoising-said").get_by_text("best linear map").wait_for(timeout=PATIENCE)
    strip, from_noise = (download_image(page, f"#autoencoder-denoising-{name}") for name in ("strip", "from-noise"))
    assert strip.shape[1] == from_noise.shape[1] == 12 * 64 + 11 * 4
