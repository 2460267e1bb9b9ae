"""How much of everyday Korean becomes English: prompts that a class would type, and nouns as labels.

`korean_prompts.tsv` has 220 prompts and 87 nouns, each with the English that must come of it. A prompt is *answered*
when a word of it is understood, so that there is something to draw or to look for; *whole* when every word is; *right*
when all its English words are there.

The first 180 prompts came in lots of 98, 42 and 40. Each lot was scored before its failures were looked at: 96, 86 and
85% were right; then they were mended, so these are no longer held out. The last 40, "untouched", were written after
that; 90% were right until their faults were looked at, too. Whoever wrote the prompts also wrote the dictionary, so
words that others think of are less well known: of 593 nouns in a word game by strangers, rare dishes among them, 81%
were read before the missing ones were added; of 208 in another, things to draw, 95% were right.

`korean_fresh.tsv` has 120 more, as students type them on phones, whose English was noted before any of them was run.
Of every second one, "mended", the faults were looked at and mended; the others, "held", were only scored. Before that
57 of the 60 were right, and 52 of the other 60.

`korean_unknown.tsv` has 293 words that the dictionary had not when they were collected: how many of them does the kind
of thing tell that they are (`core.translation.heads`), with themselves hidden in the dictionary? `benchmarks.encoder`
asks the same of a sentence encoder.

    python -m benchmarks.korean [--prompts benchmarks/korean_prompts.tsv] [--show]
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from core.translation import Translation, Vocabulary, to_english
from core.translation.dictionary import everyday_words
from core.translation.heads import find_head

PROMPTS = Path(__file__).parent / "korean_prompts.tsv"
FRESH = PROMPTS.with_name("korean_fresh.tsv")
UNKNOWN = PROMPTS.with_name("korean_unknown.tsv")
KINDS = {
    "prompt": "prompts",
    "untouched": "untouched prompts",
    "noun": "nouns",
    "mended": "fresh prompts, mended",
    "held": "fresh prompts, held out",
}
VOCABULARIES: tuple[Vocabulary, ...] = ("everyday", "emoji")


class Row(NamedTuple):
    """What is typed, and the words that must come of it: one of each group."""

    kind: str
    korean: str
    groups: tuple[tuple[str, ...], ...]


def read_rows(path: Path) -> list[Row]:
    """The rows of a file; without a column that says their kind they are prompts."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    cells = (line if len(line) == 3 else ["prompt", *line] for line in lines)
    return [Row(kind, korean, tuple(tuple(g.split("|")) for g in groups.split())) for kind, korean, groups in cells]


def is_right(english: str, groups: Sequence[Sequence[str]]) -> bool:
    """Whether a word of each group begins a word of the text."""
    text = english.casefold()
    return all(any(re.search(rf"\b{re.escape(word.casefold())}", text) for word in group) for group in groups)


def score(rows: Sequence[Row], found: Sequence[Translation]) -> tuple[float, float, float]:
    """Shares that are answered, read whole, and right."""
    pairs = list(zip(rows, found, strict=True))
    answered = statistics.mean(bool(each.understood) for _, each in pairs)
    whole = statistics.mean(not each.unread for _, each in pairs)
    return answered, whole, statistics.mean(is_right(each.understood, row.groups) for row, each in pairs)


def score_heads(rows: Sequence[Row]) -> tuple[int, int]:
    """How many unknown words are read as a kind of thing, and how many of these rightly."""
    words = everyday_words()
    found = (
        (row, find_head(row.korean, {word: english for word, english in words.items() if word != row.korean}))
        for row in rows
    )
    read = [is_right(head[0], row.groups) for row, head in found if head]
    return len(read), sum(read)


def print_scores(path: Path, vocabulary: Vocabulary, show: bool) -> None:
    """The shares of each kind of prompt in a file, and what is not right."""
    for kind, name in KINDS.items():
        rows = [row for row in read_rows(path) if row.kind == kind]
        if not rows:
            continue
        started = time.perf_counter()
        found = [to_english(row.korean, vocabulary=vocabulary) for row in rows]
        seconds = (time.perf_counter() - started) / len(rows)
        shares = score(rows, found)
        print(f"{len(rows)} {name}: answered {shares[0]:.1%}, whole {shares[1]:.1%}, right {shares[2]:.1%}", end="; ")
        print(f"{1000 * seconds:.2f} ms each, {vocabulary} words first")
        for row, each in zip(rows, found, strict=True):
            if show and kind != "held" and not is_right(each.understood, row.groups):
                print(f"  {row.korean} -> {each.text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=Path, default=PROMPTS)
    parser.add_argument("--show", action="store_true", help="print what is not right")
    given = parser.parse_args()
    started = time.perf_counter()
    to_english("고양이")
    loading = time.perf_counter() - started
    print_scores(given.prompts, "everyday", given.show)
    if given.prompts == PROMPTS:
        for vocabulary in VOCABULARIES:
            print_scores(FRESH, vocabulary, given.show)
        for kind in ("tune", "test"):
            rows = [row for row in read_rows(UNKNOWN) if row.kind == kind]
            read, right = score_heads(rows)
            print(f"{len(rows)} unknown words, {kind}: {read} read as a kind of thing, {right} of them rightly")
    print(f"the first call takes {loading:.2f} s")


if __name__ == "__main__":
    main()
