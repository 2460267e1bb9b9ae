"""Which words of a text a model that was trained on English does not read; said before it makes something of them.

No list has every English word, so what could be one passes: "axolotl", a typing error, and "gato" too. What cannot be
one is a letter of another script, and an accent that no English spelling has.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata

from core import models
from core.assets import read_json
from core.emoji import english_emoji_names
from core.models.files import sources
from core.texts import ASSETS

TOKENIZER_ROW = "concept-space"  # whose tokenizer drops accents, and so knows words without them
# shorter ones are whole tokens in many languages: "chó" without its accent is one
SHORTEST_TOKEN, SHORTEST_NAME = 4, 5
ENDINGS = ("", "s", "ed")
_LETTERS = re.compile(r"[^\W\d_]+")
_WITHOUT_BASE = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
)
# hook, horn and dot below: Vietnamese
_VIETNAMESE_MARKS = "\u0309\u031b\u0323"


def find_foreign_words(text: str) -> tuple[str, ...]:
    """The words of a text that cannot be English, in its order; of a text without any letter, sign or digit all of it.

    Args:
        text: normalised, with its emoji spelled.

    >>> find_foreign_words("a naïve 猫 from São Paulo, con mèo")
    ('猫', 'mèo')
    """
    if text and not any(unicodedata.category(sign)[0] in "LNS" for sign in text):
        return (text,)
    if text.isascii():
        return ()
    words = text.split()
    # a capital at the beginning tells a name only where another follows
    named = len(words) > 1 and words[1][0].isupper()
    return tuple(strip_marks(word) for i, word in enumerate(words) if is_foreign(word, may_be_name=i > 0 or named))


def is_foreign(word: str, *, may_be_name: bool = True) -> bool:
    """Whether a word between two spaces cannot be English.

    Args:
        word: normalised.
        may_be_name: a capital tells a name; it does not where a text begins.
    """
    if word.isascii():
        return False
    signs = [sign for sign in word if not sign.isascii()]
    if any(sign.isdecimal() or sign >= "\U0001f000" for sign in signs):
        return True  # digits of another script, an emoji without a name
    return any(_is_foreign_run(run, may_be_name=may_be_name) for run in _LETTERS.findall(word))


def strip_marks(word: str) -> str:
    """The word without the punctuation around it; itself where it is nothing else.

    >>> strip_marks("(猫),")
    '猫'
    """
    return word.strip("".join(sign for sign in set(word) if unicodedata.category(sign)[0] == "P")) or word


def drop_accents(word: str) -> str:
    """A lower-case word in the letters of ASCII, as far as it has a Latin spelling.

    >>> drop_accents("crème"), drop_accents("smørrebrød")
    ('creme', 'smorrebrod')
    """
    parts = unicodedata.normalize("NFKD", word.translate(_WITHOUT_BASE))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _is_foreign_run(run: str, *, may_be_name: bool) -> bool:
    """Whether letters without anything between them cannot be an English word."""
    others = [sign for sign in run if not sign.isascii() and not _is_latin(sign)]
    if others:
        # "β", "μm" and "Δt" are written in English
        return len(others) > 1 or not unicodedata.name(others[0], "").startswith("GREEK")
    return not run.isascii() and not _is_english_spelling(run, may_be_name=may_be_name)


def _is_latin(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith("LATIN") or (unicodedata.category(sign) == "Lm" and sign < "\u0370")


def _is_english_spelling(run: str, *, may_be_name: bool) -> bool:
    """Whether a word with accents is written so in English: a loan word, a name, or one that is known without them."""
    word = run.casefold()
    if any(word.removesuffix(ending) in _accented_words() for ending in ENDINGS):
        return True
    plain, western = drop_accents(word), all(sign <= "ÿ" or sign == "œ" for sign in word)
    if western and (plain in _plain_words() or (len(plain) >= SHORTEST_TOKEN and plain in _whole_tokens())):
        return True
    named = may_be_name and run[0].isupper() and len(run) >= SHORTEST_NAME
    return named and not _has_vietnamese_marks(word)


def _has_vietnamese_marks(word: str) -> bool:
    """Whether a letter has a mark of Vietnamese, or two marks."""
    parts = unicodedata.normalize("NFD", word)
    twice = any(unicodedata.combining(a) and unicodedata.combining(b) for a, b in itertools.pairwise(parts))
    return twice or any(mark in parts for mark in _VIETNAMESE_MARKS)


@functools.lru_cache(maxsize=1)
def _accented_words() -> frozenset[str]:
    """Loan words and names as English writes them, lower case; those of the emoji's names are among them."""
    known: list[str] = read_json(ASSETS / "dictionary" / "accented.json", list)
    names = " ".join(english_emoji_names().values()).casefold()
    return frozenset([*known, *(run for run in _LETTERS.findall(names) if not run.isascii())])


@functools.lru_cache(maxsize=1)
def _plain_words() -> frozenset[str]:
    """The same without their accents, as hurried people write some of them."""
    return frozenset(drop_accents(word) for word in _accented_words())


@functools.lru_cache(maxsize=1)
def _whole_tokens() -> frozenset[str]:
    """What the pocket models' tokenizer knows as a whole: English words and names that English texts have."""
    folder = sources.fetch_weights(models.row("zeroshot", TOKENIZER_ROW))
    return frozenset((folder / "vocab.txt").read_text(encoding="utf-8").split("\n"))
