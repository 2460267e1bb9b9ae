from __future__ import annotations

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


@pytest.mark.parametrize("value", ["", "   ", "\x00"])
def test_empty_text(value):
    with pytest.raises(InputError):
        checks.plain_text("prompt", value)
    assert checks.plain_text("prompt", value, empty=True) == ""


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
