from __future__ import annotations

import gradio as gr
import pytest

from demos import cnn as tab
from demos import ui
from demos.cnn import top
from tests.demos.cnn.samples import GREY
from tests.demos.cnn.test_invariance import build_invariance
from tests.demos.cnn.test_look import build_explanation
from tests.demos.cnn.test_top import PREDICTION
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


@pytest.fixture(autouse=True)
def korean_page(monkeypatch):
    monkeypatch.setattr(ui.Language, "forced", "ko")


def test_the_top_five_and_the_choices_are_korean_and_the_value_is_the_label() -> None:
    handler = find_api_handler(build_tab_page(FakeEngine(PREDICTION), tab), "classify")
    shares, target, _, code, verdict = handler(GREY, "auto")
    assert list(shares) == ["태비고양이 (tabby)", "스라소니 (lynx)"]
    assert target.choices == [("태비고양이 (tabby)", "tabby"), ("스라소니 (lynx)", "lynx")]
    assert target.value == "tabby" and "found.labels" in code and verdict == ""


def test_a_click_on_a_korean_name_aims_at_its_label() -> None:
    def click(name: str) -> gr.SelectData:
        return gr.SelectData(None, {"index": 0, "value": name})

    assert top.pick_target(click("스라소니 (lynx)")) == "lynx"
    assert top.pick_target(click("lynx")) == "lynx"


def test_sentence_curve_and_captions_are_korean() -> None:
    explain = find_api_handler(build_tab_page(FakeEngine(build_explanation()), tab), "grad_cam")
    assert "**태비고양이 (tabby)**(70.0%)" in explain(GREY, "tabby", "bn2", "gradcam", 1, "auto")[1]
    show = find_api_handler(build_tab_page(FakeEngine(build_invariance()), tab), "invariance")
    drawing, sentence, pictures, _, _ = show(GREY, "shift", -1, 1, 5, "tabby", "auto")
    assert "<h4>태비고양이 (tabby)의 확률</h4>" in drawing
    assert "-1: 태비고양이 (tabby) 10.0% · 1위 스라소니 (lynx)" in drawing
    assert "1위가 여전히 태비고양이 (tabby)입니다" in sentence
    assert next(caption for _, caption in pictures) == "-1 · 스라소니 (lynx)"
