"""English word order: Korean says first what holds, where and what with, and last what it is about."""

from __future__ import annotations

from collections.abc import Sequence

from core.translation import counting
from core.translation.pieces import Piece
from core.translation.verbs import final_consonant, verb_forms

TIMES = frozenset(
    ["day", "night", "morning", "evening", "noon", "dawn", "spring", "summer", "autumn", "winter", "sunset", "sunrise"]
)
# before the place of a verb that is done to nothing; "in" elsewhere
PREPOSITIONS = {
    "sitting": "on", "lying": "on", "floating": "on", "hanging": "on", "landing": "on", "riding": "on", "going": "to",
    "arriving": "at", "looking at": "in", "listening": "to",
    "getting": "off", "entering": "", "climbing": "", "passing": "", "crossing": "", "approaching": "",
    "going out": "of", "coming out": "of",
}  # fmt: skip

# what tells the make of the things behind it, however many: "로봇 강아지 세 마리"
MAKES = frozenset(
    ["robot", "baby", "toy", "paper", "wood", "plastic", "glass", "gold", "silver", "stone", "chocolate", "strawberry",
     "birthday", "wooden", "rubber"]
)  # fmt: skip

# what it is called when the thing that it was done to comes behind: "엄마가 그린 그림"
DONE = {"drawing": "drawn", "making": "made", "taking": "taken", "baking": "baked", "cooking": "cooked",
        "buying": "bought", "writing": "written", "building": "built", "sewing": "sewn", "painting": "painted",
        "decorating": "decorated", "filling": "filled", "wrapping": "wrapped", "folding": "folded",
        "covering": "covered"}  # fmt: skip

LOOKING = ("looking at", "gazing", "staring")

# what a subject has done to what follows: "엄마가 구운 빵"
DONE_BY = frozenset(
    ["made", "drawn", "taken", "baked", "grilled", "boiled", "fried", "sliced", "peeled", "steamed", "bought"]
)


def arrange(pieces: Sequence[Piece]) -> str:
    """The English of a phrase, its words in the order of English.

    >>> arrange([Piece(["우산을"], "umbrella", role="object"), Piece(["쓴"], "wearing", "verb"), Piece(["개"], "dog")])
    'dog wearing umbrella'
    """
    said = [piece for piece in _count_names(_name_relations(pieces)) if piece.english != ""]
    return _arrange(said).removesuffix(" and")


def find_place(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a piece says where something is: with something before it."""
    return pieces[at].kind == "place" and any(piece.english != "" for piece in pieces[:at])


def _name_relations(pieces: Sequence[Piece]) -> list[Piece]:
    """With a word for the "있는" or "달린" between two things: "정원이 있는 집" is a "house with garden"."""
    found = list(pieces)
    for i, piece in enumerate(pieces[1:-1], start=1):
        before = next((each for each in reversed(pieces[:i]) if each.kind != "filler"), pieces[i - 1])
        if before.kind == "name" and piece.english == "with":
            found[i] = piece._replace(kind="place")
        if before.kind != "name" or before.role not in ("subject", "place"):
            continue
        if piece.words[0] in ("있는", "있던"):
            found[i] = piece._replace(english="with" if before.role == "subject" else "in", kind="place")
        elif piece.words[0] in ("없는", "없던"):
            found[i] = piece._replace(english="without", kind="place")
    return found


def _count_names(pieces: list[Piece]) -> list[Piece]:
    """Numbers stand before what they count, and that in the plural."""
    found: list[Piece] = []
    waiting: Piece | None = None
    for i, piece in enumerate(pieces):
        if piece.kind == "number" and found and _is_counted(found[-1], pieces[i + 1 :]):
            start = _start_of_name(found, piece.english == "a")
            words = [word for each in found[start:] for word in each.words]
            counted = _count(piece, " ".join(_spell(each) for each in found[start:]))
            found[start:] = [Piece([*words, *piece.words], counted, role=piece.role)]
        elif piece.counter in counting.COUNTED_ALONE:
            found.append(Piece(piece.words, _count(piece, counting.COUNTED_ALONE[piece.counter]), role=piece.role))
        elif piece.kind == "number":
            waiting = piece
        elif waiting and piece.kind == "name" and piece.english:
            found.append(piece._replace(english=_count(waiting, piece.english)))
            waiting = None
        else:
            found.append(piece)
    return found if waiting is None else [*found, waiting]


def _count(number: Piece, things: str) -> str:
    return counting.count_things(number.english or "", number.counter, things)


def _is_counted(before: Piece, behind: Sequence[Piece]) -> bool:
    """Whether a number counts what stands before it: a name, or the colour of one, "오렌지 한 개"."""
    if before.kind == "adjective" and behind:
        return False
    return before.kind in ("name", "adjective") and before.role in ("", "subject")


def _start_of_name(pieces: Sequence[Piece], is_one: bool) -> int:
    """Where the last name begins, with the adjectives before it, and the names where there is but one thing."""
    start = len(pieces) - 1
    while start and _belongs_to_name(pieces[start - 1], is_one):
        start -= 1
    return start


def _belongs_to_name(piece: Piece, is_one: bool) -> bool:
    """Whether what stands before a name is part of it: "생일 케이크 한 개", but not in "개 고양이 두 마리"."""
    if piece.kind == "name" and piece.role == "" and piece.english in MAKES:
        return True
    return piece.kind == "adjective" or (is_one and (piece.kind, piece.role) == ("name", "") and bool(piece.english))


def _arrange(said: Sequence[Piece]) -> str:
    """The pieces in the order of English; the last relation first, as what follows it is what the phrase is about."""
    said = _look_places(said)
    split = _find_second_thing(said)
    if split:
        return f"{_arrange(said[:split])} and {_arrange(said[split:])}"
    for at in range(len(said) - 1, 0, -1):
        if said[at].kind == "place":
            return _arrange_place(said, at)
        if _is_relation(said, at):
            return _relate(said[:at], said[at], said[at + 1 :])
    verbs = [i for i, piece in enumerate(said) if piece.kind == "verb" and not _is_described(said, i)]
    return _arrange_sentence(said, verbs[0]) if verbs and verbs[0] else _join(said)


def _look_places(said: Sequence[Piece]) -> Sequence[Piece]:
    """With a place that is looked at as what is done: "창문 밖을 보는 고양이" is a "cat looking outside window"."""
    for at in range(len(said) - 1):
        place, verb = said[at : at + 2]
        if (place.english or "").startswith("outside ") and verb.english in LOOKING:
            return [*said[: at + 1], verb._replace(english="looking"), *said[at + 2 :]]
        if at and place.kind == "place" and place.words[-1].endswith(("을", "를")) and verb.english in LOOKING:
            first = next((i + 1 for i in range(at - 1, -1, -1) if said[i].role == "subject"), 0)
            words = [word for piece in said[first : at + 1] for word in piece.words]
            done = Piece(words, f"{place.english} {_join(said[first:at])}", role="object")
            return [*said[:first], done, verb._replace(english="looking"), *said[at + 2 :]]
    return said


def _arrange_place(said: Sequence[Piece], at: int) -> str:
    """What is where: what follows the place, or, where only a verb does, who was named before."""
    behind = said[at + 1 :]
    who = 0
    if all(piece.kind == "verb" for piece in behind):
        who = max((i + 1 for i, piece in enumerate(said[:at]) if piece.role == "subject"), default=0)
    parts = [_arrange(said[:who]), _arrange(behind), said[at].english, _arrange(said[who:at])]
    return " ".join(part for part in parts if part)


def _find_second_thing(said: Sequence[Piece]) -> int:
    """Where the second thing with a relation begins: "빵을 먹는 개와 공을 든 곰"; 0 where there is none."""
    relations = [i for i in range(1, len(said) - 1) if said[i].kind == "place" or _is_relation(said, i)]
    ends = (i for i, piece in enumerate(said[:-1]) if piece.role == "and" and piece.kind == "name")
    return next((i + 1 for i in ends if relations and relations[0] < i < relations[-1]), 0)


def _is_relation(said: Sequence[Piece], at: int) -> bool:
    """Whether a verb, or an adjective with a subject, joins what is before it to what is behind it."""
    if at == len(said) - 1:
        return False
    before, behind = said[at - 1], said[at + 1]
    if behind.kind == "verb" or before.kind not in ("name", "verb"):
        return False
    return said[at].kind == "verb" or (said[at].kind == "adjective" and before.role == "subject")


def _is_described(said: Sequence[Piece], at: int) -> bool:
    """Whether a verb stands between an adjective or adverb and a name, as in English: "fast running dog"."""
    return at < len(said) - 1 and said[at - 1].kind == "adjective"


def _relate(before: Sequence[Piece], relation: Piece, behind: Sequence[Piece]) -> str:
    """What a phrase is about, and behind it what it does, or has."""
    near, times = _split_times(before)
    head = _arrange(behind)
    if near and near[-1].role == "subject" and final_consonant(relation.words[-1]) == "ㄴ":
        relation = relation._replace(english=DONE.get(relation.english or "", relation.english))
    first = _find_first_deed(near)
    if first:
        rest = f"{_relate(near[first:], relation, behind)} and {_arrange_deed(near[:first])}"
    elif _is_seen_from(near, relation):
        rest = f"{head} seen from {_arrange(near)}"
    elif near and near[-1].role == "subject" and relation.english in DONE_BY:
        rest = f"{head} {relation.english} by {_arrange(near)}"
    elif (relation.english or "").endswith(" of"):
        rest = f"{head} {relation.english} {_arrange(near)}"
    elif near and (done := _find_done_with(near[-1], relation)):
        rest = f"{head} {done} with {_arrange(near)}"
    elif relation.kind == "adjective" or (near and near[-1].role == "subject"):
        rest = f"{head} with {relation.english} {_arrange(near)}"
    elif near and near[-1].kind == "verb":
        rest = f"{head} {relation.english} and {_arrange(near)}"
    else:
        rest = f"{head} {relation.english} {_arrange_done(near, relation)}"
    return f"{rest}, {_arrange(times)}" if times else rest


def _find_done_with(means: Piece, verb: Piece) -> str:
    """What was done with something to what follows: "꽃으로 장식한 케이크" is "decorated"; "" where nothing was."""
    form, english = verb.words[-1], verb.english or ""
    if means.kind != "name" or not means.words[-1].endswith("로") or form.endswith("는"):
        return ""
    return DONE.get(english, english if english.endswith("ed") else "")


def _find_first_deed(pieces: Sequence[Piece]) -> int:
    """Behind which verb something else is done: "소파에 누워서 / 티비를 보는"; 0 where there is none."""
    ends = [i + 1 for i, piece in enumerate(pieces[:-1]) if i and piece.kind == "verb" and _joins_verb(piece)]
    return ends[-1] if ends and all(piece.role != "subject" for piece in pieces) else 0


def _joins_verb(piece: Piece) -> bool:
    form = verb_forms().get(piece.words[-1])
    return form is not None and form.is_connective


def _arrange_deed(pieces: Sequence[Piece]) -> str:
    """What is done, and with or where: "lying on sofa"."""
    return f"{_spell(pieces[-1])} {_arrange_done(pieces[:-1], pieces[-1])}".strip()


def _is_seen_from(pieces: Sequence[Piece], verb: Piece) -> bool:
    """Whether something is seen and not looking: "창문에서 본 구름"."""
    is_past = verb.english == "looking at" and verb.words[-1] in ("본", "보이는", "보인", "바라본", "내려다본")
    return is_past and bool(pieces) and pieces[-1].role == "place" and all(p.role != "object" for p in pieces)


def _split_times(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """What goes with a verb, and a time before that: "비 오는 날 우산을"."""
    times = [i for i, piece in enumerate(pieces[:-1]) if piece.english in TIMES]
    return (pieces[times[-1] + 1 :], pieces[: times[-1] + 1]) if times else (pieces, [])


def _arrange_done(pieces: Sequence[Piece], verb: Piece) -> str:
    """What is done, and where: "화분에 물을" is "water in flowerpot"."""
    end = next((i + 1 for i, piece in enumerate(pieces) if piece.role == "place"), 0)
    start = max((i + 1 for i, piece in enumerate(pieces[:end]) if piece.role == "object"), default=0)
    others = [*pieces[:start], *pieces[end:]]
    done = f"like {_arrange(others)}" if others and others[-1].role == "like" else _arrange(others)
    if not end:
        return done
    preposition = "in" if done else PREPOSITIONS.get(verb.english or "", "in")
    return f"{done} {preposition} {_arrange(pieces[start:end])}".strip()


def _arrange_sentence(said: Sequence[Piece], verb: int) -> str:
    """Who does it, what is done, and the rest."""
    who = max((i + 1 for i, piece in enumerate(said[:verb]) if piece.role == "subject"), default=0)
    done, rest = said[who:verb], said[verb + 1 :]
    parts = [_join(said[:who]), _spell(said[verb]), _arrange_done(done, said[verb])]
    more = [f"and {_arrange(rest)}"] if rest else []
    return " ".join(part for part in [*parts, *more] if part)


def _join(pieces: Sequence[Piece]) -> str:
    """The pieces with spaces or "and" between them; an "and" that joins nothing goes."""
    joints = [*(" and " if piece.role == "and" else " " for piece in pieces[:-1]), ""]
    return "".join(_spell(piece) + joint for piece, joint in zip(pieces, joints, strict=False))


def _spell(piece: Piece) -> str:
    """A piece in English; as it came where it is not understood."""
    return piece.english or " ".join(piece.words)
