"""Transfer learning: a trained network's features stay frozen, and only a new last layer learns (DeCAF, Donahue 2014).

The new layer is that of `core.transfer.softmax_regression`, on the features of `core.transfer.features`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import models
from core.checks import integer, number, plain_text, short_repr
from core.errors import InputError
from core.results import Result, Stopwatch
from core.transfer.features import FeatureProgress, extract_features
from core.transfer.softmax_regression import Floats, History, Ints, fit_softmax, softmax_rows

OnStep = Callable[[FeatureProgress], None]

MAX_CLASSES = 20
MAX_PICTURES = 2000
MAX_NAME = 60
MAX_FILE = 16 * 2**20
FORMAT = "edges-to-images head 1"


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadPrediction(Result):
    """What a head says of one picture.

    Attributes:
        labels: the class names, best first.
        probabilities: float32 (k,), best first, sum 1.
    """

    labels: tuple[str, ...]
    probabilities: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Head(Result):
    """A new last layer and how its training went.

    Attributes:
        names: the k classes.
        weights: float32 (d, k), for features of length one.
        bias: float32 (k,).
        history: loss and accuracy per epoch.
        held_out: int (m,); which pictures were held out: places in `images`, or in the test set that was given.
        truth: int (m,); their classes.
        said: int (m,); what the head says they are.
        trained_on: number of training pictures.
        seed: of the split, the first weights and the order of the pictures.
    """

    names: tuple[str, ...]
    weights: Floats
    bias: Floats
    history: History
    held_out: Ints
    truth: Ints
    predictions: Ints
    trained_on: int
    seed: int

    def __post_init__(self) -> None:
        d, k = self.weights.shape if self.weights.ndim == 2 else (0, 0)
        fits = d > 0 and k == len(self.names) and self.bias.shape == (k,)
        aligned = self.held_out.ndim == 1 and self.held_out.shape == self.truth.shape == self.predictions.shape
        if not (fits and aligned and np.isfinite(self.weights).all() and np.isfinite(self.bias).all()):
            shapes = f"{self.weights.shape}, {self.bias.shape}, {len(self.names)}"
            raise InputError("transfer.head_shape", got=shapes)

    @property
    def accuracy(self) -> float:
        """Share of the held-out pictures that it names right."""
        return float((self.truth == self.predictions).mean())

    @property
    def confusion_matrix(self) -> Ints:
        """Counts of held-out pictures, int (k, k): row is the truth, column what the head says."""
        return confusion_matrix(self.truth, self.predictions, len(self.names))

    @property
    def misclassified_indices(self) -> Ints:
        """Those of `held_out` that it names wrong."""
        wrong: Ints = self.held_out[self.truth != self.predictions]
        return wrong

    def predict(self, image: object) -> HeadPrediction:
        """Which of its classes the picture shows.

        Args:
            image: what `core.images.to_rgb` takes.

        Raises:
            InputError: there is no picture, or the features of `model` do not fit this head.
        """
        watch = Stopwatch()
        row, features = extract_features([image], self.model)
        if features.shape[2] != len(self.weights):
            raise InputError("transfer.head_model", model=row.name, got=len(self.weights), expected=features.shape[2])
        shares = softmax_rows(features.mean(axis=1) @ self.weights + self.bias)[0]
        order = np.argsort(-shares, kind="stable")
        names = tuple(self.names[i] for i in order)
        return HeadPrediction(labels=names, probabilities=shares[order], model=row.name, seconds=watch.seconds)

    def save(self, path: str | Path) -> None:
        """Writes a .safetensors file that `load_head` reads."""
        from safetensors.numpy import save_file

        curves = (getattr(self.history, name) for name in History.__dataclass_fields__)
        tensors = {"weights": self.weights, "bias": self.bias, "history": np.stack(list(curves))}
        tensors |= {"held_out": self.held_out, "truth": self.truth, "said": self.predictions}
        facts = {"names": list(self.names), "model": self.model, "seconds": self.seconds}
        facts |= {"seed": self.seed, "trained_on": self.trained_on}
        tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
        save_file(tensors, path, metadata={"format": FORMAT, "facts": json.dumps(facts)})


@dataclass(frozen=True, kw_only=True, eq=False)
class Heads(Result):
    """Several heads of the same pictures that differ in nothing but their seed.

    Attributes:
        heads: one per seed.
    """

    heads: tuple[Head, ...]

    @property
    def accuracies(self) -> Floats:
        """Held-out accuracy of each head, float32 (n,)."""
        return np.array([head.accuracy for head in self.heads], np.float32)

    @property
    def mean_accuracy(self) -> float:
        """Mean of the held-out accuracies."""
        return float(np.mean([head.accuracy for head in self.heads]))

    @property
    def accuracy_std(self) -> float:
        """Their sample standard deviation; 0 for one head."""
        return float(np.std([head.accuracy for head in self.heads], ddof=1)) if len(self.heads) > 1 else 0.0

    @property
    def confusion_matrix(self) -> Ints:
        """Sum of the heads' confusion matrices, int (k, k): row is the truth."""
        total: Ints = np.sum([head.confusion_matrix for head in self.heads], axis=0, dtype=np.int64)
        return total


def train_head(images: Sequence[object], labels: Sequence[str], *, seed: int = 0, **settings: Any) -> Head:
    """A new last layer for these classes, on frozen features.

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
    """The same training with several seeds: how much of the accuracy is luck.

    Args:
        images: pictures, each what `core.images.to_rgb` takes.
        labels: the class name of each; 2 to 20 different ones, each with at least 2 pictures.
        seed: the first seed; the others follow it.
        seeds: how many, 1 to 20.
        epochs: passes over the training pictures, 1 to 500.
        held_out: share of each class kept out of training, 0.05 to 0.95; unused when `test` is given.
        shots: at most so many training pictures per class, drawn by the seed; None takes all.
        test: pictures and class names to hold out instead, such as a data set's own validation part.
        model: a row of the task "classify".
        on_step: is told how many pictures have their features.

    Raises:
        InputError: too few or too many classes or pictures, or a setting is out of range.
    """
    watch = Stopwatch()
    seed, seeds = integer("seed", seed, 0, 2**31), integer("seeds", seeds, 1, 20)
    epochs, held_out = integer("epochs", epochs, 1, 500), number("held_out", held_out, 0.05, 0.95)
    shots = None if shots is None else integer("shots", shots, 1, MAX_PICTURES)
    names, targets = _encode_labels(images, labels)
    given = np.empty(0, np.int64) if test is None else _encode_test_labels(names, *test)
    row, features = extract_features([*images, *(test[0] if test else [])], model, on_step)
    truths = np.concatenate([targets, given])  # the test set's after the others
    embedding = watch.seconds
    heads = []
    for each in range(seed, seed + seeds):
        watch, rng = Stopwatch(), np.random.default_rng(each)
        if test is None:
            train, rest = split_held_out(targets, held_out, rng)
        else:
            train, rest = rng.permutation(len(targets)), np.arange(len(targets), len(truths))
        train = limit_shots(train, targets, shots)
        known, unseen = (features[train], truths[train]), (features[rest], truths[rest])
        weights, bias, history = fit_softmax(known, unseen, len(names), epochs, rng)
        head = Head(
            names=names,
            weights=weights,
            bias=bias,
            history=history,
            held_out=rest if test is None else rest - len(targets),
            truth=truths[rest],
            predictions=(unseen[0].mean(axis=1) @ weights + bias).argmax(axis=1),
            trained_on=len(train),
            seed=each,
            model=row.name,
            seconds=embedding + watch.seconds,
        )
        heads.append(head)
    return Heads(heads=tuple(heads), model=row.name, seconds=embedding + sum(h.seconds - embedding for h in heads))


def split_held_out(targets: Ints, share: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Places of the training and of the held-out pictures, in random order: of every class about `share` is held out.

    Args:
        targets: class of each picture, int (n,); at least two pictures of each class.
        share: in (0, 1); at least one picture of each class lands on either side.
        rng: draws them.
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
    """The first `shots` places of each class, order kept; all of them for None."""
    if shots is None:
        return train
    classes = targets[train]
    kept: Ints = train[np.array([(classes[:i] == target).sum() < shots for i, target in enumerate(classes)])]
    return kept


def confusion_matrix(truth: Ints, said: Ints, classes: int) -> Ints:
    """Counts int (k, k): row is the truth, column what was said."""
    counts: Ints = np.bincount(truth * classes + said, minlength=classes**2).reshape(classes, classes)
    return counts


def load_head(path: str | Path) -> Head:
    """A head that `Head.save` wrote.

    Raises:
        InputError: it is not such a file, it is damaged, or its numbers do not fit together.
    """
    from safetensors import SafetensorError, safe_open

    try:
        if Path(path).stat().st_size > MAX_FILE:
            raise InputError("transfer.head_file", got=f"> {MAX_FILE // 2**20} MB")
        with safe_open(path, framework="np") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise InputError("transfer.head_file", got=short_repr(type(error).__name__)) from error
    if about.get("format") != FORMAT:
        raise InputError("transfer.head_file", got=short_repr(about.get("format")))
    try:
        return _build_head(tensors, json.loads(about["facts"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InputError("transfer.head_file", got=short_repr(str(error))) from error


def _build_head(tensors: dict[str, Any], facts: dict[str, Any]) -> Head:
    names = tuple(plain_text("class", name, longest=MAX_NAME) for name in facts["names"])
    curves = dict(zip(History.__dataclass_fields__, tensors["history"].astype(np.float32), strict=True))
    held_out, truth, said = (tensors[name].astype(np.int64) for name in ("held_out", "truth", "said"))
    if not all(((places >= 0) & (places < len(names))).all() for places in (truth, said)):
        raise InputError("transfer.head_shape", got=f"{len(names)}")
    return Head(
        names=names,
        weights=tensors["weights"].astype(np.float32),
        bias=tensors["bias"].astype(np.float32),
        history=History(**curves),
        held_out=held_out,
        truth=truth,
        predictions=said,
        trained_on=integer("trained_on", facts["trained_on"], 1, 2**31),
        seed=integer("seed", facts["seed"], 0, 2**32),
        model=models.row("classify", facts["model"]).name,
        seconds=number("seconds", facts["seconds"], 0, 1e9),
    )


def _encode_labels(images: Sequence[object], labels: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """The class names in order, and the place of each picture's class."""
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
    """The places of a test set's classes among `names`."""
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
