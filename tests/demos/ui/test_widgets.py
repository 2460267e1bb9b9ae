from __future__ import annotations

import re

import pytest

from core import models
from core.results import Result
from demos import ui
from demos.ui.language import Language

DATA = {
    ("edges", "learned"): ("trained on research data (BSDS500)", "연구용 데이터 BSDS500으로 학습"),
    ("autoencoder", "pocket-vae"): (
        "trained on Noto, Fluent, Twemoji, OpenMoji",
        "Noto, Fluent, Twemoji, OpenMoji로 학습",
    ),
}


def list_chips(task: str, model: str) -> list[str]:
    return re.findall("<span>(.*?)</span>", str(ui.model_badge(task, Result(model=model, seconds=1))))


@pytest.mark.parametrize(("task", "model"), DATA)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_badge_says_what_a_model_was_trained_on_in_the_visitors_language(task, model, language, monkeypatch) -> None:
    monkeypatch.setattr(Language, "forced", language)
    chips = list_chips(task, model)
    assert chips[3:5] == [models.row(task, model).licence, DATA[task, model][language == "ko"]]


@pytest.mark.parametrize(("task", "model"), [("edges", "canny"), ("classify", "efficientnet-lite0")])
def test_a_badge_without_such_data_has_no_chip_for_it(task, model) -> None:
    assert list_chips(task, model)[3:-1] == ["Apache-2.0"]
