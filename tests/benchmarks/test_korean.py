from __future__ import annotations

import pytest

from benchmarks import korean
from core.translation import to_english


@pytest.mark.parametrize("vocabulary", korean.VOCABULARIES)
@pytest.mark.parametrize(("kind", "count", "least"), [("mended", 60, 1.0), ("held", 60, 0.85)])
def test_fresh_prompts_are_answered_and_most_are_right(kind, count, least, vocabulary) -> None:
    rows = [row for row in korean.read_rows(korean.FRESH) if row.kind == kind]
    answered, _, right = korean.score(rows, [to_english(row.korean, vocabulary=vocabulary) for row in rows])
    assert len(rows) == count and answered == 1 and right >= least


def test_more_unknown_words_are_read_rightly_than_wrongly() -> None:
    rows = [row for row in korean.read_rows(korean.UNKNOWN) if row.kind == "test"]
    assert len(rows) == 200 and korean.score_heads(rows) == (14, 13)
