"""Forms of Korean verbs and adjectives, so that "입은", "입고 있는" and "입었다" are all "wearing".

The stems are those of `assets/dictionary/ko_verbs.json`. Their forms follow the rules of Korean spelling, the irregular
ones too: 춥다 is 추운, 걷다 걸은, 날다 나는, 빨갛다 빨간, 부르다 불러.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Literal, NamedTuple

from core.assets import read_json
from core.texts import ASSETS

FIRST = 0xAC00  # 가, the first syllable of Unicode's square of 19 consonants, 21 vowels and 28 final consonants
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
# these keep their last consonant, though most or some that end so do not
REGULAR_B = "입잡씹뽑접좁집업꼽"
CHANGING_D, CHANGING_S, CHANGING_H = "걷듣싣긷", "짓붓낫잇젓", "갛랗얗멓맣떻렇"
# what stands behind 아 or 어: "앉아 있는", "앉아서", "앉아요"
BEHIND_A = ("", "요", "서", "라", "도", "있는", "있다", "있어요", "있습니다")
# a second verb there, with which some are verbs of their own: 들어가다 is no 들다
SECOND_VERBS = ("버린", "주는", "준", "가는", "오는", "보는")
BEHIND_PAST = ("다", "어", "어요", "습니다", "던", "는데", "네", "음")
BEHIND_STEM = (
    "고",
    "고서",
    "지만",
    "던",
    "거나",
    "다",
    "네",
    "네요",
    "자",
    "고있는",
    "고있다",
    "고있어요",
    "고있습니다",
    "죠",
)
BEHIND_VERB = ("는", "는데", "기", "는중인", "는중", "다가", "려고", "러")
CONTRACTED = {"ㅗ": "ㅘ", "ㅜ": "ㅝ", "ㅣ": "ㅕ", "ㅚ": "ㅙ"}
UNCHANGED = "ㅏㅓㅐㅔㅕ"

COLOURS = ("green", "pink", "purple", "orange", "brown", "grey", "golden", "silver", "beige", "turquoise", "sky blue")

Kind = Literal["verb", "adjective"]


class Form(NamedTuple):
    """What a form of a verb or an adjective says.

    Attributes:
        english: a participle, "wearing", or an adjective, "cold".
        kind: which of the two it is in Korean.
        is_connective: it ends in -고 and the like, and another verb may follow.
        name: what dictionaries list it under, with -다.
    """

    english: str
    kind: Kind
    is_connective: bool = False
    name: str = ""


@functools.lru_cache(maxsize=1)
def verb_forms() -> dict[str, Form]:
    """The forms of all verbs and adjectives of the dictionary; of two with one form, the first of the dictionary."""
    found: dict[str, Form] = {}
    kinds: tuple[Kind, Kind] = ("verb", "adjective")
    for kind in kinds:
        for name, english in load_stems()[kind].items():
            for form, is_connective in _conjugate(name.removesuffix("다"), kind):
                found.setdefault(form, Form(english, kind, is_connective, name))
    for kind in kinds:
        for name, english in load_stems()[kind].items():
            for end in SECOND_VERBS:
                found.setdefault(_a_form(name.removesuffix("다")) + end, Form(english, kind, name=name))
    return found


@functools.lru_cache(maxsize=1)
def load_stems() -> dict[str, dict[str, str]]:
    """By kind the verbs and adjectives as dictionaries have them, with -다, and their English."""
    stems: dict[str, dict[str, str]] = read_json(ASSETS / "dictionary" / "ko_verbs.json", dict)
    return stems


@functools.lru_cache(maxsize=1)
def adjectives() -> frozenset[str]:
    """The English adjectives that the forms say, and colours that are nouns in Korean."""
    return frozenset([*(form.english for form in verb_forms().values() if form.kind == "adjective"), *COLOURS])


def final_consonant(word: str) -> str:
    """The consonant that a word ends in, " " where it ends in a vowel or in no Korean syllable.

    >>> final_consonant("곰"), final_consonant("고양이")
    ('ㅁ', ' ')
    """
    code = ord(word[-1]) - FIRST if word else -1
    return FINALS[code % 28] if 0 <= code < 11172 else " "


def _conjugate(stem: str, kind: Kind) -> Iterator[tuple[str, bool]]:
    """The forms of a stem, and which of them join another verb."""
    for end in BEHIND_STEM:
        yield stem + end, end in ("고", "고서", "지만", "거나")
    if kind == "verb" or stem[-1] in "있없나기":
        yield from ((_drop_l(stem) + end, False) for end in BEHIND_VERB[:2])
        yield from ((stem + end, False) for end in BEHIND_VERB[2:])
    else:
        yield stem + "게", False
    soft = _soften(stem)
    yield from ((form, False) for form in _close(stem, soft))
    yield from ((form, True) for form in _join_eu(stem, soft))
    a_form = _a_form(stem)
    yield from ((a_form + end, end == "서") for end in BEHIND_A)
    if final_consonant(a_form) == " ":
        yield from ((_set_final(a_form, "ㅆ") + end, False) for end in BEHIND_PAST)


def _close(stem: str, soft: str) -> Iterator[str]:
    """The forms in -ㄴ/은, -ㄴ다/는다 and -ㅂ니다/습니다; not that in -ㄹ/을, as "집을" is rather a house."""
    open_stem = _drop_l(stem) if final_consonant(stem) == "ㄹ" else soft
    yield _set_final(open_stem, "ㄴ") if final_consonant(open_stem) == " " else open_stem + "은"
    base = _drop_l(stem)
    is_open = final_consonant(base) == " "
    yield _set_final(base, "ㄴ") + "다" if is_open else base + "는다"
    yield _set_final(base, "ㅂ") + "니다" if is_open else base + "습니다"


def _join_eu(stem: str, soft: str) -> Iterator[str]:
    """The forms in -(으)며 and -(으)면서."""
    link = "" if final_consonant(soft) in " ㄹ" and not (soft != stem and final_consonant(soft) == "ㄹ") else "으"
    yield from (soft + link + end for end in ("며", "면서"))


def _soften(stem: str) -> str:
    """The stem as it is before a vowel: 춥 is 추우, 걷 걸, 짓 지, 빨갛 빨가."""
    end = final_consonant(stem)
    if end == "ㅂ" and stem[-1] not in REGULAR_B:
        return _set_final(stem, " ") + "우"
    if end == "ㄷ" and stem[-1] in CHANGING_D:
        return _set_final(stem, "ㄹ")
    if end == "ㅅ" and stem[-1] in CHANGING_S:
        return _set_final(stem, " ") + "으"
    return _set_final(stem, " ") if end == "ㅎ" and stem[-1] in CHANGING_H else stem


def _a_form(stem: str) -> str:
    """The stem with 아 or 어, contracted as it is written."""
    if stem.endswith("하"):
        return stem[:-1] + "해"
    if stem[-1] in CHANGING_H:
        return _with_vowel(_set_final(stem, " "), "ㅐ")
    if stem.endswith("르") and len(stem) > 1 and not stem.endswith(("따르", "들르")):
        return _a_form_of_reu(stem)
    soft = _soften(stem)
    if soft != stem and soft.endswith("우"):
        return soft[:-1] + "워"
    if soft == stem and final_consonant(soft) == " ":
        return _contract(soft)
    return soft.removesuffix("으") + ("아" if _vowel(stem[-1]) in "ㅏㅗ" else "어")


def _a_form_of_reu(stem: str) -> str:
    """부르 is 불러, 오르 is 올라; only 푸르 keeps its syllable."""
    if stem.endswith("푸르"):
        return stem + "러"
    return _set_final(stem[:-1], "ㄹ") + ("라" if _vowel(stem[-2]) in "ㅏㅗ" else "러")


def _contract(stem: str) -> str:
    """아 or 어 in one syllable with the vowel that a stem ends in."""
    vowel = _vowel(stem[-1])
    if vowel == "ㅡ":
        return _with_vowel(stem, "ㅏ" if len(stem) > 1 and _vowel(stem[-2]) in "ㅏㅗ" else "ㅓ")
    if vowel in CONTRACTED:
        return _with_vowel(stem, CONTRACTED[vowel])
    return stem if vowel in UNCHANGED else stem + "어"


def _drop_l(stem: str) -> str:
    """The stem without a final ㄹ, as before ㄴ, ㅂ and ㅅ."""
    return _set_final(stem, " ") if final_consonant(stem) == "ㄹ" else stem


def _vowel(syllable: str) -> str:
    return VOWELS[(ord(syllable) - FIRST) // 28 % 21]


def _set_final(word: str, end: str) -> str:
    """The word with another final consonant, " " for none."""
    code = ord(word[-1]) - FIRST
    return word[:-1] + chr(FIRST + code - code % 28 + FINALS.index(end))


def _with_vowel(word: str, vowel: str) -> str:
    """The word with another vowel in its last syllable, which has no final consonant."""
    code = ord(word[-1]) - FIRST
    return word[:-1] + chr(FIRST + code // 588 * 588 + VOWELS.index(vowel) * 28)
