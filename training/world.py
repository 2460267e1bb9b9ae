"""The world of emoji as pictures with captions: concepts with names in two languages, drawn by four sets, composed.

Names and tags come from emojibase-data (MIT, made of Unicode's CLDR), more words from emojilib (MIT);
pictures from Noto (Apache-2.0), Fluent flat (MIT), Twemoji (CC-BY 4.0) and OpenMoji (CC-BY-SA 4.0). All are fetched
from npm into a cache, and nothing of them is committed.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from core.images import RGB
from training import emoji
from training.regions import Random

STYLES = {
    "noto": "@iconify-json/noto",
    "fluent": "@iconify-json/fluent-emoji-flat",
    "twemoji": "@iconify-json/twemoji",
    "openmoji": "@iconify-json/openmoji",
}
COLOURS = {
    "white": (255, 255, 255), "black": (20, 20, 20), "grey": (150, 150, 150), "red": (205, 50, 50),
    "orange": (240, 150, 50), "yellow": (245, 220, 90), "green": (80, 165, 85), "blue": (70, 120, 210),
    "light blue": (165, 210, 240), "purple": (130, 80, 170), "pink": (245, 170, 195), "brown": (120, 80, 50),
}  # fmt: skip
# of a thing's middle, and the prior's box around it when it is small
PLACES = {
    "in the middle": (0.5, 0.5), "on the left": (0.25, 0.5), "on the right": (0.75, 0.5), "at the top": (0.5, 0.25),
    "at the bottom": (0.5, 0.75),
}  # fmt: skip
LARGE, SMALL = 0.96, 0.48  # share of the side: a small thing is a large one at half the size, wherever it is
ACROSS, UPON = ("on the left", "on the right"), ("at the top", "at the bottom")
BESIDE, STACKED = ("left of", "and", "next to", "right of"), ("above", "over", "on top of", "below")
NO_GROUPS = (2, 9)  # skin tones, and flags, which are 270 small cloths
WORD = re.compile(r"[A-Za-z_' -]{3,}")
SYMBOLS = 8  # arrows, buttons, signs: seldom what somebody asks for
PEOPLE = re.compile(r"^(man|woman|men|women|family|couple|kiss)\b.*[ :]|facing right$")
# what a caption without a style shows, and how often each set is drawn
USUAL, SHARES = "noto", {"noto": 0.6, "fluent": 0.18, "twemoji": 0.12, "openmoji": 0.1}
# half of the time the bare name; the other words change nothing, which is what has to be learnt of them
SAYINGS = (
    "{}", "{}", "{}", "{}", "a {}", "a {}", "a {}", "the {}", "one {}", "a cute {}", "a beautiful {}", "a funny {}",
    "a picture of a {}", "a drawing of a {}", "an emoji of a {}", "a nice {} for you",
)  # fmt: skip
HELD_OUT = Path(__file__).parents[1] / "benchmarks" / "emoji_prompts.tsv"

Pixels = npt.NDArray[np.uint8]


class Entry(NamedTuple):
    """What emojibase tells of one emoji."""

    name: str
    tags: tuple[str, ...]
    group: int


@dataclass(frozen=True)
class EmojiConcept:
    """Something that can be drawn.

    Attributes:
        name: English, as in CLDR: "nerd face".
        tags: other English words for it, those that few concepts share and no benchmark asks for.
        weight: how often it is drawn; symbols are rarer.
        pictures: by style, uint8 (side, side, 4).
    """

    name: str
    tags: tuple[str, ...]
    weight: float
    pictures: dict[str, Pixels]


@dataclass(frozen=True)
class CaptionedPicture:
    """A picture and what is said of it.

    Attributes:
        picture: uint8 (side, side, 3).
        concepts: their names in the caption's order.
        said: what the caption calls each.
        places: where each is small, one of `PLACES`; empty where it is large.
        plain: whether all is usual.
    """

    picture: RGB
    caption: str
    concepts: tuple[str, ...]
    said: tuple[str, ...]
    places: tuple[str, ...]
    plain: bool = False


def load_emoji_concepts(cache: Path, side: int) -> list[EmojiConcept]:
    """Every concept that at least one set draws; drawn once, then read from the cache."""
    entries = emojibase(cache, "en")
    drawn = {style: _load_drawings(cache, style, side) for style in STYLES}
    taken = read_held_out_prompts() | {entry.name.lower() for entry in entries.values()}
    sources = {code: entry.tags for code, entry in entries.items()}, _emojilib(cache, set(entries))
    tags = [_telling(source, taken) for source in sources]
    found = []
    for code, (name, _, group) in entries.items():
        pictures = {style: icons[slug(name)] for style, icons in drawn.items() if slug(name) in icons}
        if pictures:
            telling = tuple(dict.fromkeys(tag for source in tags for tag in source.get(code, ())))
            found.append(EmojiConcept(name, telling, 0.2 if group == SYMBOLS else 1, pictures))
    return found


def _telling(words: Mapping[str, Sequence[str]], taken: set[str]) -> dict[str, list[str]]:
    """Of each thing's words those that are free and that it shares with one other at most."""
    uses = Counter(word for of_one in words.values() for word in set(of_one))
    return {
        code: [word for word in of_one if uses[word] < 3 and word.lower() not in taken]
        for code, of_one in words.items()
    }


def _emojilib(cache: Path, codes: set[str]) -> dict[str, list[str]]:
    """More English words, by code point as emojibase writes it."""
    file = emoji.fetch_npm_package(cache, "emojilib") / "dist" / "emoji-en-US.json"
    words = {
        "-".join(f"{ord(sign):04X}" for sign in key.replace("\ufe0f", "")): [
            word.replace("_", " ") for word in of_one if WORD.fullmatch(word)
        ]
        for key, of_one in json.loads(file.read_text(encoding="utf-8")).items()
    }
    return {code: words.get(code.replace("-FE0F", ""), []) for code in codes}


def read_held_out_prompts() -> set[str]:
    """The prompts of the benchmark without their articles; captions never use them."""
    with HELD_OUT.open(encoding="utf-8") as file:
        return {re.sub(r"^(an?|the) ", "", row["english"]) for row in csv.DictReader(file, delimiter="\t")}


def emojibase(cache: Path, language: str) -> dict[str, Entry]:
    """By code point, without flags, skin tones, and people who differ in nothing but their sex."""
    folder = emoji.fetch_npm_package(cache, "emojibase-data")
    entries = json.loads((folder / language / "data.json").read_text(encoding="utf-8"))
    english = json.loads((folder / "en" / "data.json").read_text(encoding="utf-8"))
    wanted = {
        entry["hexcode"]
        for entry in english
        if entry.get("group", 2) not in NO_GROUPS and not (entry["group"] == 1 and PEOPLE.search(entry["label"]))
    }
    return {
        e["hexcode"]: Entry(e["label"], tuple(e.get("tags", ())), e["group"]) for e in entries if e["hexcode"] in wanted
    }


def slug(name: str) -> str:
    """A name as the sets spell it.

    >>> slug("woman’s hat"), slug("piñata")
    ('womans-hat', 'pinata')
    """
    plain = unicodedata.normalize("NFKD", name.replace("’", "")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _load_drawings(cache: Path, style: str, side: int) -> dict[str, Pixels]:
    file = cache / f"{style}-{side}.npz"
    drawn: dict[str, Pixels] = {}
    if file.is_file():
        with np.load(file) as kept:
            drawn = {name: kept[name] for name in kept.files}
    icons = emoji.icons(cache, STYLES[style])
    missing = sorted(({slug(entry.name) for entry in emojibase(cache, "en").values()} & set(icons)) - set(drawn))
    if missing:
        drawn |= {name: emoji.render_svg(icons[name], side) for name in missing}
        np.savez_compressed(file, **drawn)  # type: ignore[arg-type]  # the stub mistakes names for its switch
    return drawn


class Composer:
    """Draws captioned pictures: one thing or two, styles, backgrounds, sizes, places, mirrored; captions say it all.

    What a caption leaves out is always the same: Noto's drawing, large, in the middle, on white. A network that is
    asked for "a cat" thus has one answer to learn, and not the mean of many.

    Args:
        world: what there is to draw.
        side: of the pictures, in pixels.
        shares: how often each set draws.
        says_style: whether captions tell which one drew.
    """

    def __init__(
        self, world: list[EmojiConcept], side: int, shares: Mapping[str, float] = SHARES, *, says_style: bool = True
    ) -> None:
        self.side, self.shares, self.says_style = side, shares, says_style
        self.of_style = {style: [thing for thing in world if style in thing.pictures] for style in STYLES}
        weights = {style: np.array([thing.weight for thing in things]) for style, things in self.of_style.items()}
        self._until = {style: np.cumsum(w / w.sum()) for style, w in weights.items()}

    def __call__(self, rng: Random) -> CaptionedPicture:
        """One picture; four in ten show two things."""
        return self.compose_pair(rng) if rng.random() < 0.4 else self.compose_one(rng)

    def compose_one(self, rng: Random) -> CaptionedPicture:
        """One thing, large in the middle most of the time."""
        style = self._style(rng)
        thing = self._thing(style, rng)
        ground, canvas = self._background(rng)
        mirrored = rng.random() < 0.1
        said = called = _pick_name(thing, rng)
        place = "" if rng.random() < 0.85 else str(rng.choice(list(PLACES)))
        if place:
            said = f"small {said} {place}"
        at, size = PLACES[place or "in the middle"], SMALL if place else LARGE
        paste(canvas, thing.pictures[style], at, size, mirrored=mirrored)
        said = SAYINGS[int(rng.integers(len(SAYINGS)))].format(said)
        caption = said + ", mirrored" * mirrored + self._style_suffix(style, rng) + ground
        plain = style == USUAL and not place and not mirrored and bool((canvas[0, 0] == 255).all())
        return CaptionedPicture(canvas, caption, (thing.name,), (called,), (place,), plain)

    def compose_pair(self, rng: Random) -> CaptionedPicture:
        """Two things of one style, side by side or one above the other."""
        style = self._style(rng)
        first, second = (self._thing(style, rng) for _ in range(2))
        ground, canvas = self._background(rng)
        across = rng.random() < 0.7
        places = ACROSS if across else UPON
        for thing, place in zip((first, second), places, strict=True):
            paste(canvas, thing.pictures[style], PLACES[place], SMALL)
        relations = BESIDE if across else STACKED
        relation = relations[int(rng.integers(len(relations)))]
        if relation in ("right of", "below"):
            first, second, places = second, first, places[::-1]
        said = [_pick_name(first, rng), _pick_name(second, rng)]
        a = "a " if rng.random() < 0.5 else ""
        caption = f"{a}{said[0]} {relation} {a}{said[1]}{self._style_suffix(style, rng)}{ground}"
        return CaptionedPicture(canvas, caption, (first.name, second.name), tuple(said), places)

    def _style(self, rng: Random) -> str:
        return str(rng.choice(list(self.shares), p=list(self.shares.values())))

    def _style_suffix(self, style: str, rng: Random) -> str:
        usual = style == USUAL and rng.random() < 0.8
        return "" if usual or not self.says_style else f", {style} style"

    def _thing(self, style: str, rng: Random) -> EmojiConcept:
        things = self.of_style[style]
        return things[min(int(np.searchsorted(self._until[style], rng.random())), len(things) - 1)]

    def _background(self, rng: Random) -> tuple[str, RGB]:
        name = "white" if rng.random() < 0.7 else str(rng.choice(list(COLOURS)))
        canvas = np.full((self.side, self.side, 3), COLOURS[name], np.uint8)
        if name == "white" and rng.random() < 0.85:
            return "", canvas
        return (f", {name} background" if rng.random() < 0.5 else f" on a {name} background"), canvas


def paste(canvas: RGB, thing: Pixels, centre: tuple[float, float], size: float, *, mirrored: bool = False) -> None:
    """Lays a drawing over the canvas: `centre` (x, y) and `size` are shares of the canvas's side."""
    side = len(canvas)
    pixels = max(8, round(size * side))
    scaled = cv2.resize(thing[:, ::-1] if mirrored else thing, (pixels, pixels), interpolation=cv2.INTER_AREA)
    x, y = (int(np.clip(round(c * side - pixels / 2), 0, side - pixels)) for c in centre)
    place = canvas[y : y + pixels, x : x + pixels]
    alpha = scaled[..., 3:].astype(np.float32) / 255
    place[:] = (place + alpha * (scaled[..., :3].astype(np.float32) - place)).round()


def _pick_name(thing: EmojiConcept, rng: Random) -> str:
    """Its name mostly, else one of its tags."""
    if thing.tags and rng.random() < 0.25:
        return str(thing.tags[int(rng.integers(len(thing.tags)))])
    return thing.name
