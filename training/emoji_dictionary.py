"""Writes the English names of emoji for prompts, by Korean names and keywords, and by the emoji themselves.

    python -m training.emoji_dictionary --cache ../emoji

The files are `assets/dictionary/ko_emoji.json` and `emoji.json`. They are Unicode's CLDR (Unicode licence), as
emojibase-data (MIT) packs them. A keyword stays where it means one or two emoji and has two syllables or more: what
many share says little, and single ones are particles as often as words.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from core.texts import ASSETS
from training import emoji, world

FOLDER = ASSETS / "dictionary"
MEANINGS, SYLLABLES = 2, 2


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--cache", type=Path, required=True, help="fetched emoji")
    cache = flags.parse_args().cache
    for name, words in (("ko_emoji", build_korean_english(cache)), ("emoji", emoji_english(cache))):
        text = json.dumps(words, ensure_ascii=False, indent=0) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"{name}: {len(words)} words")


def emoji_english(cache: Path) -> dict[str, str]:
    """Every emoji by itself, flags and people too, without the sign that asks for a coloured picture.

    Skin tones are left out: who spells emoji drops them. So are the letters of which flags are made.
    """
    folder = emoji.fetch_npm_package(cache, "emojibase-data")
    entries = json.loads((folder / "en" / "data.json").read_text(encoding="utf-8"))
    found = {
        "".join(chr(int(part, 16)) for part in entry["hexcode"].split("-") if part != "FE0F"): entry["label"]
        for entry in entries
        if not entry["label"].startswith("regional indicator")
    }
    return {sign: name.replace("flag: ", "flag of ") for sign, name in found.items() if not sign.isascii()}


def build_korean_english(cache: Path) -> dict[str, str]:
    """Names first, then keywords; of several emoji with one word the first."""
    english, korean = (world.emojibase(cache, language) for language in ("en", "ko"))
    uses = Counter(tag for entry in korean.values() for tag in set(entry.tags))
    words: dict[str, str] = {}
    for code, entry in korean.items():
        words.setdefault(entry.name, english[code].name)
    for code, entry in korean.items():
        for tag in entry.tags:
            if uses[tag] <= MEANINGS and len(tag) >= SYLLABLES:
                words.setdefault(tag, english[code].name)
    return words


if __name__ == "__main__":
    main()
