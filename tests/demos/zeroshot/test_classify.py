from __future__ import annotations

import gradio as gr
import pytest

from demos import zeroshot as tab
from demos.zeroshot import classify
from tests.demos.zeroshot.samples import PICTURE, build_zero_shot
from tests.stand_ins.fakes import FakeEngine, build_tab_page, find_api_handler


def test_what_the_controls_say_reaches_core() -> None:
    engine = FakeEngine(build_zero_shot("cat", "dog"))
    show = find_api_handler(build_tab_page(engine, tab), "zeroshot_classify")
    result, badge, code = show(PICTURE, ["cat", "dog"], "a {}\n\nthe {} ", 0.1, True, "clip-vit-b32")
    settings = {"temperature": 0.1, "none_of_these": True, "model": "clip-vit-b32"}
    assert engine.calls[0].args[1] == ["cat", "dog"]
    assert engine.calls[0].kwargs == {"template": ["a {}", "the {}"], **settings}
    assert engine.calls[1].kwargs == {"template": "{}", **settings}
    assert "50.0%" in result and "0.500" in result and "0.04" in result
    assert "Concept space" in badge and "zeroshot.classify(picture, ['cat', 'dog']" in code


def test_without_a_sentence_there_is_nothing_to_compare() -> None:
    engine = FakeEngine(build_zero_shot("cat"))
    find_api_handler(build_tab_page(engine, tab), "zeroshot_classify")(PICTURE, ["cat"], "{}", 0, False, "")
    assert len(engine.calls) == 1
    assert engine.calls[0].kwargs == {"template": ["{}"], "temperature": None, "none_of_these": False}


@pytest.mark.parametrize(("picture", "labels"), [(None, ["cat"]), (PICTURE, [])])
def test_a_missing_half_asks_for_it(picture, labels) -> None:
    engine = FakeEngine(build_zero_shot("cat"))
    result, *_ = find_api_handler(build_tab_page(engine, tab), "zeroshot_classify")(picture, labels, "{}", 0, False, "")
    assert "picture and at least one label" in result and not engine.calls


@pytest.mark.parametrize("name", ["eight", None, ["one"], {}, 1])
def test_a_preset_that_there_is_not_writes_no_templates(name) -> None:
    with pytest.raises(gr.Error, match="preset must be one of bare, one, seven"):
        classify.write_templates(name)
    assert classify.write_templates("one") == "a photo of a {}"
