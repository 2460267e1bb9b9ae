"""A bad upload gets one sentence in the visitor's language, and nothing on the page is lost."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from core import samples


def truncated_jpeg(share=1.0):
    out = io.BytesIO()
    with Image.open(samples.sample_path("coffee")) as picture:
        picture.convert("RGB").save(out, "JPEG")
    return out.getvalue()[: int(len(out.getvalue()) * share)]


BAD = [
    pytest.param(b"", "zero bytes", "0바이트", id="empty"),
    pytest.param(b"this is no picture", "of another kind", "다른 종류", id="text"),
    pytest.param(truncated_jpeg(0.4), "cut short", "잘렸습니다", id="truncated"),
]


@pytest.mark.parametrize(("content", "english", "korean"), BAD)
@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_a_bad_upload(visit, content, english, korean, locale):
    page = visit("edges", locale=locale)
    page.locator("#edges-examples button").first.click()
    page.locator("#edges-badge .badge span").first.wait_for()
    page.locator("#edges-picture").get_by_label("Remove Image" if locale == "en-US" else "그림 빼기").click()
    page.locator("#edges-picture input[type=file]").set_input_files(
        {"name": "holiday.jpg", "mimeType": "image/jpeg", "buffer": content}
    )
    toast = page.locator("[data-testid=toast-body]")
    toast.first.wait_for()
    assert (english if locale == "en-US" else korean) in toast.first.inner_text()
    page.locator("#edges-examples button").nth(1).click()
    page.locator("#edges-badge .badge span").nth(2).wait_for()
