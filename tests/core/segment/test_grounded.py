from __future__ import annotations

import unicodedata
from contextlib import contextmanager

import numpy as np
import pytest

from core import models
from core.errors import InputError
from core.models.protocols import Detections
from core.segment import grounded

PICTURE = np.full((40, 60, 3), 90, np.uint8)
PICTURE[10:30, 20:40] = (220, 30, 30)


class FakeDetector:
    """Answers with given (box, score, label[, click])s and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = answers
        self.asked = None

    def __call__(self, image, words, *, threshold):
        self.asked = (image.shape, words, threshold)
        kept = [answer for answer in self.answers if answer[1] >= threshold]
        boxes, scores, labels, *clicks = zip(*kept, strict=True) if kept else ([], [], [])
        return Detections(
            boxes=np.array(boxes, np.float32).reshape(-1, 4),
            scores=np.array(scores, np.float32),
            labels=np.array(labels, int),
            clicks=np.array(clicks[0], np.float32) if clicks else None,
        )


@pytest.fixture
def install_detector(monkeypatch):
    """`detector((box, score, label[, click]), ...)` stands in for every `detect` row."""
    real = models.borrow

    def replace_detector(*answers):
        fake = FakeDetector(*answers)

        @contextmanager
        def borrow(task, name=None):
            if task == "detect":
                yield models.row(task, name), fake
                return
            with real(task, name) as lent:
                yield lent

        monkeypatch.setattr(models, "borrow", borrow)
        return fake

    return replace_detector


def test_each_box_becomes_the_mask_in_it(install_detector):
    fake = install_detector(((18, 8, 43, 33), 0.9, 1), ((0, 0, 50, 39), 0.4, 0))
    found = grounded.from_words(PICTURE, "dog, red square", model="grabcut", detector="owlv2")
    assert fake.asked == ((40, 60, 3), ["dog", "red square"], 0.2), "the row's own threshold"
    assert found.labels == ("red square", "dog") and found.scores == pytest.approx([0.9, 0.4])
    assert found.boxes.tolist() == [[18, 8, 43, 33], [0, 0, 50, 39]]
    truth = (PICTURE[..., 0] == 220) & True
    assert (found.masks[0] == truth).mean() > 0.99
    assert found.masks.shape == (2, 40, 60) and found.masks.dtype == bool
    assert (found.model, found.detector) == ("grabcut", "owlv2")
    assert found.seconds >= found.detect_seconds > 0


def test_a_detectors_click_says_which_thing_in_the_box_is_meant(install_detector):
    picture = np.full((40, 80, 3), 90, np.uint8)
    picture[10:30, 8:28], picture[10:30, 50:70] = (220, 30, 30), (30, 30, 220)
    whole, found = (4, 6, 76, 34), {}
    for x in (18, 60):
        install_detector((whole, 0.9, 0, (x, 20)))
        found[x] = grounded.from_words(picture, "square", model="pocket-sam", detector="owlv2").masks[0]
    assert not np.array_equal(found[18], found[60])
    assert found[18][20, 18] and found[60][20, 60]
    install_detector((whole, 0.9, 0, (79, 39)))
    grounded.from_words(picture, "square", model="pocket-sam", detector="owlv2")


def test_doubles_boxes_outside_and_too_many_go(install_detector):
    boxes = [
        ((18, 8, 43, 33), 0.9, 0),
        ((19, 8, 43, 33), 0.8, 0),
        ((-9, -9, 30.5, 99), 0.7, 0),
        ((70, 5, 99, 9), 0.6, 0),
    ]
    install_detector(*boxes, ((5, 5, 20, 20), 0.5, 0))
    found = grounded.from_words(PICTURE, "square", model="grabcut", detector="owlv2")
    assert found.boxes.tolist() == [[18, 8, 43, 33], [0, 0, 30.5, 40], [5, 5, 20, 20]]
    found = grounded.from_words(PICTURE, "square", top_k=1, model="grabcut", detector="owlv2")
    assert found.scores == pytest.approx([0.9])


def test_one_place_may_be_two_things(install_detector):
    install_detector(((18, 8, 43, 33), 0.9, 1), ((19, 8, 43, 33), 0.8, 0), ((18, 9, 43, 33), 0.7, 1))
    found = grounded.from_words(PICTURE, "square, box", model="grabcut", detector="owlv2")
    assert found.labels == ("box", "square") and found.scores == pytest.approx([0.9, 0.8])


def test_korean_is_read_in_english_and_labelled_in_korean(install_detector):
    fake = install_detector(((18, 8, 43, 33), 0.9, 0))
    found = grounded.from_words(PICTURE, "고양이", model="grabcut")
    assert fake.asked[1] == ["cat"] and found.read == ("cat",) and found.translated
    assert found.labels == ("고양이",)
    assert not grounded.from_words(PICTURE, "cat", model="grabcut").translated


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("피자 왼쪽에 고양이", ("cat left of pizza",)),
        ("고양이, 개", ("cat", "dog")),
        ("고양이，개、ｃａｔ", ("cat", "dog", "cat")),
        (unicodedata.normalize("NFD", "고양이"), ("cat",)),
        ("🐱", ("cat face",)),
        ("🦸🏽\u200d♀️, 🇰🇷", ("woman superhero", "flag of South Korea")),
        ("piñata, crème brûlée", ("piñata", "crème brûlée")),
    ],
)
def test_the_detector_is_asked_in_english(install_detector, words, read):
    fake = install_detector(((18, 8, 43, 33), 0.9, 0))
    assert grounded.from_words(PICTURE, words, model="grabcut").read == read == tuple(fake.asked[1])


def test_full_width_letters_are_read_and_shown_as_they_came(install_detector):
    fake = install_detector(((18, 8, 43, 33), 0.9, 0))
    found = grounded.from_words(PICTURE, "ｃａｔ\u200b, CAT", model="grabcut")
    assert fake.asked[1] == ["cat"] and found.labels == ("ｃａｔ",) and not found.translated


@pytest.mark.parametrize("word", ["猫", "кошка", "con mèo", "kočka", "แมว", "🇽🇽"])
def test_names_in_other_languages_get_the_sentence(install_detector, word):
    install_detector(((18, 8, 43, 33), 0.9, 0))
    with pytest.raises(InputError, match=f"'{word.split()[-1]}' is neither"):
        grounded.from_words(PICTURE, f"a dog, {word}", model="grabcut")


def test_names_come_as_text_or_list_and_once(install_detector):
    fake = install_detector(((18, 8, 43, 33), 0.9, 0))
    grounded.from_words(PICTURE, " a cat., dog,,\ncup , dog", model="grabcut")
    assert fake.asked[1] == ["a cat", "dog", "cup"]
    grounded.from_words(PICTURE, ["a cat", "dog"], model="grabcut")
    assert fake.asked[1] == ["a cat", "dog"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "words must not be empty"),
        (" , .", "words must not be empty"),
        ([], "words must not be empty"),
        (None, "words must be text"),
        ([1], "words must be text"),
        ("x" * 301, "at most 300 characters, but 301 came"),
        (["x" * 200] * 2, "at most 300 characters, but 401 came"),
        (",".join("abcdefghi"), "At most 8 names can be looked for at once, but 9 came"),
        ("뛟뛟", "words, but '뛟뛟' is neither"),
    ],
)
def test_a_sentence_for_words_that_cannot_be_used(install_detector, words, says):
    install_detector(((18, 8, 43, 33), 0.1, 0))
    with pytest.raises(InputError, match=says) as caught:
        grounded.from_words(PICTURE, words, model="grabcut")
    assert caught.value.message_in("ko") != caught.value.message_in("en")


def test_numbers_out_of_range():
    with pytest.raises(InputError, match="threshold"):
        grounded.from_words(PICTURE, "cat", threshold=1.5)
    with pytest.raises(InputError, match="top_k"):
        grounded.from_words(PICTURE, "cat", top_k=0)


@pytest.mark.parametrize(
    ("words", "read", "left_out"),
    [
        ("빨간 꿱꿱이 상자, 개", ("red box", "dog"), ("꿱꿱이",)),
        (["cat 猫", "검은 고양이"], ("cat", "black cat"), ("猫",)),
        ("우산을 쓴 고양이", ("cat holding umbrella",), ()),
    ],
)
def test_names_are_looked_for_as_far_as_they_are_understood(install_detector, words, read, left_out):
    fake = install_detector(((18, 8, 43, 33), 0.9, 0))
    found = grounded.from_words(PICTURE, words, model="grabcut")
    assert fake.asked[1] == list(read) and found.read == read and found.left_out == left_out
