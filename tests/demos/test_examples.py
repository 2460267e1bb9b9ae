"""The first answer of every example on every tab, by the models that come with the app: right by a stated measure."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.text_to_image import Index
from core import autoencoder, classify, edges, generate, images, inpaint, masks, samples, segment, texts, zeroshot
from core.edges import evaluation
from core.segment import grounded
from demos import edges as edges_tab
from demos.autoencoder import round_trip
from demos.cnn import top
from demos.edges import people
from demos.edges.common import limit_size
from demos.edges.knobs import start_settings
from demos.inpaint import EXAMPLES as HOLES
from demos.inpaint import hole
from demos.segment import by_words, layout
from demos.text_to_image import sketch, start
from demos.ui import canvas
from demos.zeroshot import classify as labels_tab
from demos.zeroshot import shared
from training.emoji_index import LEFT, RIGHT, crop_half

pytestmark = pytest.mark.slow

# of each first thing the polygons [x, y] placed by hand round it
OUTLINES = json.loads((Path(__file__).parent / "segment" / "outlines.json").read_text(encoding="utf-8"))
# where in the picture the thing that the words mean is: left, top, right, bottom, as shares
PLACES = {
    "cat": (0, 0, 0.89, 1), "astronaut": (0.08, 0.03, 0.75, 1), "portrait": (0.3, 0.1, 0.75, 0.55),
    "cheetah": (0.14, 0.3, 0.76, 0.72), "temple": (0.08, 0.04, 0.6, 1),
}  # fmt: skip
CLASSES = {
    "cat": {"tiger cat", "Egyptian cat", "tabby"}, "lion": {"lion"}, "coffee": {"espresso", "cup"},
    "cheetah": {"cheetah"}, "camera": {"tripod"},
}  # fmt: skip
LABELS = {
    "cat": "cat", "lion": "lion", "coffee": "cup of coffee", "rocket": "rocket", "flower": "flower", "temple": "temple",
    "motorcycle": "motorcycle",
}  # fmt: skip
# names of emoji one of which must be among the five nearest ones; of two things the left and the right one
DRAWN = {
    "example_cat": ({"cat face", "cat"},),
    "example_pair": ({"penguin"}, {"pizza"}),
    "example_style": ({"rocket"},),
    "example_background": ({"red apple"},),
    "example_korean": ({"panda"},),
}
COLOURS = {"apple": (230, 40, 20), "star": (250, 205, 40), "heart": (245, 90, 120), "fish": (50, 120, 200)}


def outlined_mask(name: str, shape: tuple[int, ...]) -> images.Mask:
    filled = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(filled, [np.array(line, np.int32) for line in OUTLINES[name]], 1)
    return filled > 0


def share_of_edges(picture: images.RGB) -> float:
    return float(edges.detect(picture, **start_settings("canny")).edges.mean())


@pytest.mark.parametrize("name", layout.EXAMPLES)
def test_the_first_prompt_finds_the_whole_thing(name, picture) -> None:
    photo = picture(name)
    asked = canvas.read_prompt({k: v for k, v in layout.example_prompt(name).items() if k != "truth"}, photo.shape)
    found = segment.from_prompts(photo, **asked.keywords).masks[0]
    if name in samples.TRUTHS:
        layers = samples.ground_truth(name)
        best = max(masks.iou(found, layers == number) for number in np.unique(layers)[1:])
    else:
        best = masks.iou(found, outlined_mask(name, photo.shape))
    assert best >= 0.85


@pytest.mark.parametrize(("name", "words"), by_words.EXAMPLES)
def test_words_find_what_they_name(name, words, picture) -> None:
    photo = picture(name)
    found = grounded.from_words(photo, words).masks[0]
    (h, w), (left, upper, right, lower) = photo.shape[:2], PLACES[name]
    inside = found[round(upper * h) : round(lower * h), round(left * w) : round(right * w)]
    assert inside.sum() >= 0.93 * found.sum() and inside.mean() >= 0.2


@pytest.mark.parametrize("name", edges_tab.EXAMPLES)
def test_the_detectors_start_shows_lines_and_not_a_white_or_black_picture(name, picture) -> None:
    photo = picture(name)
    assert 0.01 < share_of_edges(photo) < 0.25


def test_a_photo_of_twelve_megapixels_shows_the_lines_of_a_small_one(picture) -> None:
    large = cv2.resize(picture("coffee"), (4000, 3000), interpolation=cv2.INTER_CUBIC)
    assert share_of_edges(large) < 0.005 and share_of_edges(limit_size(large)) > 0.03
    assert limit_size(large).shape == (768, 1024, 3) and limit_size(large, full=True) is large


def test_people_agree_more_with_what_was_learnt_from_people() -> None:
    photo, lines = people.load_example()
    settings = people.FIRST.values()
    canny, learned = (evaluation.compare_edges(photo, lines, method=m, threshold=x).f_score for m, x in settings)
    assert learned > 0.7 > canny > 0.5


@pytest.mark.parametrize("name", top.EXAMPLES)
def test_the_first_class_is_right(name, picture) -> None:
    assert classify.predict(picture(name)).labels[0] in CLASSES[name]


@pytest.mark.parametrize("name", labels_tab.EXAMPLES)
def test_the_first_label_is_right(name, picture) -> None:
    found = zeroshot.classify(picture(name), list(shared.LABELS), template=list(labels_tab.ONE))
    assert found.labels[0] == LABELS[name]


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_each_picture_of_the_matrix_has_its_own_caption(language, picture) -> None:
    captions = shared.first_text("captions", language).splitlines()
    found = zeroshot.similarity([picture(name) for name in shared.SAMPLES], captions).matrix
    others = np.where(np.eye(len(found), dtype=bool), -1, found)
    # by more than a hair, along both sides
    assert (found.diagonal() > np.maximum(others.max(axis=0), others.max(axis=1)) + 0.05).all()


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_first_search_finds_the_big_cats(language, picture) -> None:
    names = tuple(samples.load_samples())
    order = zeroshot.search(shared.first_text("query", language), [picture(name) for name in names]).order
    assert {names[i] for i in order[:3]} == {"lion", "cheetah", "cat"} and names[order[2]] == "cat"


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("name", start.EXAMPLES)
def test_an_example_prompt_draws_what_it_says(name, language) -> None:
    drawn = generate.text_to_image(texts.load_sentences(language)[f"text_to_image.{name}"], seed=0).images[0]
    wanted = DRAWN[name]
    parts = [drawn] if len(wanted) == 1 else [crop_half(drawn, LEFT), crop_half(drawn, RIGHT)]
    near = Index("large" if len(wanted) == 1 else "small").nearest(parts)
    assert all(right & set(names) for right, names in zip(wanted, near, strict=True)), near


@pytest.mark.parametrize("name", sketch.EXAMPLES)
def test_an_outline_is_followed_and_filled_with_the_colour_of_its_words(name) -> None:
    outline = images.to_rgb(texts.ASSETS / "samples" / "sketches" / f"{name}.png")
    asked = sketch.place_edges(outline, "outlines")
    drawn = generate.edges_to_image(asked, sketch.EXAMPLES[name], seed=0).images[0]
    shape = drawn.min(axis=2) < 200
    lines = cv2.resize(asked[..., 0], drawn.shape[:2], interpolation=cv2.INTER_AREA) > 60
    around = lines.astype(np.uint8)
    cv2.floodFill(around, None, (0, 0), 2)
    assert masks.iou(shape, around != 2) > 0.75
    assert np.abs(np.median(drawn[shape], axis=0) - COLOURS[name]).max() < 60


@pytest.mark.parametrize("name", HOLES)
def test_a_filled_hole_looks_like_what_is_around_it(name, picture) -> None:
    photo = picture(name)
    mask = hole.example_mask(name, photo.shape[:2])
    filled = inpaint.fill(photo, mask, method="patchmatch", seed=0).image
    ring = cv2.dilate(mask.astype(np.uint8), np.ones((41, 41), np.uint8)).astype(bool) & ~mask
    lines = edges.detect(filled, **start_settings("canny")).edges > 0
    before = edges.detect(photo, **start_settings("canny")).edges > 0
    # no more lines than around it, and far fewer than the thing had; no colour that is not around it
    assert lines[mask].mean() <= lines[ring].mean() + 0.01 and lines[mask].mean() < 0.5 * before[mask].mean()
    low, high = np.percentile(photo[ring], [1, 99], axis=0)
    assert ((filled[mask] < low - 10) | (filled[mask] > high + 10)).any(axis=1).mean() < 0.02


def test_the_autoencoder_copies_what_it_knows_better_than_what_it_does_not(picture) -> None:
    known, strange = (
        [autoencoder.round_trip(picture(name)).copy.psnr for name in names]
        for names in (round_trip.FAMILIAR, round_trip.STRANGE)
    )
    assert min(known) > 24 and np.mean(known) > np.mean(strange) + 3
