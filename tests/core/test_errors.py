from __future__ import annotations

import pytest

from core.errors import Cancelled, InputError, ModelUnavailable, OutOfMemory, PlaygroundError


def test_an_error_is_its_sentence_with_its_facts_in_both_languages() -> None:
    error = InputError("errors.number", name="low", low=0, high=255, got="-1")
    assert (error.key, error.facts["name"]) == ("errors.number", "low")
    assert str(error) == error.message_in("en") and "low must be a number from 0 to 255" in str(error)
    assert "‘낮은 임계값’은 0에서 255 사이" in error.message_in("ko") and error.message_in("ko") != str(error)


def test_stopped_work_and_too_little_memory_have_sentences_of_their_own() -> None:
    assert (str(Cancelled()), Cancelled().message_in("ko")) == ("Stopped.", "중지했습니다.")
    assert str(OutOfMemory("SD-Turbo")).startswith("SD-Turbo needs more memory for this")


@pytest.mark.parametrize("kind", [InputError, ModelUnavailable, OutOfMemory, Cancelled])
def test_one_except_catches_them_all(kind) -> None:
    assert issubclass(kind, PlaygroundError)
