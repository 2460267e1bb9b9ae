"""Emoji as words: their English names stand in a text in their place."""

from __future__ import annotations

import functools
import re
import unicodedata

from core.assets import read_json
from core.normalisation import JOINER, PICTURE_SELECTOR
from core.texts import ASSETS

# signs without colour that Unicode names, and whatever emoji our list lacks
SYMBOLS = re.compile("[\u2600-\u27bf\u2b50-\u2b59\U0001f000-\U0001faff]")
_SKIN_TONES = re.compile("(?<=[^\\s\\w])[\U0001f3fb-\U0001f3ff]")
# behind a name they are no part of what it says
_LEGAL_MARKS = re.compile(f"(?<=\\w)[©®™](?!{PICTURE_SELECTOR})")
_LEFT_OVER = re.compile(f"[{JOINER}{PICTURE_SELECTOR}\U000e0020-\U000e007f]+")
_SPACE_AROUND_MARKS = re.compile(r" +(?=[ ,.;:!?)]|$)|(?<=\() +", re.MULTILINE)


@functools.lru_cache(maxsize=1)
def english_emoji_names() -> dict[str, str]:
    """Emoji, without picture selectors and skin tones, and their English names (Unicode CLDR)."""
    names: dict[str, str] = read_json(ASSETS / "dictionary" / "emoji.json", dict)
    return names


def spell_emoji(text: str) -> str:
    """The text with the English names of its emoji in their place.

    Skin tones go; of a sequence that has no name the parts are named. An emoji that is newer than the list stays.

    >>> spell_emoji("🐱, noto style"), spell_emoji("a cat"), spell_emoji("👩🏽‍🚀🇰🇷")
    ('cat face, noto style', 'a cat', 'woman astronaut flag of South Korea')
    """
    if text.isascii():
        return text
    plain = _SKIN_TONES.sub("", _LEGAL_MARKS.sub("", text)).replace(PICTURE_SELECTOR, "")
    spelled = _compile_emoji().sub(lambda found: f" {english_emoji_names()[found[0]]} ", plain)
    spelled = SYMBOLS.sub(_name_symbol, _LEFT_OVER.sub(" ", spelled))
    return _SPACE_AROUND_MARKS.sub("", spelled).lstrip() if spelled != text else text


@functools.lru_cache(maxsize=1)
def _compile_emoji() -> re.Pattern[str]:
    """Any emoji of the list, the longest first."""
    longest_first = sorted(english_emoji_names(), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


def _name_symbol(found: re.Match[str]) -> str:
    """Unicode's own name of a sign, in which "black" and "white" say whether it is filled; itself where it has none."""
    name = unicodedata.name(found[0], "").lower().removeprefix("black ").removeprefix("white ")
    return f" {name} " if name and not name.startswith("regional indicator") else found[0]
