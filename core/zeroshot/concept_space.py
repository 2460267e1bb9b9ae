"""A dual encoder without CLIP's weights: pictures and texts meet in the concepts that both sides know.

The concepts are the 1000 classes of ImageNet and everything WordNet says they are a kind of: husky, dog, animal.
A classifier says how likely each class is, so each concept's probability is the sum over its classes. A sentence
encoder says which concepts a text is close to. Beside the concepts, a vector holds a place in the sentence encoder's
own space: for a text its vector, for a picture the mean of its classes' vectors (ConSE, Norouzi et al. 2013).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core import models
from core.assets import read_json
from core.images import RGB
from core.models.libraries import silence_transformers
from core.models.protocols import Vectors
from core.probabilities import softmax
from core.texts import ASSETS
from core.zeroshot.cached_encoder import CachedEncoder
from core.zeroshot.sentence_encoder import SentenceEncoder

if TYPE_CHECKING:
    from core.classify.timm import Classifier
    from core.models.catalog import Row

WORDNET = ASSETS / "concepts" / "wordnet.json"
WEIGHTS = ASSETS / "weights" / "concepts.safetensors"

# "a photo of a": the sentence encoder was trained on sentences, not on captions, and takes it for the subject
CAPTION_FRAME = re.compile(
    r"^(this is |here is )?((a|an|the|my|one) )?((good|bad|blurry|bright|dark|cropped|close-up|low resolution) )*"
    r"(photo|photograph|picture|image|snapshot|itap) of (?=\S)((a|an|the|my|one) (?=\S))?",
    re.IGNORECASE,
)
# chosen for EfficientNet-Lite2 on every second picture of the everyday-noun benchmark (benchmarks/zeroshot.py): the
# middle of the region of a grid with the most right nouns and the least cross-entropy
TEXT_TEMPERATURE = 0.045
GLOSS_WEIGHT = 0.45
MEANING_WEIGHT = 1.0
LOOK_ALIKE_TEMPERATURE = 0.03
LOOK_ALIKE_SHARE = 0.3
SOFTMAX_TEMPERATURE = 0.035


@dataclass(frozen=True)
class Concept:
    """One sense of WordNet 3.0.

    Attributes:
        wnid: its id, such as "n02084071".
        lemmas: its names, the usual one first.
        gloss: its definition.
        parents: positions, in the list of concepts, of what it is a kind of.
    """

    wnid: str
    lemmas: tuple[str, ...]
    gloss: str
    parents: tuple[int, ...]

    @property
    def description(self) -> str:
        """Names and definition, as the sentence encoder reads them."""
        return f"{', '.join(self.lemmas)}: {self.gloss}"


def load_concepts() -> list[Concept]:
    """The classes of ImageNet and all they are a kind of, parents before children."""
    rows = read_json(WORDNET, list)
    return [Concept(wnid, tuple(lemmas), gloss, tuple(parents)) for wnid, lemmas, gloss, parents in rows]


def membership_matrix(tree: list[Concept], wnids: list[str]) -> Vectors:
    """1 where a class is a kind of a concept, else 0: float32 (concepts, classes)."""
    belongs = np.zeros((len(tree), len(wnids)), np.float32)
    place = {concept.wnid: i for i, concept in enumerate(tree)}
    belongs[[place[wnid] for wnid in wnids], np.arange(len(wnids))] = 1
    for i in reversed(range(len(tree))):
        for parent in tree[i].parents:
            belongs[parent] = np.maximum(belongs[parent], belongs[i])
    return belongs


class ConceptSpace:
    """Both encoders.

    Attributes:
        temperature: what cosines are divided by before softmax, chosen by the likelihood of the right noun.
        names: the usual name of each concept; component i of a vector, i < len(names), belongs to names[i].
    """

    temperature = SOFTMAX_TEMPERATURE

    def __init__(
        self, borrow: Callable[[], AbstractContextManager[tuple[Row, Classifier]]], path: Path, device: str
    ) -> None:
        """Args:
        borrow: lends the classifier for the length of a block.
        path: folder of the sentence encoder.
        device: "cpu", "cuda" or "mps".
        """
        from safetensors.numpy import load_file

        tree = load_concepts()
        stored = {name: array.astype(np.float32) for name, array in load_file(WEIGHTS).items()}
        self._borrow = borrow
        self._sentences = SentenceEncoder(path, device)
        self.names = [concept.lemmas[0] for concept in tree]
        self._lemmas, self._descriptions = stored["lemmas"], stored["descriptions"]
        self._lemma_starts = np.cumsum([0, *(len(concept.lemmas) for concept in tree[:-1])])
        with borrow() as (_, classifier):
            belongs = membership_matrix(tree, classifier.wnids)
            self._spread = look_alike_matrix(classifier.net.get_classifier().weight.float().cpu().numpy())
            leaves = [{c.wnid: i for i, c in enumerate(tree)}[wnid] for wnid in classifier.wnids]
        self._information = -np.log(belongs.mean(axis=1)).astype(np.float32)
        self._weighted = belongs * self._information[:, None]  # (concepts, classes)
        self._meanings = self._descriptions[leaves]  # (classes, size)

    def encode_images(self, images: list[RGB]) -> Vectors:
        """Unit vectors float32 (n, d): how likely each concept is, and the mean meaning of the classes."""
        with self._borrow() as (_, classifier):
            return self._embed_logits(classifier.logits(images))

    def encode_cells(self, image: RGB, longest: int) -> Vectors:
        """A unit vector for each cell of 32 pixels of the picture resized to `longest`: float32 (h, w, d)."""
        with self._borrow() as (_, classifier):
            return self._embed_logits(classifier.cell_logits(image, longest))

    def _embed_logits(self, logits: Vectors) -> Vectors:
        """(..., classes) -> (..., d)."""
        likely = softmax(logits) @ self._spread
        return _join_vectors(_normalise_vectors(likely @ self._weighted.T), _normalise_vectors(likely @ self._meanings))

    def encode_texts(self, texts: list[str]) -> Vectors:
        """Unit vectors float32 (n, d): which concepts a text is close to, and its own meaning."""
        meanings = self._sentences.encode([caption_subject(text) for text in texts])
        by_lemma = np.maximum.reduceat(meanings @ self._lemmas.T, self._lemma_starts, axis=1)
        by_description = meanings @ self._descriptions.T
        close = (1 - GLOSS_WEIGHT) * by_lemma + GLOSS_WEIGHT * by_description  # (n, concepts)
        return _join_vectors(_normalise_vectors(softmax(close / TEXT_TEMPERATURE) * self._information), meanings)


def caption_subject(text: str) -> str:
    """What a caption is about, without the words that say it is a picture.

    >>> caption_subject("a photo of a dog on a photo of a beach.")
    'dog on a photo of a beach'
    """
    return CAPTION_FRAME.sub("", text).rstrip(".") or text


def look_alike_matrix(weights: Vectors) -> Vectors:
    """How much of each class's probability its look-alikes get: a random walk with restart over the classes.

    Args:
        weights: rows of the classifier's last layer, float32 (classes, features); close rows are look-alikes.

    Returns:
        float32 (classes, classes), rows sum to 1.
    """
    rows = _normalise_vectors(weights - weights.mean(axis=0))
    closeness = rows @ rows.T / LOOK_ALIKE_TEMPERATURE
    np.fill_diagonal(closeness, -np.inf)
    steps = softmax(closeness)
    return ((1 - LOOK_ALIKE_SHARE) * np.linalg.inv(np.eye(len(rows)) - LOOK_ALIKE_SHARE * steps)).astype(np.float32)


def _join_vectors(concept_part: Vectors, meaning_part: Vectors) -> Vectors:
    """Two unit vectors as one: its dot product is the weighted mean of theirs."""
    share = MEANING_WEIGHT / (1 + MEANING_WEIGHT)
    joined = [np.sqrt(1 - share) * concept_part, np.sqrt(share) * meaning_part]
    return np.concatenate(joined, axis=-1).astype(np.float32)


def _normalise_vectors(vectors: npt.NDArray[Any]) -> npt.NDArray[Any]:
    units: npt.NDArray[Any] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return units


def load(row: Row, path: Path, device: str) -> CachedEncoder[ConceptSpace]:
    """A classifier's concepts and a text encoder that finds them: zero-shot without CLIP."""
    silence_transformers()
    # lent for each use, so that nobody hooks the network while its concepts are read
    return CachedEncoder(ConceptSpace(lambda: models.borrow("classify", row.parts["classifier"]), path, device))
