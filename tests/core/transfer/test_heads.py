from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest

from core import transfer
from core.errors import InputError
from tests.core.transfer.conftest import COUNT


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
        assert guess.model == "efficientnet-lite2"


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
