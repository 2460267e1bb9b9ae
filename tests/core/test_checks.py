from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from core import checks
from core.errors import InputError


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -1, 256, "7", None, True, [1], pytest.param(10**400, id="huge")]
)
def test_numbers_out_of_range_or_of_another_type(value):
    with pytest.raises(InputError) as error:
        checks.number("low", value, 0, 255)
    assert "low must be a number from 0 to 255" in str(error.value)


def test_numbers_in_range():
    assert checks.number("low", 255, 0, 255) == 255.0
    assert checks.integer("steps", 3.0, 1, 5) == 3


@pytest.mark.parametrize("value", [2.5, float("nan"), 0, 6, "3", False])
def test_integers(value):
    with pytest.raises(InputError):
        checks.integer("steps", value, 1, 5)


def test_choice():
    assert checks.choice("method", "canny", ["sobel", "canny"]) == "canny"
    with pytest.raises(InputError, match="sobel, canny"):
        checks.choice("method", "Canny", ["sobel", "canny"])


def test_text_of_ten_thousand_characters():
    with pytest.raises(InputError, match="10000"):
        checks.plain_text("prompt", "x" * 10_000)


def test_text_is_stripped_of_control_characters():
    assert checks.plain_text("prompt", "  a\x00 cat\u202e\n ") == "a cat"


@pytest.mark.parametrize(
    ("value", "read", "shown"),
    [
        (" ｃａｔ\u200b", "cat", "ｃａｔ"),
        ("\u1100\u1169", "고", "\u1100\u1169"),
        ("it’s\ud800", "it's", "it’s"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
)
def test_text_is_read_in_one_form_and_shown_as_it_came(value, read, shown):
    assert checks.plain_text("label", value) == read
    assert checks.shown_text("label", value) == shown


def test_the_length_is_that_of_what_is_read():
    mac = unicodedata.normalize("NFD", "강" * 300)  # 900 characters
    assert checks.plain_text("label", mac, longest=300) == "강" * 300
    assert checks.plain_text("label", "x" * 300 + " " * 500, longest=300) == "x" * 300
    assert checks.shown_text("label", mac, longest=300) == mac
    with pytest.raises(InputError, match="at most 300 characters, but 1800 came"):
        checks.plain_text("label", "\ufdfa" * 100, longest=300)  # each is 18 letters
    with pytest.raises(InputError, match="but 301 came"):
        checks.shown_text("label", mac + "x", longest=300)


def test_what_is_far_too_long_is_not_looked_through(monkeypatch):
    monkeypatch.setattr(checks, "normalise_text", lambda text: pytest.fail("it was"))
    with pytest.raises(InputError, match="but 1000000 came"):
        checks.plain_text("prompt", "\u0301" * 1_000_000)


@pytest.mark.parametrize("value", ["", "   ", "\x00", "\u200b\ufeff", "\u3164", "\u0301", "\ud800"])
def test_empty_text(value):
    with pytest.raises(InputError):
        checks.plain_text("prompt", value)
    assert checks.plain_text("prompt", value, empty=True) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("👩\u200d🚀", "'👩\u200d🚀'"),
        ("a \U0001faef", "'a \U0001faef'"),
        ("\u202e\ud800猫", r"'\u202e\ud800猫'"),
        ("\\u200d猫", r"'\\u200d猫'"),
    ],
)
def test_emoji_are_shown_as_they_are_and_what_cannot_be_seen_by_its_number(value, shown):
    assert checks.short_repr(value) == shown


def test_an_error_never_repeats_a_long_value():
    with pytest.raises(InputError) as error:
        checks.choice("method", "x" * 5000, ["a"])
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("value", ["false", "true", 1, 0, None, [], {}, float("nan")])
def test_what_is_no_bool_is_refused_though_python_takes_it_for_one(value):
    with pytest.raises(InputError, match="l2 must be true or false"):
        checks.boolean("l2", value)


def test_bools():
    assert checks.boolean("l2", True) is True and checks.boolean("l2", np.False_) is False


def test_what_is_nested_too_deeply_to_be_written_is_named():
    nested = []
    for _ in range(5000):
        nested = [nested]
    assert checks.short_repr(nested) == "a nested list"
