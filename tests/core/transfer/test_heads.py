from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest

from core import transfer
from core.errors import InputError
from core.transfer import datasets, features, heads
from core.transfer import softmax_regression as regression
from core.transfer.features import FeatureCache, FeatureProgress

COUNT = 6


@pytest.fixture(scope="module")
def textures() -> datasets.LabelledImages:
    return datasets.load_builtin("textures", count=COUNT)


@pytest.fixture(scope="module")
def head(textures) -> transfer.Head:
    return transfer.train_head(textures.images, textures.labels, test=textures.test)


def clouds(n: int, seed: int, views: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Three well separated clouds in 8 dimensions, n points each with a few noisy views."""
    rng = np.random.default_rng(seed)
    targets = np.repeat(np.arange(3), n)
    centres = np.eye(3, 8) * 4 + 7
    return (centres[targets][:, None] + rng.normal(0, 0.5, (3 * n, views, 8))).astype(np.float32), targets


def test_softmax_and_cross_entropy_by_hand() -> None:
    shares = regression.softmax_rows(np.array([[0, np.log(3)], [5, 5]], np.float32))
    assert shares == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]))
    assert regression.cross_entropy(shares, np.array([1, 0])) == pytest.approx((-np.log(0.75) - np.log(0.5)) / 2)


def test_fit_learns_and_reports_what_its_layer_does() -> None:
    train, test = clouds(20, 1), clouds(30, 2)
    weights, bias, history = regression.fit_softmax(train, test, 3, 15, np.random.default_rng(0))
    assert weights.shape == (8, 3) and bias.shape == (3,) and history.train_loss.shape == (16,)
    assert history.train_loss[0] == pytest.approx(np.log(3), abs=0.05)  # before training every class is as likely
    assert history.train_loss[-1] < 0.1 and history.test_accuracy[-1] == 1
    shares = regression.softmax_rows(test[0].mean(axis=1) @ weights + bias)
    assert regression.cross_entropy(shares, test[1]) == pytest.approx(history.test_loss[-1], rel=1e-3)


def test_one_step_goes_down_the_numeric_gradient() -> None:
    views, targets = clouds(4, 3, views=1)
    centre, spread = regression._mean_and_spread(views)
    x = (views[:, 0] - centre) / spread
    start = np.random.default_rng(7).normal(0, 0.01, (8, 3)).astype(np.float32)
    weights, _, _ = regression.fit_softmax((views, targets), (views, targets), 3, 1, np.random.default_rng(7))
    moved = weights * spread[:, None] - start

    def loss(w: np.ndarray) -> float:
        shares = regression.softmax_rows((x @ w).astype(np.float64))
        return regression.cross_entropy(shares, targets) + regression.WEIGHT_DECAY / 2 * float((w**2).sum())

    for i, j in [(0, 0), (1, 1), (2, 0), (5, 2)]:
        bump = np.zeros((8, 3))
        bump[i, j] = 1e-4
        slope = (loss(start + bump) - loss(start - bump)) / 2e-4
        assert moved[i, j] == pytest.approx(-regression.LEARNING_RATE * slope, rel=0.02, abs=1e-4)


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


def test_confusion_by_hand() -> None:
    found = transfer.confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
    assert found.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_textures_are_told_apart_and_the_record_adds_up(head, textures) -> None:
    assert head.names == ("brick", "grass", "gravel") and head.weights.shape == (1280, 3)
    assert head.trained_on == 3 * COUNT and head.accuracy >= 0.8
    assert (
        head.held_out.tolist() == list(range(3 * COUNT)) and head.truth.tolist() == np.repeat(range(3), COUNT).tolist()
    )
    assert head.confusion_matrix.sum() == 3 * COUNT and np.trace(head.confusion_matrix) == round(
        head.accuracy * 3 * COUNT
    )
    assert head.accuracy == pytest.approx(head.history.test_accuracy[-1])
    assert set(head.misclassified_indices) == {
        i for i, (a, b) in enumerate(zip(head.truth, head.predictions, strict=True)) if a != b
    }


def test_predict_says_what_the_record_says(head, textures) -> None:
    for place in (0, 2 * COUNT):
        guess = head.predict(textures.test_images[place])
        assert guess.labels[0] == head.names[head.predictions[place]] and sorted(guess.labels) == list(head.names)
        assert guess.probabilities.sum() == pytest.approx(1) and np.all(np.diff(guess.probabilities) <= 0)
        assert guess.model == "efficientnet-lite0"


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


def test_save_and_load(head, textures, tmp_path: Path) -> None:
    head.save(tmp_path / "head.safetensors")
    again = transfer.load_head(tmp_path / "head.safetensors")
    for name in ("names", "model", "seconds", "seed", "trained_on"):
        assert getattr(again, name) == getattr(head, name)
    for name in ("weights", "bias", "held_out", "truth", "predictions"):
        assert np.array_equal(getattr(again, name), getattr(head, name))
    assert np.array_equal(again.history.test_loss, head.history.test_loss)
    assert again.predict(textures.images[0]).labels == head.predict(textures.images[0]).labels


def test_files_that_are_no_heads_are_refused(head, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = tmp_path / "head.safetensors"
    head.save(path)
    whole, tensors = path.read_bytes(), load_file(path)
    good = {"format": transfer.FORMAT, "facts": '{"names": ["a", "b", "c"], "model": "efficientnet-lite0"'}
    good["facts"] += ', "seed": 0, "seconds": 1.0, "trained_on": 3}'
    save_file(tensors, path, metadata=good)
    assert transfer.load_head(path).names == ("a", "b", "c")

    for data in (b"", b"x" * 100, whole[: len(whole) // 2], pickle.dumps({"weights": 1})):
        path.write_bytes(data)
        with pytest.raises(InputError, match="head saved"):
            transfer.load_head(path)
    with pytest.raises(InputError, match="head saved"):
        transfer.load_head(tmp_path / "missing.safetensors")
    nan = np.full_like(tensors["weights"], np.nan)
    for changed, metadata in (
        ({}, {}),
        ({}, good | {"format": "other"}),
        ({}, good | {"facts": "[1]"}),
        ({}, good | {"facts": "[" * 100_000}),
        ({}, good | {"facts": good["facts"].replace('"c"', "7")}),
        ({}, good | {"facts": good["facts"].replace(', "c"', "")}),
        ({}, good | {"facts": good["facts"].replace("efficientnet-lite0", "../secret")}),
        ({"weights": nan}, good),
        ({"weights": tensors["weights"].T.copy()}, good),
        ({"said": tensors["said"] + 5}, good),
        ({"truth": tensors["truth"][:2]}, good),
        ({"history": tensors["history"][:2]}, good),
    ):
        save_file(tensors | changed, path, metadata=metadata)
        with pytest.raises(InputError):
            transfer.load_head(path)


def test_a_head_of_another_width_is_refused(head, textures) -> None:
    narrow = dataclasses.replace(head, weights=head.weights[:100])
    with pytest.raises(InputError, match="features"):
        narrow.predict(textures.images[0])


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
    monkeypatch.setattr(heads, "MAX_PICTURES", 3)
    with pytest.raises(InputError, match="At most 3"):
        transfer.train_head(images[:4], ["a", "a", "b", "b"])


def test_features_are_unit_vectors_of_the_picture_and_its_mirror_image(textures) -> None:
    image = textures.images[0]
    row, found = features.extract_features([image, image[:, ::-1]], cache=FeatureCache(8))
    assert row.name == "efficientnet-lite0" and found.shape == (2, 2, 1280)
    assert np.linalg.norm(found, axis=2) == pytest.approx(np.ones((2, 2)), abs=1e-5)
    assert found[0, 0] == pytest.approx(found[1, 1], abs=1e-4) and found[0, 1] == pytest.approx(found[1, 0], abs=1e-4)
    assert np.abs(found[0, 0] - found[0, 1]).max() > 1e-3


def test_known_pictures_are_not_computed_again(textures) -> None:
    cache = FeatureCache(8)
    _, first = features.extract_features(textures.images[:3], cache=cache)
    marked = {key: value + 1 for key, value in cache._kept.items()}
    cache._kept.update(marked)
    _, second = features.extract_features([*textures.images[1:3], textures.images[1]], cache=cache)
    assert second == pytest.approx(first[[1, 2, 1]] + 1)


def test_the_cache_forgets_what_was_used_least_recently() -> None:
    cache = FeatureCache(2)
    for name in (b"a", b"b"):
        cache.store(("m", name), np.zeros(1, np.float32))
    assert cache.get(("m", b"a")) is not None
    cache.store(("m", b"c"), np.zeros(1, np.float32))
    assert len(cache) == 2 and cache.get(("m", b"b")) is None and cache.get(("m", b"a")) is not None
    assert cache.get(("other", b"a")) is None
