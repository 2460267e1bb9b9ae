"""What a long word that no dictionary has is a kind of: Korean says that last, so that a "심야버스" is a "버스"."""

from __future__ import annotations

from collections.abc import Mapping

from core.translation.endings import Role, strip_endings
from core.translation.verbs import verb_forms

# syllables of the whole word, and of what is known of it
SHORTEST, SHORTEST_HEAD = 4, 2
# behind one syllable too, where two words are less often one that only sounds so: "갑오징어"
CERTAIN_HEADS = frozenset(
    ["나무", "마당", "버섯", "국수", "김치", "찌개", "시계", "의자", "가방", "튀김", "볶음", "구이", "물고기", "오징어",
     "열매", "개구리", "나비", "잠자리", "비행기"]
)  # fmt: skip
# what stands behind a known word and says what kind of thing that makes
SUFFIXES = {
    "장": "place", "터": "place", "실": "room", "꾼": "man", "복": "clothes", "탕": "soup", "국": "soup",
    "찜": "stew", "컵": "cup", "단": "group", "점": "shop", "관": "hall", "판": "board", "함": "box",
    "통": "container", "상": "table", "용품": "things", "전문점": "shop",
}  # fmt: skip
# they end foreign words, or mean something else there
NO_HEADS = frozenset(
    ["스타", "리스", "나라", "치아", "러브", "키스", "골드", "파이", "보리", "패드", "트리", "오리", "우리", "전기",
     "사자", "대왕", "팽이", "화로", "거리", "기차", "아몬드", "라이딩", "화성", "아이", "인도", "스키", "공기", "버거",
     "세트", "그림", "사진", "접시", "방울", "가지", "다리"]
)  # fmt: skip
MEANT = {"기사": "driver", "머리": "hair", "사장": "boss", "수염": "whiskers"}


def find_head(word: str, known: Mapping[str, str]) -> tuple[str, Role] | None:
    """What a word is a kind of, in English, and what its ending says; None where that is not known either.

    Args:
        word: with an ending or without.
        known: words and their English.

    >>> find_head("심야버스가", {"버스": "bus"}), find_head("볼링장", {"볼링": "bowling"}), find_head("꿱꿱이", {})
    (('bus', 'subject'), ('bowling place', ''), None)
    """
    for stem, role in strip_endings(word):
        english = _find_suffix(stem, known) or _find_last_name(stem, known)
        if english:
            return english, role
    return None


def _find_suffix(stem: str, known: Mapping[str, str]) -> str | None:
    """A known word with one of the `SUFFIXES`."""
    for end, kind in SUFFIXES.items():
        first = known.get(stem.removesuffix(end)) if stem.endswith(end) else None
        if first and len(stem) > len(end) + 1:
            return f"{first} {kind}"
    return None


def _find_last_name(stem: str, known: Mapping[str, str]) -> str | None:
    """The longest known word that the stem ends in."""
    for at in range(1, len(stem) - SHORTEST_HEAD + 1):
        head = stem[at:]
        is_long = at > 1 and len(stem) >= SHORTEST and head not in NO_HEADS
        if (is_long or head in CERTAIN_HEADS) and head in known and head not in verb_forms():
            return MEANT.get(head, known[head])
    return None
