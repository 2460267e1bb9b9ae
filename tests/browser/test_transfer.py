from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import images, samples
from tests.conftest import PHONE, WIDE


@pytest.fixture(scope="module")
def patches() -> dict[str, list[dict[str, Any]]]:
    """Three patches of each of two photos, as files to upload."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in ("cat", "coffee"):
        photo = images.to_rgb(samples.sample_path(name))
        found[name] = []
        for i in range(3):
            out = io.BytesIO()
            Image.fromarray(np.ascontiguousarray(photo[40 * i : 40 * i + 160, 100:260])).save(out, "PNG")
            found[name].append({"name": f"patch{i}.png", "mimeType": "image/png", "buffer": out.getvalue()})
    return found


def open_transfer_part(page: Any) -> None:
    page.locator("#cnn-part-transfer-button").evaluate("button => button.click()")
    page.locator("#transfer-source").wait_for()


def add_class(page: Any, name: str, files: list[dict[str, Any]]) -> None:
    box = page.locator("#transfer-class input")
    box.fill(name)
    box.press("Enter")
    page.locator("#transfer-files input[type=file]").set_input_files(files)
    page.locator("#transfer-files").get_by_text("patch2").wait_for()
    page.locator("#transfer-add").click()
    page.locator("#transfer-stock").get_by_text(f"{name}: 3").wait_for()


@pytest.mark.parametrize(
    ("size", "locale", "own", "words"),
    [
        (WIDE, "en-US", "My own pictures", ("right on 2 held-out pictures", "Confusion matrix")),
        (PHONE, "ko-KR", "내 사진", ("검증 사진 2장에서 정확도", "혼동 행렬")),
    ],
)
def test_own_classes_are_collected_trained_and_tried(visit, patches, size, locale, own, words) -> None:
    page = visit("cnn", size=size, locale=locale)
    page.set_default_timeout(60_000)
    open_transfer_part(page)
    page.locator("#transfer-source").get_by_text(own).click()
    page.locator("#transfer-class input").wait_for()
    for name, files in patches.items():
        add_class(page, name, files)
    page.locator("#transfer-train").click()
    page.locator("#transfer-verdict").get_by_text(words[0]).wait_for()
    page.locator("#transfer-confusion").get_by_text(words[1]).wait_for()
    assert page.locator("#transfer-confusion td").count() == 4
    page.locator("#transfer-loss svg.marks").wait_for()
    page.locator("#transfer-download:not([disabled])").first.wait_for(state="attached")
    page.locator("#transfer-test input[type=file]").first.set_input_files(patches["coffee"][1])
    page.locator("#transfer-guess").get_by_text("coffee").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_training_waits_for_pictures_and_says_so(visit) -> None:
    page = visit("cnn")
    open_transfer_part(page)
    button = page.locator("#transfer-train")
    assert button.is_disabled()
    assert "choose pictures first" in button.evaluate("button => getComputedStyle(button, '::after').content")
