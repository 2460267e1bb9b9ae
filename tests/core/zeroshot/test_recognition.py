from __future__ import annotations

import json
import re
import unicodedata

import numpy as np
import pytest

from core import models, samples, zeroshot
from core.errors import InputError, ModelUnavailable
from core.zeroshot import recognition

NAMES = ("cat", "coffee", "rocket", "lion")
TEXTS = ["a cat", "a cup of coffee", "a rocket", "a lion"]


class CountingEncoder:
    """The encoder of a loaded model, counting what it is asked for."""

    def __init__(self, encoder) -> None:
        self._encoder = encoder
        self.temperature = encoder.temperature
        self.pictures = 0
        self.texts: list[str] = []

    def encode_images(self, images):
        self.pictures += len(images)
        return self._encoder.encode_images(images)

    def encode_texts(self, texts):
        self.texts += texts
        return self._encoder.encode_texts(texts)


@pytest.fixture
def counting_encoder():
    with models.borrow("zeroshot", "concept-space") as (_, remembered):
        kept, remembered.encoder = remembered.encoder, CountingEncoder(remembered.encoder)
        yield remembered.encoder
        remembered.encoder = kept


def sample_paths(*names):
    return [samples.sample_path(name) for name in names]


def test_the_matrix_is_the_dot_product_of_unit_vectors() -> None:
    found = zeroshot.similarity(sample_paths(*NAMES), TEXTS)
    assert found.matrix.shape == (4, 4) and found.matrix.dtype == np.float32
    np.testing.assert_allclose(found.matrix, found.image_vectors @ found.text_vectors.T, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.image_vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found.text_vectors, axis=1), 1, atol=1e-5)
    assert found.matrix.argmax(axis=1).tolist() == found.matrix.argmax(axis=0).tolist() == [0, 1, 2, 3]


def test_a_changed_caption_encodes_that_caption_only(counting_encoder) -> None:
    first = zeroshot.similarity(sample_paths("cat", "lion"), ["one unusual sentence", "a dog"])
    counting_encoder.pictures, counting_encoder.texts = 0, []
    second = zeroshot.similarity(sample_paths("cat", "lion"), ["another unusual sentence", "a dog"])
    assert (counting_encoder.pictures, counting_encoder.texts) == (0, ["another unusual sentence"])
    assert second.new == (0, 1)
    np.testing.assert_array_equal(first.matrix[:, 1], second.matrix[:, 1])


def test_classify_is_softmax_of_the_cosines_best_first() -> None:
    found = zeroshot.classify(samples.sample_path("cat"), ["rocket", "cat", "dog"], template="{}", temperature=0.1)
    cosines = zeroshot.similarity(sample_paths("cat"), ["cat", "dog", "rocket"]).matrix[0]
    assert found.labels == ("cat", "dog", "rocket") == found.encoded
    np.testing.assert_allclose(found.similarities, cosines, atol=1e-6)
    powers = np.exp(cosines / 0.1)
    np.testing.assert_allclose(found.probabilities, powers / powers.sum(), rtol=1e-4)
    assert found.temperature == 0.1 and found.probabilities.dtype == np.float32


def test_an_ensemble_is_the_mean_of_the_templates_to_unit_length() -> None:
    templates = ["a photo of a {}", "a drawing of the {}."]
    found = zeroshot.classify(samples.sample_path("lion"), ["lion", "rocket"], template=templates)
    sentences = [t.replace("{}", "lion") for t in templates]
    each = zeroshot.similarity(sample_paths("lion"), sentences)
    mean = each.text_vectors.mean(axis=0)
    expected = each.image_vectors[0] @ (mean / np.linalg.norm(mean))
    assert found.labels[0] == "lion"
    assert found.similarities[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("name", "winner"), [("cat", "cat"), ("galaxies", zeroshot.NONE_OF_THESE)])
def test_none_of_these_wins_only_where_no_label_fits(name, winner) -> None:
    labels = ["cat", "piano", "banana"]
    found = zeroshot.classify(samples.sample_path(name), labels, none_of_these=True)
    assert found.labels[0] == winner
    assert sorted(found.labels) == sorted([*labels, zeroshot.NONE_OF_THESE])
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_korean_labels_are_read_through_the_dictionary() -> None:
    korean = zeroshot.classify(samples.sample_path("lion"), ["고양이", "사자"])
    english = zeroshot.classify(samples.sample_path("lion"), ["cat", "lion"])
    assert korean.labels == ("사자", "고양이") and korean.encoded == ("lion", "cat")
    np.testing.assert_array_equal(korean.similarities, english.similarities)


def test_search_orders_the_pictures() -> None:
    found = zeroshot.search("a cup of coffee", sample_paths("cat", "coffee", "rocket"))
    assert found.order[0] == 1
    assert (np.diff(found.scores) <= 0).all() and sorted(found.order) == [0, 1, 2]


@pytest.mark.parametrize(
    ("labels", "settings", "expected"),
    [
        (["cat", "CAT "], {}, "different"),
        (["cat", "고양이"], {}, "different"),
        (["cat", ""], {}, "empty"),
        ([], {}, "1 to 1000"),
        (["x"] * 1001, {}, "1 to 1000"),
        ("cat", {}, "list"),
        (["cat", 3], {}, "text"),
        (["cat"], {"template": "a photo"}, "exactly once"),
        (["cat"], {"template": "{} and {}"}, "exactly once"),
        (["cat"], {"template": "{}의 사진"}, "English"),
        (["꿱꿱이"], {}, "dictionary"),
        (["cat"], {"temperature": 0}, "temperature"),
        (["cat"], {"temperature": float("nan")}, "temperature"),
        (["x" * 10_000], {}, "characters"),
        (["cat"], {"model": "no such"}, "concept-space"),
    ],
)
def test_what_classify_refuses(labels, settings, expected) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        zeroshot.classify(samples.sample_path("cat"), labels, **settings)
    assert re.search("[가-힣]", caught.value.message_in("ko"))


def test_a_row_that_is_not_here_says_how_to_get_it(monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    if any(s.row.name == "siglip2-base" and s.state != "absent" for s in models.status()):
        pytest.skip("SigLIP 2 is on this machine")
    with pytest.raises(ModelUnavailable, match="prefetch siglip2-base"):
        zeroshot.classify(samples.sample_path("cat"), ["고양이"], model="siglip2-base")


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("피자 왼쪽에 고양이", "cat left of pizza"),
        ("고양이, 개", "cat, dog"),
        ("고양이의 집", "cat house"),
        ("큰 새", "big bird"),
        ("🐱", "cat face"),
        ("a cat", "a cat"),
    ],
)
def test_captions_are_encoded_in_english(text, english) -> None:
    assert zeroshot.similarity(sample_paths("cat"), [text], model="concept-space").encoded == (english,)


@pytest.mark.parametrize(("text", "word"), [("뛟뛟 꿱꿱이", "뛟뛟"), ("있는", "있는"), ("그려줘", "그려줘")])
def test_a_caption_that_is_not_understood_is_refused_with_the_word(text, word) -> None:
    with pytest.raises(InputError, match=f"[0-9]+ words, but '{word}' is neither") as caught:
        zeroshot.similarity(sample_paths("cat"), ["a cat", text], model="concept-space")
    assert "SigLIP" in caught.value.message_in("ko")


@pytest.mark.parametrize("word", ["猫", "ネコ", "кошка", "γάτα", "แมว", "mèo", "kočka", "🇽🇽"])
def test_labels_captions_and_searches_in_other_languages_get_the_sentence(word) -> None:
    cat = samples.sample_path("cat")
    for ask in (
        lambda: zeroshot.classify(cat, ["dog", f"a {word}"]),
        lambda: zeroshot.similarity([cat], ["a cat", f"the {word}."]),
        lambda: zeroshot.search(word, [cat]),
    ):
        with pytest.raises(InputError, match=f"'{word}' is neither"):
            ask()


@pytest.mark.parametrize(
    ("text", "english", "left_out"),
    [
        ("고양이 꿱꿱이", "cat", ("꿱꿱이",)),
        ("꽯뛟 위의 개", "dog", ("꽯뛟",)),
        ("a 猫, sitting", "a sitting", ("猫",)),
    ],
)
def test_one_word_that_is_understood_is_enough(text, english, left_out) -> None:
    cat = samples.sample_path("cat")
    found = zeroshot.classify(cat, ["rocket", text])
    assert set(found.encoded) == {"rocket", english} and found.left_out == left_out
    matrix = zeroshot.similarity([cat], ["a rocket", text])
    assert matrix.encoded == ("a rocket", english) and matrix.left_out == left_out
    result = zeroshot.search(text, [cat])
    assert result.encoded == english and result.left_out == left_out


def test_a_word_that_is_read_as_its_kind_of_thing_is_told() -> None:
    cat, near = samples.sample_path("cat"), ("심야버스를 → bus",)
    found = zeroshot.classify(cat, ["rocket", "심야버스를"])
    assert set(found.encoded) == {"rocket", "bus"} and (found.near, found.left_out) == (near, ())
    assert zeroshot.similarity([cat], ["심야버스를"]).near == near
    assert zeroshot.search("심야버스를 탄 고양이", [cat]).near == near
    assert zeroshot.search("버스를 탄 고양이", [cat]).near == ()


def test_labels_are_read_in_one_form_and_shown_as_they_came() -> None:
    cat, mac = samples.sample_path("cat"), unicodedata.normalize("NFD", "고양이")
    plain = zeroshot.classify(cat, ["cat", "dog", "woman astronaut"])
    found = zeroshot.classify(cat, [f"{mac}\u200b", "ｄｏｇ", "👩🏽\u200d🚀"])
    assert found.labels == (mac, "ｄｏｇ", "👩🏽\u200d🚀") and found.encoded == plain.encoded
    np.testing.assert_array_equal(found.similarities, plain.similarities)


@pytest.mark.parametrize("twin", ["ｃａｔ", "CAT\u200b", unicodedata.normalize("NFD", "고양이"), "c\u00adat"])
def test_labels_that_are_read_alike_are_the_same(twin) -> None:
    with pytest.raises(InputError, match="different"):
        zeroshot.classify(samples.sample_path("cat"), ["cat", twin])


@pytest.mark.parametrize(
    ("template", "alike"),
    [("a 🐱 {}", "a cat face {}"), ("｛｝", "{}"), ("a photo\u00a0of {} 👍🏽", "a photo of {} thumbs up")],
)
def test_emoji_of_a_template_are_spelled(template, alike) -> None:
    cat, labels = samples.sample_path("cat"), ["cat", "dog"]
    found, plain = (zeroshot.classify(cat, labels, template=each) for each in (template, alike))
    np.testing.assert_array_equal(found.similarities, plain.similarities)


@pytest.mark.parametrize("template", ["{}的照片", "фото {}", "ảnh {}", "{} 🇽🇽", "{} 사진"])
def test_a_template_in_another_language_gets_a_sentence(template) -> None:
    with pytest.raises(InputError, match="reads English templates only"):
        zeroshot.classify(samples.sample_path("cat"), ["cat"], template=["a photo of {}", template])


def test_a_row_that_reads_every_language_takes_every_text(monkeypatch) -> None:
    monkeypatch.setattr(recognition, "_reads_english_only", lambda row: False)
    cat, labels = samples.sample_path("cat"), ["猫", "кошка", "con mèo", "고양이", "🐱", "ｃａｔ"]
    found = zeroshot.classify(cat, labels, template="{}的照片")
    assert sorted(found.encoded) == sorted([*labels[:-1], "cat"]) and sorted(found.labels) == sorted(labels)


def test_everyday_nouns(dataset_folder) -> None:
    """The benchmark's figure, on a tenth of its pictures."""
    from benchmarks.zeroshot import NOUNS

    by_class = json.loads(NOUNS.read_text(encoding="utf-8"))
    files = sorted(dataset_folder("imagenet_samples").glob("*.jpg"))[5::10]
    nouns = sorted(set(by_class.values()))
    assert len(by_class) == 500 and len(nouns) > 200
    found = zeroshot.similarity(files, nouns).matrix.argmax(axis=1)
    right = [nouns[i] == by_class[file.name.split("_")[0]] for i, file in zip(found, files, strict=True)]
    assert np.mean(right) >= 0.75


@pytest.mark.parametrize("flag", ["false", 1, None])
def test_none_of_these_is_a_bool(picture, flag):
    with pytest.raises(InputError, match="none_of_these must be true or false"):
        zeroshot.classify(picture("cat"), ["cat", "dog"], none_of_these=flag)
