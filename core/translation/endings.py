"""What stands behind a Korean name: particles and the endings of "to be"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from core.translation.verbs import final_consonant

Role = Literal["", "and", "subject", "object", "place", "like"]

_BY_ROLE: dict[Role, str] = {
    "and": "와 과 랑 이랑 하고 들과 들이랑 들하고 이나",
    "subject": "이 가 은 는 들이 들은",
    "object": "을 를 들을",
    "place": "에 에서 에는 에서는",
    "like": "처럼",
    "": "의 도 로 만 들 야 인 다 으로 으로는 에게 들에게 에게서 한테 까지 부터 같은 들의 들도 만의 "
    "라는 이라는 입니다 이에요 예요 이야 이다",
}
# with what each says of its name, the longest first
ENDINGS: dict[str, Role] = dict(
    sorted(((end, role) for role, ends in _BY_ROLE.items() for end in ends.split()), key=lambda pair: -len(pair[0]))
)
AFTER_CONSONANT = ("이라는", "이랑", "이에요", "이야", "과", "은", "이", "을", "으로", "이나", "이다", "인")
OFTEN_MISSPELT = ("을", "를", "은", "는", "와", "과")
AFTER_VOWEL = ("라는", "와", "랑", "는", "가", "를", "예요", "야", "다")


def find_name(name: str, known: Mapping[str, str]) -> tuple[str, Role] | None:
    """What a name says, with an ending or without, and what the ending says; None where the dictionary lacks it.

    >>> find_name("고양이가", {"고양이": "cat"}), find_name("사과", {"사": "four", "사과": "apple"})
    (('cat', 'subject'), ('apple', ''))
    """
    return next(((known[stem], role) for stem, role in strip_endings(name) if stem in known), None)


def strip_endings(name: str) -> Iterator[tuple[str, Role]]:
    """The name as it is, and what stands before each ending that it may have."""
    yield name, ""
    for end, role in ENDINGS.items():
        stem = name.removesuffix(end)
        if stem and stem != name and _fits(stem, end):
            yield stem, role


def _fits(stem: str, end: str) -> bool:
    """Whether the spelling allows this ending: "사진가" is no "사진" with an ending, "차이" no "차"."""
    if len(stem) > 1 and end in OFTEN_MISSPELT:
        return True
    is_open = final_consonant(stem) == " "
    return not (end in AFTER_CONSONANT and is_open) and not (end in AFTER_VOWEL and not is_open)
