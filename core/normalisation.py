"""One form for every text that comes in: the same letters are the same characters, and nothing in it is invisible.

A Mac writes 고 as two characters, an Asian keyboard Latin letters twice as wide, a web page a space that is none: what
looks alike must be read alike. The form is NFKC of Unicode (Standard Annex 15), but for what it would spoil.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MAX_MARKS = 8  # on one letter; no script needs more, and to sort thousands takes minutes
JOINER, PICTURE_SELECTOR = "\u200d", "\ufe0f"
# signs that may be a picture
_PICTURES = "©®\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
# of an emoji's sequence only; elsewhere they are noise
_LOOSE_JOINER = re.compile(f"(?<![{_PICTURES}{PICTURE_SELECTOR}]){JOINER}|{JOINER}(?![{_PICTURES}])")
_LOOSE_SELECTOR = re.compile(f"(?<![{_PICTURES}0-9#*])[\ufe00-\ufe0f]|[\ufe00-\ufe0e]")
# England, Scotland and Wales: a black flag and their names in invisible letters
_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)|[\U000e0000-\U000e007f]")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# printable, and still nothing is to be seen
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc"
_HALF_WIDTH_HANGUL = re.compile("[\uffa1-\uffdc]")
# as they are: what stands before a picture selector, a keyboard's Korean letters (NFKC makes syllables of ㅋㅋ), signs
# with names of their own, and two vowels that Thai and Lao write as one
_FIXED = re.compile(f"(.{PICTURE_SELECTOR}|[\u3131-\u318e™ℹ㊗㊙\u0e33\u0eb3\U0001f200-\U0001f2ff])", re.DOTALL)
_LOOSE_MARK = re.compile("(?:^|(?<=\\s))[\u0300-\u036f\u20d0-\u20ff]+")
# apostrophes, quotation marks and commas of other keyboards; models know those of ASCII best
_ASCII_MARKS = str.maketrans("‘’‛ʼʻ´′“”‟″、。⁄", "'''''''" + 4 * '"' + ",./")


def clean_text(text: str) -> str:
    """The text as it came, without what cannot be seen, sent or stored, and without outer white space.

    Control characters, lone surrogates, marks of direction, soft hyphens and the like go, other kinds of space become
    a space, other kinds of line break a line break; what joins the parts of an emoji stays.

    >>> clean_text(" a\u00a0big\u200b cat\\r\\n")
    'a big cat'
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = "".join(_keep_visible(_BREAKS.sub("\n", text)))
    text = _TAGS.sub(lambda found: found[1] or "", text)
    return _drop_loose_joints(text).strip()


def normalise_text(text: str) -> str:
    """The cleaned text in one form, in which what looks alike is alike; doing it twice changes nothing.

    >>> normalise_text("ｃａｔ"), normalise_text("\u1100\u1169"), normalise_text("it’s a ﬁsh")
    ('cat', '고', "it's a fish")
    """
    text = clean_text(text)
    if text.isascii():
        return text
    text = _HALF_WIDTH_HANGUL.sub(_widen_hangul, text).translate(_ASCII_MARKS)
    parts = _FIXED.split(text)  # what is fixed stands at the odd places
    parts[::2] = [unicodedata.normalize("NFKC", part) for part in parts[::2]]
    text = unicodedata.normalize("NFC", "".join(parts)).translate(_ASCII_MARKS)
    return _LOOSE_MARK.sub("", _drop_loose_joints(text)).strip()


def _drop_loose_joints(text: str) -> str:
    """Without joiners and picture selectors that belong to no emoji."""
    return _LOOSE_JOINER.sub("", _LOOSE_SELECTOR.sub("", text))


def _keep_visible(text: str) -> Iterator[str]:
    """The characters that can be seen, with a limit to the marks on one letter."""
    marks = 0
    for sign in text:
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category == "Zs":
            yield " "
        elif marks <= MAX_MARKS and sign not in _INVISIBLE and _is_visible(sign):
            yield sign


def _is_visible(sign: str) -> bool:
    """Whether a character is printed, or belongs to an emoji, perhaps one that is newer than Python."""
    if sign >= "\U000e0000":
        return sign <= "\U000e007f"  # the tags that are left; what follows varies Chinese signs
    return sign.isprintable() or sign in "\n\t" + JOINER or "\U0001f000" <= sign <= "\U0001faff"


def _widen_hangul(found: re.Match[str]) -> str:
    """A half-width Korean letter at its usual width."""
    (_, *code) = unicodedata.decomposition(found[0]).split()
    return chr(int(code[0], 16)) if code else ""
