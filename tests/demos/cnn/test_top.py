from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core import classify
from demos import cnn as tab
from tests.demos.cnn.samples import ABOUT, GREY
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler

PREDICTION = classify.Prediction(
    labels=("tabby", "lynx"),
    probabilities=np.array([0.7, 0.2], np.float32),
    indices=np.array([281, 287]),
    wnids=("a", "b"),
    glosses=("c", "d"),
    **ABOUT,
)


def test_the_top_five_are_shown_and_the_first_is_aimed_at() -> None:
    engine = FakeEngine(PREDICTION)
    shares, target, badge, code, verdict = find_api_handler(build_tab_page(engine, tab), "classify")(GREY, "auto")
    assert shares == pytest.approx({"tabby": 0.7, "lynx": 0.2})
    assert target.value == "tabby" and [value for _, value in target.choices] == ["tabby", "lynx"]
    assert "EfficientNet-Lite0" in badge
    assert "classify.predict(picture, top_k=5)" in code and verdict == ""
    assert engine.calls[0].fn is classify.predict and engine.calls[0].kwargs == {"top_k": 5}


@pytest.mark.parametrize(("recognised", "said"), [(False, True), (True, False), (None, False)])
def test_where_none_of_the_classes_fits_a_sentence_says_so(recognised, said) -> None:
    found = dataclasses.replace(PREDICTION, recognised=recognised)
    shares, *_, verdict = find_api_handler(build_tab_page(FakeEngine(found), tab), "classify")(GREY, "auto")
    assert ("None of the network's 1,000 classes fits" in verdict) == said and ("A person" in verdict) == said
    assert list(shares) == ["tabby", "lynx"]


def test_a_chosen_model_reaches_core() -> None:
    engine = FakeEngine(PREDICTION)
    code = find_api_handler(build_tab_page(engine, tab), "classify")(GREY, "resnet50")[3]
    assert engine.calls[0].kwargs["model"] == "resnet50" and "model='resnet50'" in code
