"""Korean numbers and counters: "토끼 두 마리" is "two rabbits", "커피 한 잔" is "a cup of coffee"."""

from __future__ import annotations

import re

NUMBERS = {
    "한": "a", "하나": "a", "두": "two", "둘": "two", "세": "three", "셋": "three", "네": "four",
    "넷": "four", "다섯": "five", "여섯": "six", "일곱": "seven", "여덟": "eight", "아홉": "nine",
    "열": "ten", "열두": "twelve", "스무": "twenty", "몇": "several", "여러": "several",
}  # fmt: skip
BEFORE_NAMES = ("두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "스무", "몇", "여러")
# English counts things themselves, or what they are in
COUNTERS = dict.fromkeys("명개대장권채척벌분판줄알통점", "") | {
    "사람": "", "그루": "", "자루": "", "송이": "", "마리": "", "가닥": "", "포기": "", "인분": "",
    "잔": "cup of", "컵": "cup of", "조각": "piece of", "병": "bottle of", "그릇": "bowl of",
    "접시": "plate of", "봉지": "bag of", "켤레": "pair of", "쌍": "pair of", "다발": "bunch of",
    "상자": "box of", "바구니": "basket of", "숟가락": "spoon of", "캔": "can of", "더미": "pile of",
    "무리": "group of", "떼": "group of",
}  # fmt: skip
# a counter that says itself what is counted
COUNTED_ALONE = {"사람": "person"}
# what is there several times
SETS = ("pair", "bunch", "group")
BUNCHES = {"송이": {"grapes": "bunch of", "bananas": "bunch of", "banana": "bunch of"}}
ENDINGS = "(?:의|인|가|이|은|는|을|를|와|과|하고|랑|이랑|도|만|씩)?"
_COUNT = re.compile(
    f"({'|'.join(sorted(NUMBERS, key=len, reverse=True))}|\\d{{1,3}})"
    f"({'|'.join(sorted(COUNTERS, key=len, reverse=True))})({ENDINGS})"
)
_VOWEL_SOUND = re.compile("[aeio]|u(?!ni)", re.IGNORECASE)
_PLURALS: dict[str, str | None] = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "mouse": "mice", "foot": "feet",
    "tooth": "teeth", "goose": "geese", "leaf": "leaves", "knife": "knives", "wolf": "wolves",
} | dict.fromkeys(["sheep", "fish", "deer", "goldfish"])  # fmt: skip


def read_count(words: list[str]) -> tuple[int, str, str, str] | None:
    """A number with its counter at the beginning of the words, written as one or as two.

    Returns:
        how many words it takes, the English number, the counter, and the ending behind it; None where there is none.

    >>> read_count(["두", "마리가", "잔다"]), read_count(["3개"]), read_count(["두부"])
    ((2, 'two', '마리', '가'), (1, '3', '개', ''), None)
    """
    for count in (2, 1):
        found = _COUNT.fullmatch("".join(words[:count])) if len(words) >= count else None
        if found and (count == 1 or words[0] in NUMBERS or words[0].isdecimal()):
            return count, NUMBERS.get(found[1], found[1]), found[2], found[3]
    return None


def read_number(words: list[str]) -> tuple[int, str, str, str] | None:
    """A number before what it counts, without a counter: "두 손"; as `read_count` returns it.

    >>> read_number(["두", "손을"]), read_number(["한", "사람"]), read_number(["둘"])
    ((1, 'two', '개', ''), None, None)
    """
    return (1, NUMBERS[words[0]], "개", "") if len(words) > 1 and words[0] in BEFORE_NAMES else None


def count_things(number: str, counter: str, things: str) -> str:
    """So many of a thing.

    Args:
        number: in English or digits.
        counter: a key of `COUNTERS`.
        things: in English, with its adjectives.

    >>> count_things("two", "마리", "white rabbit"), count_things("a", "잔", "coffee"), count_things("a", "개", "egg")
    ('two white rabbits', 'a cup of coffee', 'an egg')
    """
    vessel = BUNCHES.get(counter, {}).get(things.rsplit(" ", 1)[-1], COUNTERS[counter])
    several = number not in ("a", "1")
    if not vessel:
        article = "an" if number == "a" and _VOWEL_SOUND.match(things) else number
        return f"{article} {make_plural(things) if several else things}"
    container, of = vessel.split(" ", 1)
    if container in SETS:
        things = make_plural(things)
    return f"{number} {make_plural(container) if several else container} {of} {things}"


def make_plural(things: str) -> str:
    """The English plural of a name.

    >>> make_plural("puppy"), make_plural("ice box"), make_plural("glasses")
    ('puppies', 'ice boxes', 'glasses')
    """
    rest, _, last = things.rpartition(" ")
    plural = (_PLURALS[last] or last) if last in _PLURALS else _add_s(last)
    return f"{rest} {plural}".strip()


def _add_s(word: str) -> str:
    """The word with its plural's ending."""
    if word.endswith(("ses", "ves", "ies")) or (word.endswith("s") and not word.endswith("ss")):
        return word
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
