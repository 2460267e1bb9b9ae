from __future__ import annotations

import gradio as gr
import pytest

from core.errors import InputError
from demos import ui
from demos.ui import received

TICK = gr.Checkbox(label="Tick")
WORDS = gr.Textbox(label=ui.t("segment.words"))
SEVERAL = ui.Dropdown(["a", "b"], multiselect=True, label="Several")


@pytest.mark.parametrize("value", ["false", "true", "", "0", None, 2, 1.0, [], {"value": True}])
def test_a_checkbox_that_is_sent_no_bool_says_so(value):
    with pytest.raises(InputError, match="Tick must be true or false"):
        received.check_value(TICK, value)


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (1, True), (0, False)])
def test_a_checkbox_takes_bools_and_what_programs_write_for_them(value, expected):
    assert received.check_value(TICK, value) is expected


@pytest.mark.parametrize("value", [{}, [1], True, float("nan"), float("inf")])
def test_what_is_no_text_is_no_words(value):
    with pytest.raises(InputError, match="must be text"):
        received.check_value(WORDS, value)


@pytest.mark.parametrize(("value", "expected"), [("a cat", "a cat"), (None, None), (7, "7"), ("cat\ud83d", "cat")])
def test_texts_come_without_halves_of_emoji_and_numbers_as_their_digits(value, expected):
    assert received.check_value(WORDS, value) == expected


def test_the_sentence_names_the_component_in_the_visitors_language(monkeypatch):
    monkeypatch.setattr(ui.Language, "forced", "ko")
    with pytest.raises(InputError) as error:
        received.check_value(WORDS, {})
    name = ui.localise("segment.words")
    assert error.value.message_in("ko").startswith(f"‘{name}’는 글이어야 합니다(지금 값: {{}}).")


@pytest.mark.parametrize("value", ["3", True, [], {}, 10**400])
def test_sliders_and_numbers_take_numbers(value):
    for component in (ui.Slider(0, 5, 1, label="How"), ui.Number(1, label="How")):
        with pytest.raises(InputError, match=r"^How"):
            received.check_value(component, value)
        assert received.check_value(component, 2.5) == 2.5 and received.check_value(component, None) is None


@pytest.mark.parametrize("value", [{}, [["a"]], [{"a": 1}]])
def test_choices_can_be_looked_up(value):
    for component in (SEVERAL, ui.Radio(["a"], label="One"), ui.Dropdown(["a"], label="One")):
        with pytest.raises(InputError, match="one of its choices"):
            received.check_value(component, value)
    assert received.check_value(SEVERAL, ["a", "b"]) == ["a", "b"]
    with pytest.raises(InputError):
        received.check_value(ui.Radio(["a"], label="One"), ["a"])


@pytest.mark.parametrize("at", [-1, 3, True, None, "0", [0], {}, float("nan"), 10**30])
def test_a_click_on_none_of_the_things_is_refused(at):
    with pytest.raises(InputError, match="A click on something that is shown"):
        received.chosen_index(gr.SelectData(None, {"index": at, "value": None}), 3)
    assert received.chosen_index(gr.SelectData(None, {"index": 2, "value": None}), 3) == 2


@pytest.mark.parametrize("at", [None, 5, "ab", [1], [1, 2, 3], [-1, 0], [0, None], [1e308, 0], [float("nan"), 1]])
def test_a_click_on_no_pixel_is_refused(at):
    with pytest.raises(InputError, match="A click on something that is shown"):
        received.chosen_pixel(gr.SelectData(None, {"index": at, "value": None}))
    assert received.chosen_pixel(gr.SelectData(None, {"index": [7, 8.0], "value": None})) == (7, 8)


def test_json_is_cleaned_all_the_way_down():
    assert received.clean_json({"a\ud800": ["x\udfff", {"b": "고양이"}], "c": 1.5}) == {
        "a": ["x", {"b": "고양이"}],
        "c": 1.5,
    }
    nested = []
    for _ in range(5000):
        nested = [nested]
    with pytest.raises(InputError, match="cannot be read from what came, a nested list"):
        received.check_value(gr.JSON(label="Settings"), nested)


@pytest.mark.parametrize(("language", "name"), [("en", "Something on the page"), ("ko", "이 페이지의 항목")])
def test_what_is_not_shown_is_not_called_by_its_class(monkeypatch, language, name):
    monkeypatch.setattr(ui.Language, "forced", language)
    assert received.component_name(ui.EditorContents()) == name == received.component_name(gr.Textbox(visible=False))
