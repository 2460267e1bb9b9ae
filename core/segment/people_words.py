"""Which names mean a person or a face, for these have detectors of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

# the tasks of those detectors, with the word that each name is then read as
KINDS: Mapping[str, str] = MappingProxyType({"people": "person", "faces": "face"})

_PERSONS = """
    person people human humans man men woman women guy guys lady ladies gentleman gentlemen girl girls boy boys child
    children kid kids baby babies toddler teenager teenagers adult adults grandma grandmother grandpa grandfather mother
    mom father dad parent parents sister brother daughter son family couple friend friends crowd pedestrian pedestrians
    passerby somebody someone astronaut officer soldier policeman policewoman firefighter doctor nurse teacher student
    students worker workers farmer cook chef waiter waitress dancer singer musician actor actress player players athlete
    runner swimmer skier surfer cyclist biker rider tourist tourists bride groom king queen prince princess photographer
    cameraman scientist businessman businesswoman grandparents
"""
PERSONS = frozenset(_PERSONS.split())
FACES = frozenset(["face", "faces"])
# what may stand before "face" without making it the face of something else: "clock face", "cat face"
_FACE_WORDS = """
    a an the my his her their your human smiling happy sad angry laughing crying old young small big pretty
"""
FACE_WORDS = frozenset(_FACE_WORDS.split())
# where the thing that is meant ends and what is said of it begins
_PREPOSITIONS = """
    of with in on at by near behind beside under above over left right next who that which and from wearing
"""
PREPOSITIONS = frozenset(_PREPOSITIONS.split())


def find_kind(name: str) -> str:
    """The task whose detector finds what an English name means: "people", "faces" or "".

    >>> [find_kind(name) for name in ("walking woman", "man on a horse", "face of a girl", "clock face", "snowman")]
    ['people', 'people', 'faces', '', '']
    """
    words = re.findall(r"[a-z'-]+", name.casefold())
    thing = _cut_at_preposition(words)
    if not thing:
        return ""
    if thing[-1] in FACES:
        owners = {word.removesuffix("'s").removesuffix("'") for word in thing[:-1]}
        return "faces" if owners <= FACE_WORDS | PERSONS else ""
    return "people" if thing[-1] in PERSONS else ""


def _cut_at_preposition(words: list[str]) -> list[str]:
    """The words before the first preposition, or before what a person does: "girl dancing", "man riding a horse"."""
    for number, word in enumerate(words):
        if number and (word in PREPOSITIONS or (word.endswith("ing") and words[number - 1] in PERSONS)):
            return words[:number]
    return words
