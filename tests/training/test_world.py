from __future__ import annotations

import re

import numpy as np
import pytest

from core.generate import prior
from training import world


def icon(colour):
    return np.dstack([np.full((32, 32, 3), colour, np.uint8), np.full((32, 32), 255, np.uint8)])


@pytest.fixture(scope="module")
def composer():
    """Two things, one drawn by one set only; an arrow is a symbol and rarer."""
    every = {style: icon((10 * i, 0, 0)) for i, style in enumerate(world.STYLES, start=1)}
    things = [
        world.EmojiConcept("cat", ("feline",), 1, every),
        world.EmojiConcept("pizza", (), 1, {"noto": icon((0, 200, 0))}),
        world.EmojiConcept("up arrow", (), 0.2, every),
    ]
    return world.Composer(things, 64)


def test_captions_say_everything_that_is_not_usual(composer):
    rng = np.random.default_rng(0)
    for _ in range(300):
        drawn = composer.compose_one(rng)
        corner = tuple(int(v) for v in drawn.picture[0, 0])
        named = [name for name in world.COLOURS if f"{name} background" in drawn.caption]
        # "light blue" also contains "blue"
        assert corner == world.COLOURS[max(named, key=len, default="white")]
        if "style" not in drawn.caption and drawn.concepts == ("cat",):
            assert (drawn.picture == (10, 0, 0)).all(2).any(), "Noto's drawing"
        small = (drawn.picture != drawn.picture[0, 0]).any(2).mean() < 0.5
        assert small == ("small" in drawn.caption) == (drawn.places[0] in world.PLACES)
        assert not small or drawn.places[0] in drawn.caption


def test_what_is_plain_is_what_a_caption_shows_that_says_nothing_else(composer):
    rng = np.random.default_rng(3)
    seen = set()
    for _ in range(500):
        drawn = composer(rng)
        unusual = ("small", "mirrored", "background", "fluent", "twemoji", "openmoji", " left of ", " and ")
        if drawn.plain:
            said = re.sub("(,| on a) white background", "", drawn.caption)
            assert not any(word in said for word in unusual), said
            side = round(world.LARGE * 64)
            assert (drawn.picture != 255).any(2).sum() == side**2
        seen.add(drawn.plain)
    assert seen == {True, False}


def test_the_first_thing_of_a_pair_is_where_the_caption_says(composer):
    rng = np.random.default_rng(1)
    seen = set()
    for _ in range(300):
        drawn = composer.compose_pair(rng)
        if set(drawn.concepts) != {"cat", "pizza"}:
            continue
        green = (drawn.picture == (0, 200, 0)).all(2)
        y, x = (float(axis.mean()) for axis in np.nonzero(green))
        cat_first = drawn.caption.find("pizza") > 3 and not drawn.caption.removeprefix("a ").startswith("pizza")
        for words, expected in (
            ("left of", (x > 32) == cat_first),
            ("right of", (x < 32) == cat_first),
            ("above", (y > 32) == cat_first),
            ("below", (y < 32) == cat_first),
        ):
            if words in drawn.caption:
                seen.add(words)
                assert expected, drawn.caption
                at = drawn.places[drawn.concepts.index("pizza")]
                assert (x, y) == pytest.approx([64 * share for share in world.PLACES[at]], abs=1.5)
    assert seen == {"left of", "right of", "above", "below"}


def test_symbols_are_rarer(composer):
    rng = np.random.default_rng(2)
    drawn = [composer.compose_one(rng).concepts[0] for _ in range(1000)]
    assert drawn.count("up arrow") < 0.4 * drawn.count("cat")


def test_no_caption_is_a_prompt_of_the_benchmark():
    held = world.read_held_out_prompts()
    assert {"puppy", "slice of pizza", "angry person's face"} <= held and len(held) == 200


def test_a_drawing_is_laid_where_it_should_be():
    canvas = np.full((64, 64, 3), 255, np.uint8)
    half = icon((0, 0, 0))
    half[:, :16, 3] = 0
    world.paste(canvas, half, (0.25, 0.5), 0.5)
    dark = canvas[..., 0] < 128
    assert dark[16:48, 16:32].all() and dark.sum() == 32 * 16
    world.paste(canvas, half, (0.75, 0.5), 0.5, mirrored=True)
    assert (canvas[16:48, 32:48] == 0).all()


def test_boxes_are_where_things_are(composer):
    rng = np.random.default_rng(4)
    cells = 64 // prior.SIDE
    for _ in range(100):
        drawn = composer(rng)
        shown = (drawn.picture != drawn.picture[0, 0]).any(2)
        inside = np.zeros_like(shown)
        for place in drawn.places:
            row, column = prior.CORNERS.get(place, (0, 0))
            side = (prior.SIDE // 2 if place else prior.SIDE) * cells
            inside[row * cells : row * cells + side, column * cells : column * cells + side] = True
        assert not (shown & ~inside).any(), drawn.caption


def test_words_that_many_things_share_tell_nothing():
    words = {"1": ("face", "dog", "puppy"), "2": ("face", "dog"), "3": ("face", "cat")}
    assert world._telling(words, {"puppy"}) == {"1": ["dog"], "2": ["dog"], "3": ["cat"]}
