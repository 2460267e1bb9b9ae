"""Every sentence a person reads, in Korean and English: one catalogue for the page and for the errors.

`assets/texts/<section>.json` holds `{"name": {"en": "...", "ko": "..."}}`; the key is `section.name`.
In Korean a fact may carry its particle, in the form after a consonant: `{got|을}` becomes 사과를 or 그림을.
`assets/notes/<language>/<name>.md` holds the longer notes; the key is `notes.name`.
"""

from __future__ import annotations

import functools
import json
import os
import re
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.particles import choose_particle

ASSETS = Path(__file__).parent.parent / "assets"
LANGUAGES = ("en", "ko")
_ISO_639_2 = {"eng": "en", "kor": "ko"}
_LANGUAGE_RANGE = re.compile(
    r"(?P<tag>\*|[a-z]{1,8}(?:[-_][a-z0-9]{1,8})*)(?:\s*;\s*q=(?P<weight>0(?:\.\d*)?|1(?:\.0*)?))?", re.IGNORECASE
)


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
    return _ParticleFormatter().vformat(sentence, (), facts) if facts else sentence


def name_parameter(name: str, language: str) -> str:
    """What a parameter of a function is called on the page in one language; another name stays as it is.

    >>> name_parameter("steps", "ko"), name_parameter("sd-turbo", "ko")
    ('단계 수', 'sd-turbo')
    """
    return load_sentences(language).get(f"parameters.{name}", name)


class _ParticleFormatter(string.Formatter):
    """As `str.format`, but `{got|을}` is the fact `got` and the form of 을 that belongs behind it, `“{got|”을}` too."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
        name, bar, ending = field_name.partition("|")
        fact, used = super().get_field(name, args, kwargs)
        particle = ending.lstrip("’”)")
        return (f"{fact}{ending.removesuffix(particle)}{choose_particle(str(fact), particle)}" if bar else fact), used


def rank_languages(preference: str | None) -> list[str]:
    """Our languages in an Accept-Language header (RFC 9110, 12.5.4), the most wanted first, those it excludes left out.

    A dialect (`ko-KR`) counts as its language, the three letters of ISO 639 (`kor`) as the two, `*` as all that the
    header does not name, in the order of LANGUAGES; a part that is none, or whose weight is not in [0, 1], is skipped.

    >>> rank_languages("fr, en;q=0.5, ko;q=0.9")
    ['ko', 'en']
    """
    parts = [match for part in (preference or "").split(",") if (match := _LANGUAGE_RANGE.fullmatch(part.strip()))]
    weights: dict[str, float] = {}
    for part in parts:
        language = _find_language(part["tag"])
        if language:
            weights[language] = max(weights.get(language, 0.0), float(part["weight"] or 1))
    # what `*` means is known when all the others are; of equal ones the first comes first
    rest = max((float(part["weight"] or 1) for part in parts if part["tag"] == "*"), default=0.0)
    weights |= {language: rest for language in LANGUAGES if language not in weights}
    wanted = [language for language, weight in weights.items() if weight > 0]
    return sorted(wanted, key=lambda language: -weights[language])


def preferred_language(preference: str | None) -> str:
    """The most wanted of our languages in an Accept-Language header; without any, English, unless that is excluded.

    >>> preferred_language("fr, ko-KR;q=0.9, en;q=0.8")
    'ko'
    """
    return next(iter(rank_languages(preference) or rank_languages(f"{preference or ''},*")), LANGUAGES[0])


def console_language() -> str:
    """The language of the terminal's locale, as POSIX names it (`ko_KR.UTF-8`); English when it is none of ours."""
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return preferred_language(named.partition(".")[0].partition("@")[0])


def _find_language(tag: str) -> str | None:
    """The one of LANGUAGES that a tag such as `ko-KR` or `KOR` is of."""
    primary = re.split("[-_]", tag.lower())[0]
    language = _ISO_639_2.get(primary, primary)
    return language if language in LANGUAGES else None


def _find_sentence(key: str, language: str) -> str:
    sentences = load_sentences(language)
    if key not in sentences:
        section, _, name = key.partition(".")
        file = f"assets/notes/{language}/{name}.md" if section == "notes" else f"assets/texts/{section}.json"
        raise KeyError(f"There is no text {key!r} in language {language!r}: add it to {file}.")
    return sentences[key]
