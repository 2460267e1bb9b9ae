"""A Korean phrase, name by name: which words make one, what it says in English, and what its ending says."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Literal, NamedTuple

from core.english import is_foreign
from core.translation import counting
from core.translation.dictionary import Neighbours, choose_meaning, class_words, everyday_words, korean_dictionary
from core.translation.endings import ENDINGS, Role, find_name, strip_endings
from core.translation.fillers import is_filler
from core.translation.heads import find_head
from core.translation.verbs import Form, adjectives, verb_forms

HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
MAX_NAME_WORDS = 7  # words of one name: "미소 짓는 눈으로 활짝 웃는 고양이 얼굴"
# whose words go first: "큰 새" is a "big bird" in everyday ones, and has the keyword of "dodo"
Vocabulary = Literal["everyday", "emoji"]
Kind = Literal["name", "adjective", "verb", "place", "number", "filler"]

PLACES = {
    "위": "above", "위쪽": "above", "아래": "below", "아래쪽": "below", "밑": "below", "왼쪽": "left of",
    "오른쪽": "right of", "옆": "next to", "곁": "next to", "안": "inside", "속": "inside", "안쪽": "inside",
    "앞": "in front of", "뒤": "behind", "사이": "between", "밖": "outside", "바깥": "outside", "근처": "near",
    "주변": "around", "가운데": "in the middle of", "한가운데": "in the middle of", "맞은편": "opposite",
    "없이": "without",
}  # fmt: skip
# what one asks for, and how one wishes for it
PICTURES = dict.fromkeys(["그림", "사진", "이미지", "일러스트", "장면"], "")
WISHES = ("보고", "그리고", "갖고", "만들고", "찾고")
# what a sentence is made a name with, "고양이가 자는 모습", but for what one has drawn or taken
VIEWS = dict.fromkeys([*PICTURES, "모습", "광경", "순간", "거", "것", "게"], "")
MADE = ("drawing", "drawn", "painting", "taking", "taken", "looking at", "making", "made", "hanging")
PLACE_ENDINGS = ("", "에", "의", "에서", "에는", "로", "으로", "을", "를", "에다")
_PLACE = re.compile(f"({'|'.join(sorted(PLACES, key=len, reverse=True))})({'|'.join(PLACE_ENDINGS)})")
_COLOUR_ENDING = re.compile(r"(색깔|색상|색|빛)(의|인|이|은|을|으로)?$")
# names of one syllable that others are often written before
SHORT_HEADS = "집꽃빛날길차방옷밭숲책밥국면물잔통탑문산섬강배새알줄병칼공북종개말소양닭"
# endings of adjectives, which are keywords of many emoji
VAGUE = ("한", "인", "운", "적", "는")
# endings that are no words of their own
NEVER_NAMES = ("와", "과", "랑", "이랑", "하고", "은", "는", "을", "를", "의")
# forms of 하다, to do
HA = re.compile("(하는|하고|한|할|하다|한다|해요|합니다|하며|하면서|하던|했다|중인|하기|해)$")


class Piece(NamedTuple):
    """One name of a phrase.

    Attributes:
        words: its words as they came.
        english: None where they are not understood, "" where English does without.
        kind: what part of speech it is.
        role: what its ending says of it.
        counter: of a number: what it counts by.
        near: whether it is only known what kind of thing it is.
    """

    words: list[str]
    english: str | None
    kind: Kind = "name"
    role: Role = ""
    counter: str = ""
    near: bool = False


def read_phrase(words: list[str], vocabulary: Vocabulary) -> list[Piece]:
    """The names in the words between two punctuation marks, in the order of the text."""
    pieces: list[Piece] = []
    at = 0
    while at < len(words):
        if pieces and _is_loose_ending(words[at], pieces[-1]):
            said = pieces[-1]
            pieces[-1] = said._replace(words=[*said.words, words[at]], role=ENDINGS[words[at]])
            at += 1
            continue
        pieces.append(_read_longest_name(words, at, vocabulary))
        at += len(pieces[-1].words)
    return [
        piece._replace(english="") if _is_asked_for(pieces, i) or _is_view(pieces, i) else piece
        for i, piece in enumerate(pieces)
    ]


def _is_loose_ending(word: str, before: Piece) -> bool:
    """Whether a word is the ending of the name before it: of an emoji that was spelled, or behind a space too many."""
    if before.kind != "name" or not before.english or word not in ENDINGS:
        return False
    return word in NEVER_NAMES or not HANGUL.search(before.words[-1])


def _is_asked_for(pieces: list[Piece], at: int) -> bool:
    """Whether a piece only asks: the last picture in "고양이 그림을 그려줘", the verb in "고양이를 보고 싶어"."""
    behind = pieces[at + 1 :]
    if not behind or any(piece.kind != "filler" for piece in behind):
        return False
    word = pieces[at].words[0]
    wished = word in WISHES and behind[0].words[0].startswith("싶")
    return wished or (at > 0 and find_name(word, PICTURES) is not None)


def _is_view(pieces: list[Piece], at: int) -> bool:
    """Whether a piece only makes a name of the sentence before it, as the last word of "고양이가 자는 모습"."""
    before, behind = next((p for p in reversed(pieces[:at]) if p.kind != "filler"), None), pieces[at + 1 :]
    if before is None or before.kind != "verb" or any(p.kind != "filler" for p in behind):
        return False
    # "눈사람을 만드는 그림": what is being made is another thing than the picture
    is_going_on = pieces[at - 1].words[-1].endswith("는") and any(p.role == "object" for p in pieces[:at])
    if before.english in MADE and not is_going_on:
        return False
    return find_name(pieces[at].words[0], VIEWS) is not None


def _read_longest_name(words: list[str], at: int, vocabulary: Vocabulary) -> Piece:
    """The longest name that the words have from there on; one word where it is none."""
    ahead = words[at : at + MAX_NAME_WORDS]
    counted = counting.read_count(ahead) or counting.read_number(ahead)
    # "두 개" counts, and is also a keyword of the fast-forward button
    literal = counted[0] if counted else 0
    if vocabulary == "everyday":
        literal = max(literal, len(list(takewhile(_is_everyday, ahead))))
    for count in range(len(ahead), 1, -1):
        # "서 있는" is a keyword of "person standing", and says more of what follows
        is_whole = count > literal and not ahead[count - 1].endswith("는")
        known = korean_dictionary() if is_whole else everyday_words()
        found = find_name(" ".join(ahead[:count]), known) or _find_spaced_name(ahead[:count])
        if found:
            kind: Kind = "adjective" if ahead[count - 1] in verb_forms() else "name"
            return Piece(ahead[:count], found[0], kind, found[1])
    if counted:
        taken, number, counter, ending = counted
        return Piece(ahead[:taken], number, "number", ENDINGS.get(ending, ""), counter)
    return _read_word(words, at)


def _find_spaced_name(words: list[str]) -> tuple[str, Role] | None:
    """A name that is written as one word, and came with spaces: "우주 비행사"; shorter words would be others."""
    return find_name("".join(words), everyday_words()) if all(len(word) > 1 for word in words) else None


def _is_everyday(word: str) -> bool:
    """Whether everyday words read a word, which a longer name must not hide."""
    return word in verb_forms() or is_filler(word) or find_name(word, everyday_words()) is not None


def _read_word(words: list[str], at: int) -> Piece:
    """One word; what its neighbours are tells a homograph."""
    word, others = words[at], Neighbours(words[:at], words[at + 1 :])
    readers = (_read_latin, _read_meaning, _read_plain, _read_place, _read_verb, _read_ending, _read_filler,
               _read_colour, _read_doing, _read_keyword, _read_class, _read_compound, _read_sound,
               _read_head)  # fmt: skip
    found = (reader(word, others) for reader in readers)
    return next((piece for piece in found if piece), Piece([word], None))


def _read_latin(word: str, others: Neighbours) -> Piece | None:
    """A word that is not Korean, or has a Korean ending only: "UFO를"."""
    if not HANGUL.search(word):
        return None if is_foreign(word) else Piece([word], word)
    found = re.fullmatch(r"([A-Za-z0-9]+)([가-힣]+)", word)
    return Piece([word], found[1], role=ENDINGS[found[2]]) if found and found[2] in ENDINGS else None


def _read_meaning(word: str, others: Neighbours) -> Piece | None:
    """A homograph, with an ending or without, where its neighbours tell what is meant."""
    form = verb_forms().get(word)
    clause = _find_clause(others) if form else others
    for stem, role in strip_endings(word):
        english = choose_meaning(stem, others if word in everyday_words() else clause)
        if english is not None:
            is_verb = stem in verb_forms() and stem not in everyday_words()
            return Piece([word], english, "verb" if is_verb else _kind_of(stem, english), role)
    english = choose_meaning(form.name, clause) if form else None
    return Piece([word], english, "verb") if english else None


def _find_clause(others: Neighbours) -> Neighbours:
    """Of a verb's neighbours those in its own clause: in "모자를 쓴 개가 글을 쓴다" each has its own thing."""
    verbs = (i for i, word in enumerate(others.before) if (form := verb_forms().get(word)) and form.kind == "verb")
    before = others.before[max(verbs, default=-1) + 1 :]
    is_told = bool(before) and (before[-1].endswith(("을", "를")) or before[-1] in everyday_words())
    return Neighbours(before, [] if is_told else others.behind)


def _read_plain(word: str, others: Neighbours) -> Piece | None:
    """A word of the everyday dictionary as it stands there; one that is a verb's form too counts as such."""
    english = everyday_words().get(word)
    if english is None or (_PLACE.fullmatch(word) and others.before):
        return None
    return Piece([word], english, _kind_of(word, english))


def _read_place(word: str, others: Neighbours) -> Piece | None:
    """Where something is: "위에", "옆의"; it says so only with something before it."""
    found = _PLACE.fullmatch(word) if others.before else None
    return Piece([word], PLACES[found[1]], "place") if found else None


def _read_verb(word: str, others: Neighbours) -> Piece | None:
    """A form of a verb or an adjective, but no asking; "비는" is rain where a phrase begins, and begging elsewhere."""
    form: Form | None = None if is_filler(word) else verb_forms().get(word)
    if form and form.kind == "verb" and len(word) == 2 and not others.before and find_name(word, everyday_words()):
        return None
    return Piece([word], form.english, form.kind) if form else None


def _read_ending(word: str, others: Neighbours) -> Piece | None:
    """A name with an ending."""
    if is_filler(word):
        return None
    found = find_name(word, everyday_words())
    return Piece([word], found[0], role=found[1]) if found else None


def _read_filler(word: str, others: Neighbours) -> Piece | None:
    """A word that English does without."""
    return Piece([word], "", "filler") if is_filler(word) else None


def _read_colour(word: str, others: Neighbours) -> Piece | None:
    """The colour of a thing: "딸기색"."""
    thing = _COLOUR_ENDING.sub("", word)
    english = everyday_words().get(thing) if thing != word else None
    return Piece([word], f"{english} colored", "adjective") if english else None


def _read_doing(word: str, others: Neighbours) -> Piece | None:
    """A name with "하다", to do."""
    thing = HA.sub("", word)
    english = everyday_words().get(thing) if len(thing) > 1 else None
    return Piece([word], english, "verb") if english else None


def _read_compound(word: str, others: Neighbours) -> Piece | None:
    """Two names, or an adjective and a name, without a space between them."""
    for at in range(len(word) - 1, 0, -1):
        first = everyday_words().get(word[:at]) or _adjective(word[:at])
        second = find_name(word[at:], everyday_words()) if first else None
        if first and second and word[at:] not in verb_forms() and _may_join(word[:at], word[at:]):
            first = choose_meaning(word[:at], Neighbours([], [word[at:]])) or first
            meant = choose_meaning(word[at:], Neighbours([word[:at]], []))
            return Piece([word], f"{first} {meant or second[0]}", role=second[1])
    return None


def _read_class(word: str, others: Neighbours) -> Piece | None:
    """A class of ImageNet."""
    found = find_name(word, class_words())
    return Piece([word], found[0], role=found[1]) if found else None


def _read_sound(word: str, others: Neighbours) -> Piece | None:
    """A word that paints a sound or a motion by saying it twice, "주렁주렁": English does without."""
    half = len(word) // 2
    return Piece([word], "", "filler") if half > 1 and word[:half] == word[half:] else None


def _read_head(word: str, others: Neighbours) -> Piece | None:
    """A word of which only the end is known, which says what kind of thing it is: "심야버스"."""
    found = find_head(word, everyday_words())
    return Piece([word], found[0], role=found[1], near=True) if found else None


def _read_keyword(word: str, others: Neighbours) -> Piece | None:
    """The name of an emoji, or one of its keywords; but "우아한", graceful, is no rose."""
    found = None if word.endswith(VAGUE) else find_name(word, korean_dictionary())
    return Piece([word], found[0], role=found[1]) if found else None


def _kind_of(word: str, english: str) -> Kind:
    """What part of speech a word of the everyday dictionary is: "피자" is a pizza, and no form of "피다"."""
    if english in adjectives() or word.endswith(("색", "색의")):
        return "adjective"
    return "verb" if word in verb_forms() and english.endswith("ing") else "name"


def _adjective(word: str) -> str | None:
    form = verb_forms().get(word)
    return form.english if form and form.kind == "adjective" else None


def _may_join(first: str, second: str) -> bool:
    """Whether two names may be one word: not two syllables, and one at the end only where that is common."""
    stem = next(stem for stem, _ in strip_endings(second) if stem in everyday_words())
    return len(stem) > 1 or (len(first) > 1 and stem in SHORT_HEADS)
