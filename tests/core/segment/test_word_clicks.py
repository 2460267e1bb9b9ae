from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from core.segment import grounded
from core.segment.word_clicks import WordClickDetector


def test_the_heat_of_the_words_makes_the_clicks():
    """Two colours, two words: each word's box is its own colour's, in pixels of the large picture."""
    picture = np.zeros((600, 900, 3), np.uint8)
    picture[100:300, 100:350, 0] = 255
    picture[350:500, 500:850, 1] = 255

    class ColourSpace:
        """A cell's vector is its colour; red words are red. Nouns are blue, which is nowhere."""

        temperature = 0.05
        encoder = property(lambda self: self)

        def encode_texts(self, texts):
            axes = {"red": [1, 0, 0], "green": [0, 1, 0]}
            return np.array([axes.get(text, [0, 0, 1]) for text in texts], np.float32)

        def encode_images(self, images):
            means = np.array([image.reshape(-1, 3).mean(axis=0) for image in images], np.float32)
            return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)

        def encode_cells(self, image, longest):
            return image[::32, ::32].astype(np.float32) / 255

    class ColourPredictor:
        """Everything that has the clicked colour, or a quarter of it."""

        def set_image(self, image):
            self.image = image

        def predict(self, points, labels, multimask_output):
            x, y = points[0].astype(int)
            same = (self.image == self.image[y, x]).all(axis=2)
            part = same.copy()
            part[y:] = False
            return np.stack([part, same]), np.array([0.9, 0.9]), None

    @contextmanager
    def lend_model(model):
        yield None, model

    find = WordClickDetector(lambda: lend_model(ColourSpace()), lambda: lend_model(ColourPredictor()))
    found = find(picture, ["green", "red"], threshold=0.3)
    assert found.labels.tolist()[:2] in ([0, 1], [1, 0]) and len(found.labels) == 2
    boxes = dict(zip(found.labels.tolist(), found.boxes, strict=True))
    assert boxes[0] == pytest.approx([500, 350, 850, 500], abs=4)
    assert boxes[1] == pytest.approx([100, 100, 350, 300], abs=4)
    assert (found.scores > 0.99).all()
    for (x, y), label in zip(found.clicks.astype(int), found.labels, strict=True):
        assert picture[y, x, 1 - label] == 255, "a click is on its thing"
    assert len(find(picture, ["a noun that is nowhere"], threshold=0.6).boxes) == 0


@pytest.mark.parametrize("words", ["cat", "고양이"])
def test_the_pocket_detector_finds_the_cat(picture, words):
    found = grounded.from_words(picture("cat"), words)
    assert (found.detector, found.model) == ("word-clicks", "pocket-sam")
    x1, _, x2, y2 = found.boxes[0]
    mask = found.masks[0]
    assert mask[120, 152] and mask[200, 250], "forehead and cheek"
    assert not mask[280, 430] and 0.35 < mask.mean() < 0.8
    assert x1 < 60 and x2 > 350 and y2 > 250
    assert found.labels == (words,) * len(found.masks) and found.scores[0] > 0.9


def test_the_pocket_detector_finds_no_rocket_in_the_cat(picture):
    assert len(grounded.from_words(picture("cat"), "rocket").masks) == 0
