"""Korean words that English does without: "있는" (which is), and those with which one asks for a picture."""

from __future__ import annotations

import functools
import re

from core.assets import read_json
from core.texts import ASSETS


def is_filler(word: str) -> bool:
    """Whether English does without a word.

    >>> is_filler("그려줄래"), is_filler("있는"), is_filler("그리는")
    (True, True, False)
    """
    return _compile_fillers().fullmatch(word) is not None


@functools.lru_cache(maxsize=1)
def load_fillers() -> dict[str, list[str]]:
    """Words without an English one, words of asking, and verbs of asking with what may follow them."""
    known: dict[str, list[str]] = read_json(ASSETS / "dictionary" / "ko_fillers.json", dict)
    return known


@functools.lru_cache(maxsize=1)
def _compile_fillers() -> re.Pattern[str]:
    """The words of `ko_fillers.json`; the verbs there stand alone or before any of the requests."""
    known = load_fillers()
    words, asking, verbs, requests = ("|".join(known[key]) for key in ("words", "asking", "verbs", "requests"))
    return re.compile(f"{words}|{asking}|({verbs})({requests})?")
