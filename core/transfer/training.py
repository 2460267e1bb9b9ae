"""Transfer learning: a network's features stay frozen, only a new last layer is trained (DeCAF, Donahue et al. 2014).

The new layer is that of `core.transfer.softmax_regression`, on the features of `core.transfer.features`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.checks import integer, number, plain_text, short_repr
from core.errors import InputError
from core.results import Stopwatch
from core.transfer.features import FeatureProgress, extract_features
from core.transfer.heads import MAX_NAME, Head, Heads
from core.transfer.softmax_regression import Floats, Ints, fit_softmax

OnStep = Callable[[FeatureProgress], None]

MAX_CLASSES = 20
MAX_PICTURES = 2000


def train_head(images: Sequence[object], labels: Sequence[str], *, seed: int = 0, **settings: Any) -> Head:
    """Trains a new last layer for these classes, on frozen features.

    Args:
        images: pictures, each what `core.images.to_rgb` takes.
        labels: the class name of each; 2 to 20 different ones, each with at least 2 pictures.
        seed: of the split, the first weights and the order of the pictures.
        **settings: `epochs`, `held_out`, `shots`, `test`, `model` and `on_step` of `train_heads`.

    Raises:
        InputError: too few or too many classes or pictures, or a setting is out of range.
    """
    return train_heads(images, labels, seed=seed, seeds=1, **settings).heads[0]


def train_heads(
    images: Sequence[object],
    labels: Sequence[str],
    *,
    seed: int = 0,
    seeds: int = 5,
    epochs: int = 30,
    held_out: float = 0.25,
    shots: int | None = None,
    test: tuple[Sequence[object], Sequence[str]] | None = None,
    model: str | None = None,
    on_step: OnStep | None = None,
) -> Heads:
    """Trains the same head with several seeds, which shows how much of the accuracy is luck.

    Args:
        images: pictures, each what `core.images.to_rgb` takes.
        labels: the class name of each; 2 to 20 different ones, each with at least 2 pictures.
        seed: the first seed; the others follow it.
        seeds: how many, 1 to 20.
        epochs: passes over the training pictures, 1 to 500.
        held_out: share of each class kept out of training, 0.05 to 0.95; ignored when `test` is given.
        shots: at most so many training pictures per class, drawn by the seed; None takes all.
        test: pictures and class names to hold out instead, such as a data set's own validation part.
        model: a row of the task "classify".
        on_step: called with the number of pictures that have their features.

    Raises:
        InputError: too few or too many classes or pictures, or a setting is out of range.
    """
    watch = Stopwatch()
    seed, seeds = integer("seed", seed, 0, 2**31), integer("seeds", seeds, 1, 20)
    epochs, held_out = integer("epochs", epochs, 1, 500), number("held_out", held_out, 0.05, 0.95)
    shots = None if shots is None else integer("shots", shots, 1, MAX_PICTURES)
    names, targets = _encode_labels(images, labels)
    given = None if test is None else _encode_test_labels(names, *test)
    row, features = extract_features([*images, *(test[0] if test else [])], model, on_step)
    pictures = _EncodedPictures(names, targets, given, features)
    embedding = watch.seconds
    heads = []
    for each in range(seed, seed + seeds):
        watch, rng = Stopwatch(), np.random.default_rng(each)
        train, rest = pictures.split(held_out, shots, rng)
        fitted = pictures.fit_layer(train, rest, epochs, rng)
        heads.append(Head(**fitted, seed=each, model=row.name, seconds=embedding + watch.seconds))
    return Heads(heads=tuple(heads), model=row.name, seconds=embedding + sum(h.seconds - embedding for h in heads))


@dataclass(frozen=True, eq=False)
class _EncodedPictures:
    """Pictures as features, and their classes as numbers.

    Attributes:
        names: the k classes.
        targets: int (n,), class of each picture that may be trained on.
        given: int (m,), class of each picture of the test set, or None: part of the others is held out.
        features: float32 (n, views, d), or (n + m, views, d) with the test set's after the others.
    """

    names: tuple[str, ...]
    targets: Ints
    given: Ints | None
    features: Floats

    def split(self, share: float, shots: int | None, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """Indices of the pictures to train on and of those to measure on."""
        own = len(self.targets)
        if self.given is None:
            train, rest = split_held_out(self.targets, share, rng)
        else:
            train, rest = rng.permutation(own), np.arange(own, len(self.features))
        return limit_shots(train, self.targets, shots), rest

    def fit_layer(self, train: Ints, rest: Ints, epochs: int, rng: np.random.Generator) -> dict[str, Any]:
        """What a `Head` holds after training on `train` and measuring on `rest`."""
        truths = self.targets if self.given is None else np.concatenate([self.targets, self.given])
        known, unseen = (self.features[train], truths[train]), (self.features[rest], truths[rest])
        weights, bias, history = fit_softmax(known, unseen, len(self.names), epochs, rng)
        layer = {"names": self.names, "weights": weights, "bias": bias, "history": history}
        return layer | {
            "held_out": rest if self.given is None else rest - len(self.targets),
            "truth": truths[rest],
            "predictions": (unseen[0].mean(axis=1) @ weights + bias).argmax(axis=1),
            "trained_on": len(train),
        }


def split_held_out(targets: Ints, share: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Stratified split: indices of the training pictures, shuffled, and of the held-out ones, sorted.

    Args:
        targets: class of each picture, int (n,); at least two pictures of each class.
        share: of each class that is held out, in (0, 1); at least one picture of each class lands on either side.
        rng: draws the pictures.
    """
    train: list[int] = []
    rest: list[int] = []
    for target in np.unique(targets):
        places = rng.permutation(np.flatnonzero(targets == target))
        count = min(max(1, round(share * len(places))), len(places) - 1)
        rest += places[:count].tolist()
        train += places[count:].tolist()
    return rng.permutation(np.array(train)), np.sort(np.array(rest))


def limit_shots(train: Ints, targets: Ints, shots: int | None) -> Ints:
    """The first `shots` of the indices `train` for each class, in their order; all of them for None."""
    if shots is None:
        return train
    classes = targets[train]
    kept: Ints = train[np.array([(classes[:i] == target).sum() < shots for i, target in enumerate(classes)])]
    return kept


def _encode_labels(images: Sequence[object], labels: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """The class names in order, and each picture's class as an index into them."""
    if len(images) != len(labels):
        raise InputError("transfer.lengths", pictures=len(images), labels=len(labels))
    if len(images) > MAX_PICTURES:
        raise InputError("transfer.many_pictures", limit=MAX_PICTURES, got=len(images))
    clean = _clean_labels(labels)
    names, targets, counts = np.unique(np.array(clean, dtype=object), return_inverse=True, return_counts=True)
    if not 2 <= len(names) <= MAX_CLASSES:
        raise InputError("transfer.classes", most=MAX_CLASSES, got=len(names))
    if counts.min() < 2:
        raise InputError("transfer.few_pictures", name=short_repr(names[counts.argmin()]), got=int(counts.min()))
    return tuple(names), targets.astype(np.int64)


def _encode_test_labels(names: tuple[str, ...], images: Sequence[object], labels: Sequence[str]) -> Ints:
    """The classes of a test set as indices into `names`."""
    if len(images) != len(labels) or len(images) == 0:
        raise InputError("transfer.lengths", pictures=len(images), labels=len(labels))
    if len(images) > MAX_PICTURES:
        raise InputError("transfer.many_pictures", limit=MAX_PICTURES, got=len(images))
    clean = _clean_labels(labels)
    unknown = sorted(set(clean) - set(names))
    if unknown:
        raise InputError("transfer.test_class", got=short_repr(unknown[0]), choices=", ".join(names))
    return np.array([names.index(label) for label in clean], np.int64)


def _clean_labels(labels: Sequence[str]) -> list[str]:
    return [plain_text("class", label, longest=MAX_NAME) for label in labels]
