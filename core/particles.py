"""Korean particles behind words that are filled in: 이 or 가 depends on the sound that the word ends with.

Numbers are read as Korean numerals (3 is 삼, 2 is 이), units by their names (4 px is 픽셀), Latin words by what a
Korean reader makes of their spelling (PNG letter by letter, "cat" as 캣). What is behind a word, quotes, brackets and
emoji, is not read: 고양이(cat)를. Chinese characters cannot be read so; they take the form after a vowel.
"""

from __future__ import annotations

import re
import unicodedata

# the form after a consonant, and the one after a vowel
PAIRS = {
    "은": "는",
    "이": "가",
    "을": "를",
    "과": "와",
    "으로": "로",
    "이라는": "라는",
    "이라고": "라고",
    "이나": "나",
    "이며": "며",
    "이고": "고",
    "이어야": "여야",
    "이면": "면",
    "이지만": "지만",
}
# syllables with one beginning; their final sound as Unicode counts it: none, and the ㄹ after which 으로 loses its 으
_FINALS = 28
_NONE, _L, _OTHER = 0, 8, 1
# 영 일 이 삼 사 오 육 칠 팔 구
_DIGITS = (_OTHER, _L, _NONE, _OTHER, _NONE, _NONE, _OTHER, _L, _L, _NONE)
# what a number of so many zeros at its end is: 십 백 천 만 만 만 만 억 억 억 억 조 ...
_POWERS = (_OTHER,) * 11 + (_NONE,) * 4
# 엘 엠 엔 알; all other letters' names end in a vowel
_LETTERS = {"l": _L, "m": _OTHER, "n": _OTHER, "r": _L}
# units behind a number, which are read by their names, and a few words that the rules below do not get
_UNITS = {
    "px": _L,
    "db": _L,
    "cm": _NONE,
    "mm": _NONE,
    "km": _NONE,
    "m": _NONE,
    "g": _OTHER,
    "kg": _OTHER,
    "min": _OTHER,
}
_WORDS = {"clip": _OTHER, "type": _OTHER}
_VOWELS = "aeiouy"
# a short vowel and a stop are one syllable (캣, 맵, 백); elsewhere the stop gets a vowel of its own (플로트, 테스트)
_STOP = re.compile(rf"(?:^|[^{_VOWELS}])[{_VOWELS}](?:ck|[bckpt])$")
_SONANT = re.compile(rf"(?:l|m|n|ng|[{_VOWELS}](?:me|ne|le)|[^{_VOWELS}r]le)$")
_BRACKETS = re.compile(r"(?<=\S)\s*\([^()]*\)$")
_NUMBER = re.compile(r"(?P<attached>[A-Za-z]?)(?P<whole>\d[\d,]*)(?P<decimals>\.\d+)?$")
_GREEK_WITH_FINAL = "ευο"


def choose_particle(word: str, particle: str) -> str:
    """`particle`, given as after a consonant (a key of PAIRS), in its form behind `word`.

    >>> [choose_particle(word, "으로") for word in ("그림", "파일", "사과", "3", "4 px", "PNG")]
    ['으로', '로', '로', '으로', '로', '로']

    Raises:
        KeyError: no such particle.
    """
    after_vowel = PAIRS[particle]
    final = _final_sound(_trim(word))
    return after_vowel if final == _NONE or (final == _L and particle == "으로") else particle


def _trim(word: str) -> str:
    """What is read aloud of a word: without what follows it in brackets, quotes, marks and pictures."""
    read, longer = unicodedata.normalize("NFC", word), ""
    while read != longer:
        longer = read
        # of a list, in brackets as a whole, the last element is heard
        read = _BRACKETS.sub("", read) if _BRACKETS.search(read) else read.removesuffix(")")
        while read and not (read[-1].isalnum() or read[-1] in "%°)"):
            read = read[:-1]
    return read


def _final_sound(read: str) -> int:
    """The sound at the end of a word: `_NONE`, `_L` or `_OTHER`, or another that counts as that."""
    last = read[-1:]
    if found := _NUMBER.search(read):
        return _final_of_number(found)
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % _FINALS
    plain = "".join(c for c in unicodedata.normalize("NFD", read) if not unicodedata.combining(c))
    if letters := re.search("[A-Za-z]+$", plain):
        return _final_of_letters(letters[0], plain[: letters.start()])
    if "ㄱ" <= last <= "ㅎ":
        # by their names, 기역 and 리을
        return _L if last == "ㄹ" else _OTHER
    return _OTHER if last and last.lower() in _GREEK_WITH_FINAL else _NONE


def _final_of_number(found: re.Match[str]) -> int:
    number = found["whole"].replace(",", "")
    if number == "0" and found["attached"]:
        # Lite0 is 라이트 제로
        return _NONE
    zeros = len(number) - len(number.rstrip("0"))
    if found["decimals"] or not zeros or zeros == len(number):
        return _DIGITS[int(found[0][-1])]
    return _POWERS[zeros - 1] if zeros <= len(_POWERS) else _OTHER


def _final_of_letters(letters: str, before: str) -> int:
    if before.rstrip()[-1:].isdecimal() and letters.lower() in _UNITS:
        return _UNITS[letters.lower()]
    # of ControlNet the Net is heard, of WebP the P
    heard = re.split("(?<=[a-z])(?=[A-Z])", letters)[-1]
    word = heard.lower()
    if word in _WORDS:
        return _WORDS[word]
    if len(heard) == 1 or heard.isupper() or not re.search(f"[{_VOWELS}]", word):
        return _LETTERS.get(word[-1], _NONE)
    if _SONANT.search(word):
        return _L if word.endswith(("l", "le")) else _OTHER
    return _OTHER if _STOP.search(word) else _NONE
