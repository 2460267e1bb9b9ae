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
    """All sentences and notes of one language, "en" or "ko", by key; those without that language are left out."""
    sentences = {}
    for section in sorted((ASSETS / "texts").glob("*.json")):
        for name, by_language in json.loads(section.read_text(encoding="utf-8")).items():
            if language in by_language:
                sentences[f"{section.stem}.{name}"] = by_language[language]
    for note in sorted((ASSETS / "notes" / language).glob("*.md")):
        sentences[f"notes.{note.stem}"] = note.read_text(encoding="utf-8")
    return sentences


def check_key(key: str) -> None:
    """Nothing, if there is a sentence or note `key` in every language.

    Raises:
        KeyError: there is none in one of them; the error says which file it belongs in.
    """
    for language in LANGUAGES:
        _find_sentence(key, language)


def format_sentence(key: str, language: str = "en", **facts: object) -> str:
    """The sentence `key` in one language with its `{facts}` filled in.

    Raises:
        KeyError: there is no such sentence, or it needs a fact that is not given.
    """
    sentence = _find_sentence(key, language)
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


def _find_sentence(key: str, language: str) -> str:
    sentences = load_sentences(language)
    if key not in sentences:
        section, _, name = key.partition(".")
        file = f"assets/notes/{language}/{name}.md" if section == "notes" else f"assets/texts/{section}.json"
        raise KeyError(f"There is no text {key!r} in language {language!r}: add it to {file}.")
    return sentences[key]
