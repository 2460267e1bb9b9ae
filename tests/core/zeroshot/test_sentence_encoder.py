from __future__ import annotations

import numpy as np
import pytest

from core import models
from core.models.files import sources
from core.zeroshot import sentence_encoder
from core.zeroshot.sentence_encoder import SentenceEncoder


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder(sources.fetch_weights(models.row("zeroshot", "concept-space")), "cpu")


def test_sentences_of_like_meaning_lie_close(encoder) -> None:
    found = encoder.encode(["a kitten is asleep", "a cat sleeps", "the rocket was launched"])
    assert found.shape == (3, encoder.size) == (3, 384) and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert found[0] @ found[1] > found[0] @ found[2] + 0.3


def test_vectors_come_in_the_order_of_the_texts_whatever_shares_a_batch(encoder, monkeypatch) -> None:
    texts = ["a dog that runs along the beach in the evening", "cat", "a cup of coffee", "x"]
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(encoder.encode(texts), alone, atol=1e-5)
    monkeypatch.setattr(sentence_encoder, "BATCH", 2)
    np.testing.assert_allclose(encoder.encode(texts), alone, atol=1e-5)


def test_what_is_beyond_the_longest_text_is_cut_off(encoder) -> None:
    long = "cat " * 200
    np.testing.assert_allclose(encoder.encode([long]), encoder.encode([long + "rocket"]), atol=1e-5)
