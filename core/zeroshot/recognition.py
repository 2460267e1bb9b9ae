"""Zero-shot recognition: pictures and texts as vectors in one space, compared by dot product (Radford et al. 2021)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core import models
from core.checks import boolean, number, plain_text, short_repr, shown_text
from core.emoji import spell_emoji
from core.errors import InputError
from core.images import to_rgb
from core.models import Row
from core.models.protocols import DualEncoder, Vectors
from core.normalisation import normalise_text
from core.probabilities import softmax
from core.results import Result, Stopwatch
from core.translation import everyday_nouns, find_near_words, find_unread_words, to_english, translate_or_refuse
from core.zeroshot.cached_encoder import CachedEncoder

Floats = npt.NDArray[np.float32]

NONE_OF_THESE = "none of these"
BARE_TEMPLATE = "{}"
# seven that did best together on ImageNet, in the notebook on prompt engineering that came with CLIP
SEVEN_TEMPLATES = (
    "itap of a {}.",
    "a bad photo of the {}.",
    "a origami {}.",
    "a photo of the large {}.",
    "a {} in a video game.",
    "art of the {}.",
    "a photo of the small {}.",
)
MAX_PICTURES = MAX_TEXTS = 1000
MAX_TEMPLATES = 80
LONGEST_TEXT = 300
# how many everyday nouns stand for "anything else", and which of their cosines, from best down, a label has to beat
NOUN_COUNT, BEST_NOUN_SHARE = 160, 0.02


@dataclass(frozen=True, kw_only=True)
class Similarity(Result):
    """Every picture against every text.

    Attributes:
        matrix: cosines, float32 (n_images, n_texts); `image_vectors @ text_vectors.T`.
        image_vectors: unit vectors, float32 (n_images, d).
        text_vectors: unit vectors, float32 (n_texts, d).
        encoded: the texts as the model read them.
        new: how many pictures and how many texts were not in memory and had to be encoded.
    """

    matrix: Floats
    image_vectors: Vectors
    text_vectors: Vectors
    encoded: tuple[str, ...]
    new: tuple[int, int]

    def __post_init__(self) -> None:
        assert self.matrix.shape == (len(self.image_vectors), len(self.text_vectors))


@dataclass(frozen=True, kw_only=True)
class ZeroShotPrediction(Result):
    """One picture against the labels, best first.

    Attributes:
        labels: as they came, without what cannot be seen; `NONE_OF_THESE` is among them when it was asked for.
        probabilities: softmax of similarities / temperature, float32 (n,); they sum to 1 whatever the picture shows.
        similarities: cosines, float32 (n,).
        encoded: the labels as the model read them.
        temperature: what was divided by.
    """

    labels: tuple[str, ...]
    probabilities: Floats
    similarities: Floats
    encoded: tuple[str, ...]
    temperature: float

    def __post_init__(self) -> None:
        assert len(self.labels) == len(self.probabilities) == len(self.similarities) == len(self.encoded)


@dataclass(frozen=True, kw_only=True)
class SearchResult(Result):
    """Pictures that match a text, best first.

    Attributes:
        order: positions in the pictures that were searched, int (n,).
        scores: their cosines, float32 (n,).
        encoded: the text as the model read it.
    """

    order: npt.NDArray[np.int_]
    scores: Floats
    encoded: str


def similarity(images: Sequence[object], texts: Sequence[str], *, model: str | None = None) -> Similarity:
    """The cosine of every picture with every text.

    What was encoded before is remembered: another call with one caption changed encodes that caption only.

    Args:
        images: 1 to 1000 pictures, each anything that `core.images.to_rgb` takes.
        texts: 1 to 1000 texts of at most 300 characters; Korean ones and emoji go through the dictionary where the
            model reads English only.
        model: catalogue name; None takes the default for this machine.

    Raises:
        InputError: a picture or a text cannot be used, or there are none or too many.
        ModelUnavailable: the model's weights are not on this machine.
    """
    pictures = [to_rgb(image) for image in _validate_list("images", images, MAX_PICTURES)]
    captions = [plain_text("text", each, longest=LONGEST_TEXT) for each in _validate_list("texts", texts, MAX_TEXTS)]
    with _borrow_encoder(model) as (row, encoder):
        watch = Stopwatch()
        encoded = _translate_captions(captions, row)
        before = encoder.pictures.misses, encoder.texts.misses
        image_vectors, text_vectors = encoder.encode_images(pictures), encoder.encode_texts(encoded)
        return Similarity(
            matrix=image_vectors @ text_vectors.T,
            image_vectors=image_vectors,
            text_vectors=text_vectors,
            encoded=tuple(encoded),
            new=(encoder.pictures.misses - before[0], encoder.texts.misses - before[1]),
            left_out=_find_left_out(captions, row),
            near=_find_near(captions, row),
            model=row.name,
            seconds=watch.seconds,
        )


def classify(
    image: object,
    labels: Sequence[str],
    *,
    template: str | Sequence[str] = "a photo of a {}",
    temperature: float | None = None,
    none_of_these: bool = False,
    model: str | None = None,
) -> ZeroShotPrediction:
    """Which of the labels a picture shows, without training for them.

    Args:
        image: anything that `core.images.to_rgb` takes.
        labels: 1 to 1000 different ones.
        template: a sentence with `{}` for the label, or several: then a label's vector is the mean of theirs.
        temperature: cosines are divided by it before softmax, 0.001 to 10; None takes the model's own.
        none_of_these: adds the label `NONE_OF_THESE`, whose cosine is that of the best 2% of everyday nouns with this
            picture: a label that no better than they is likely not there.
        model: catalogue name; None takes the default for this machine.

    Raises:
        InputError: the picture, a label, a template, the temperature or the flag cannot be used, or two labels are the
            same.
        ModelUnavailable: the model's weights are not on this machine.
    """
    picture = to_rgb(image)
    boolean("none_of_these", none_of_these)
    names = [shown_text("label", label, longest=LONGEST_TEXT) for label in _validate_list("labels", labels, MAX_TEXTS)]
    templates = _validate_templates(template)
    if temperature is not None:
        temperature = number("temperature", temperature, 0.001, 10)
    with _borrow_encoder(model) as (row, encoder):
        watch = Stopwatch()
        encoded = _translate_captions([normalise_text(name) for name in names], row)
        left_out, asked = _find_left_out(names, row), names
        _refuse_duplicate_labels(encoded)
        (vector,) = encoder.encode_images([picture])
        templates = [_translate_template(each, row) for each in templates]
        similarities = _ensemble_templates(encoder, encoded, templates) @ vector
        if none_of_these:
            names, encoded = [*names, NONE_OF_THESE], [*encoded, NONE_OF_THESE]
            similarities = np.append(similarities, _everyday_noun_score(encoder, vector, templates[0])).astype(
                np.float32
            )
        divisor = encoder.temperature if temperature is None else temperature
        order = np.argsort(-similarities, kind="stable")
        return ZeroShotPrediction(
            labels=tuple(names[i] for i in order),
            probabilities=softmax(similarities / np.float32(divisor))[order],
            similarities=similarities[order],
            encoded=tuple(encoded[i] for i in order),
            temperature=divisor,
            left_out=left_out,
            near=_find_near(asked, row),
            model=row.name,
            seconds=watch.seconds,
        )


def search(query: str, images: Sequence[object], *, model: str | None = None) -> SearchResult:
    """The pictures in the order in which they match a text.

    Raises:
        InputError: the text or a picture cannot be used, or there are no pictures or more than 1000.
        ModelUnavailable: the model's weights are not on this machine.
    """
    found = similarity(images, [query], model=model)
    scores = found.matrix[:, 0]
    order = np.argsort(-scores, kind="stable")
    return SearchResult(
        order=order,
        scores=scores[order],
        encoded=found.encoded[0],
        left_out=found.left_out,
        near=found.near,
        model=found.model,
        seconds=found.seconds,
    )


@contextmanager
def _borrow_encoder(model: str | None) -> Iterator[tuple[Row, CachedEncoder[DualEncoder]]]:
    with models.borrow("zeroshot", model) as lent:
        yield lent


def _validate_list(name: str, values: object, most: int) -> Sequence[object]:
    if isinstance(values, np.ndarray) and values.ndim > 3:
        values = list(values)
    if not isinstance(values, (list, tuple)):
        raise InputError(
            "zeroshot.list", name=name, got=short_repr(values) if isinstance(values, str) else type(values)
        )
    if not 1 <= len(values) <= most:
        raise InputError("zeroshot.count", name=name, most=most, got=len(values))
    return values


def _validate_templates(template: object) -> list[str]:
    given = [template] if isinstance(template, str) else _validate_list("templates", template, MAX_TEMPLATES)
    templates = [plain_text("template", each, longest=LONGEST_TEXT) for each in given]
    for each in templates:
        if each.count("{}") != 1:
            raise InputError("zeroshot.template", got=short_repr(each))
    return templates


def _translate_captions(captions: list[str], row: Row) -> list[str]:
    """The texts in a language that the model reads, without the words that are not understood."""
    if not _reads_english_only(row):
        return captions
    return [translate_or_refuse(caption, unknown="zeroshot.unknown_word") for caption in captions]


def _find_left_out(captions: list[str], row: Row) -> tuple[str, ...]:
    """The words of the texts that the model does not get."""
    return find_unread_words(*captions) if _reads_english_only(row) else ()


def _find_near(captions: list[str], row: Row) -> tuple[str, ...]:
    """The words of the texts that the model gets as the kind of thing they are."""
    return find_near_words(*captions) if _reads_english_only(row) else ()


def _translate_template(template: str, row: Row) -> str:
    """The template with its emoji spelled where the model reads English only."""
    if not _reads_english_only(row):
        return template
    found = to_english(template.replace("{}", "thing"))
    if found.read or found.unread:
        raise InputError("zeroshot.template_english", model=row.title, got=short_repr(template))
    return spell_emoji(template)


def _reads_english_only(row: Row) -> bool:
    return row.spec.language == "en"


def _refuse_duplicate_labels(labels: list[str]) -> None:
    seen: set[str] = set()
    for label in labels:
        if label.casefold() in seen:
            raise InputError("zeroshot.double", got=short_repr(label))
        seen.add(label.casefold())


def _ensemble_templates(encoder: CachedEncoder[DualEncoder], labels: list[str], templates: list[str]) -> Vectors:
    """One unit vector per label, the mean over the templates: float32 (n, d)."""
    sentences = [template.replace("{}", label) for label in labels for template in templates]
    vectors = encoder.encode_texts(sentences).reshape(len(labels), len(templates), -1).mean(axis=1)
    units: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units


def _everyday_noun_score(encoder: CachedEncoder[DualEncoder], vector: Vectors, template: str) -> float:
    """The cosine that the best few everyday nouns reach with a picture, whatever it shows."""
    nouns = _ensemble_templates(encoder, list(everyday_nouns(NOUN_COUNT)), [template])
    return float(np.quantile(nouns @ vector, 1 - BEST_NOUN_SHARE))
