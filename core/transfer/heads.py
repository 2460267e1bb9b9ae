"""A new last layer on a network's frozen features: what it predicts, how its training went, and its file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import models
from core.checks import integer, number, plain_text, short_repr
from core.errors import InputError
from core.probabilities import softmax
from core.results import Result, Stopwatch
from core.transfer.features import extract_features
from core.transfer.softmax_regression import Floats, History, Ints

MAX_NAME = 60
MAX_FILE = 16 * 2**20
FORMAT = "edges-to-images head 1"


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadPrediction(Result):
    """The classes of one picture, as a head ranks them.

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
        held_out: int (m,), indices of the held-out pictures in `images`, or in the test set that was given.
        truth: int (m,), their classes.
        predictions: int (m,), the classes that the head predicts for them.
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
        """Share of the held-out pictures whose class it predicts, in [0, 1]."""
        return float((self.truth == self.predictions).mean())

    @property
    def confusion_matrix(self) -> Ints:
        """Counts of held-out pictures, int (k, k): row is the truth, column the prediction."""
        return confusion_matrix(self.truth, self.predictions, len(self.names))

    @property
    def misclassified_indices(self) -> Ints:
        """Those of `held_out` whose class it gets wrong."""
        wrong: Ints = self.held_out[self.truth != self.predictions]
        return wrong

    def predict(self, image: object) -> HeadPrediction:
        """Its classes for a picture, likeliest first.

        Args:
            image: what `core.images.to_rgb` takes.

        Raises:
            InputError: there is no picture, or the features of `model` do not fit this head.
        """
        watch = Stopwatch()
        row, features = extract_features([image], self.model)
        if features.shape[2] != len(self.weights):
            raise InputError("transfer.head_model", model=row.name, got=len(self.weights), expected=features.shape[2])
        shares = softmax(features.mean(axis=1) @ self.weights + self.bias)[0]
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


def confusion_matrix(truth: Ints, predictions: Ints, classes: int) -> Ints:
    """Counts int (classes, classes): row is the truth, column the prediction, both int (m,).

    scikit-learn's counts the same, but importing it costs a second and 110 MB.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    counts: Ints = np.bincount(truth * classes + predictions, minlength=classes**2).reshape(classes, classes)
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
    """The head of a file's tensors and facts, each of which is checked."""
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
