from __future__ import annotations

import numpy as np
import pytest

from core import transfer
from core.errors import InputError
from core.transfer import datasets, training
from core.transfer.features import FeatureProgress
from tests.core.transfer.conftest import COUNT


def test_split_is_stratified_and_complete() -> None:
    targets = np.array([0] * 40 + [1] * 8 + [2] * 2)
    train, rest = transfer.split_held_out(targets, 0.25, np.random.default_rng(0))
    assert sorted([*train, *rest]) == list(range(50))
    assert np.bincount(targets[rest]).tolist() == [10, 2, 1] and np.bincount(targets[train]).tolist() == [30, 6, 1]
    again, other = (transfer.split_held_out(targets, 0.25, np.random.default_rng(s))[1] for s in (0, 1))
    assert np.array_equal(rest, again) and not np.array_equal(rest, other)


def test_few_takes_so_many_of_each_class() -> None:
    targets = np.array([0, 0, 0, 1, 1])
    assert transfer.limit_shots(np.array([4, 2, 1, 0, 3]), targets, 2).tolist() == [4, 2, 1, 3]
    assert transfer.limit_shots(np.array([4, 2]), targets, None).tolist() == [4, 2]


def test_held_out_pictures_teach_nothing(head, textures) -> None:
    wrong = ["grass" if name == "brick" else "brick" for name in textures.test_labels]
    fooled = transfer.train_head(textures.images, textures.labels, test=(textures.test_images, wrong))
    assert np.array_equal(fooled.weights, head.weights) and np.array_equal(fooled.bias, head.bias)
    assert fooled.accuracy < head.accuracy


def test_seeds_differ_in_their_split_and_are_repeatable(textures) -> None:
    steps: list[FeatureProgress] = []
    found = transfer.train_heads(textures.images, textures.labels, seeds=3, epochs=5, on_step=steps.append)
    assert [head.seed for head in found.heads] == [0, 1, 2]
    assert len({tuple(head.held_out) for head in found.heads}) > 1
    assert found.mean_accuracy == pytest.approx(np.mean(found.accuracies))
    assert found.accuracy_std == pytest.approx(np.std(found.accuracies, ddof=1))
    assert found.confusion_matrix.sum() == sum(len(head.held_out) for head in found.heads)
    assert steps[-1] == FeatureProgress(3 * COUNT, 3 * COUNT) and [s.done for s in steps] == sorted(
        s.done for s in steps
    )
    alone = transfer.train_head(textures.images, textures.labels, seed=2, epochs=5)
    assert np.array_equal(alone.weights, found.heads[2].weights)


def test_shots_limit_the_training_pictures(textures) -> None:
    head = transfer.train_head(textures.images, textures.labels, test=textures.test, shots=2, epochs=5)
    assert head.trained_on == 6 and len(head.held_out) == 3 * COUNT


def test_bees_and_ants_from_a_few_pictures(dataset_folder) -> None:
    everything = datasets.load_folder(dataset_folder("hymenoptera"))
    chosen = [i for name in ("ants", "bees") for i in np.flatnonzero(np.array(everything.labels) == name)[:20]]
    images, labels = [everything.images[i] for i in chosen], [everything.labels[i] for i in chosen]
    found = transfer.train_heads(images, labels, held_out=0.4, seeds=5)
    assert found.mean_accuracy >= 0.85  # the whole set: benchmarks/hymenoptera.py


@pytest.mark.parametrize(
    "bad",
    [
        {"labels": ["a", "b"]},
        {"labels": ["a"] * 4},
        {"labels": ["a", "a", "a", "b"]},
        {"labels": ["a", "a", "", ""]},
        {"labels": ["a", "a", 3, 3]},
        {"images": [None] * 4},
        {"images": ["/no/such/file.png"] * 4},
        {"images": [], "labels": []},
        {"seed": -1},
        {"seed": 1.5},
        {"epochs": 0},
        {"epochs": float("nan")},
        {"epochs": "many"},
        {"held_out": 0},
        {"held_out": 1},
        {"held_out": None},
        {"shots": 0},
        {"model": "no-such-model"},
        {"model": 7},
        {"test": ([], [])},
        {"test": ([np.zeros((4, 4, 3), np.uint8)], ["c"])},
    ],
)
def test_bad_input_is_refused(bad) -> None:
    good = {"images": [np.zeros((4, 4, 3), np.uint8)] * 4, "labels": ["a", "a", "b", "b"]}
    with pytest.raises(InputError):
        transfer.train_head(**(good | bad))


def test_too_many_seeds_classes_or_pictures(monkeypatch) -> None:
    images = [np.zeros((2, 2, 3), np.uint8)] * 42
    with pytest.raises(InputError, match="seeds"):
        transfer.train_heads(images[:4], ["a", "a", "b", "b"], seeds=21)
    with pytest.raises(InputError, match="2 to 20 classes"):
        transfer.train_head(images, [str(i // 2) for i in range(42)])
    monkeypatch.setattr(training, "MAX_PICTURES", 3)
    with pytest.raises(InputError, match="At most 3"):
        transfer.train_head(images[:4], ["a", "a", "b", "b"])
