"""Writes Korean names and keywords of emoji with their English names, for prompts: `assets/dictionary/ko_emoji.json`.

    python -m training.emoji_dictionary --cache ../emoji

They are Unicode's CLDR (Unicode licence), as emojibase-data (MIT) packs them. A keyword stays where it means one or two
emoji and has two syllables or more: what many share says little, and single ones are particles as often as words.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from core.texts import ASSETS
from training import world

FILE = ASSETS / "dictionary" / "ko_emoji.json"
MEANINGS, SYLLABLES = 2, 2


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--cache", type=Path, required=True, help="fetched emoji")
    words = korean_english(flags.parse_args().cache)
    FILE.write_text(json.dumps(words, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{len(words)} words")


def korean_english(cache: Path) -> dict[str, str]:
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
