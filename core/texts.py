"""Every sentence a person reads, in Korean and English: one catalogue for the page and for the errors.

`assets/texts/<section>.json` holds `{"name": {"en": "...", "ko": "..."}}`; the key is `section.name`.
`assets/notes/<language>/<name>.md` holds the longer notes; the key is `notes.name`.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

ASSETS = Path(__file__).parent.parent / "assets"
LANGUAGES = ("en", "ko")


@functools.lru_cache(maxsize=len(LANGUAGES))
def load_sentences(language: str) -> dict[str, str]:
    """All sentences of one language, by key; KeyError when a sentence lacks that language."""
    sentences = {}
    for section in sorted((ASSETS / "texts").glob("*.json")):
        for name, by_language in json.loads(section.read_text(encoding="utf-8")).items():
            sentences[f"{section.stem}.{name}"] = by_language[language]
    for note in sorted((ASSETS / "notes" / language).glob("*.md")):
        sentences[f"notes.{note.stem}"] = note.read_text(encoding="utf-8")
    return sentences


def format_sentence(key: str, language: str = "en", **facts: object) -> str:
    """The sentence `key` with its `{facts}` filled in; KeyError when there is none."""
    sentence = load_sentences(language)[key]
    return sentence.format(**facts) if facts else sentence


def preferred_language(preference: str | None) -> str:
    """The first of our languages in an Accept-Language header (RFC 9110, 12.5.4); English when none is.

    >>> preferred_language("fr, ko-KR;q=0.9, en;q=0.8")
    'ko'
    """
    for choice in (preference or "").split(","):
        tag = choice.split(";")[0].strip().lower().split("-")[0]
        if tag in LANGUAGES:
            return tag
    return "en"
