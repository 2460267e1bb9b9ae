"""The bytes of weights that come with the app or in a package, against their published hashes."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import os
import sys

import pytest

from core import models
from core.errors import PlaygroundError
from core.models.files import checksums, sources, weights_errors
from core.texts import ASSETS
from core.zeroshot.concept_space import WEIGHTS

OURS = [row for row in models.rows() if not row.source.startswith("hub:")]


@pytest.fixture
def weight_package(tmp_path, monkeypatch):
    """An installed package of one weight, with the record that pip writes; gives its row and the weight."""
    weight, info = tmp_path / "small_model" / "net.pth", tmp_path / "small_model-1.0.dist-info"
    for folder in (weight.parent, info):
        folder.mkdir()
    weight.write_bytes(os.urandom(1000))
    digest = base64.urlsafe_b64encode(hashlib.sha256(weight.read_bytes()).digest()).rstrip(b"=").decode()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: small-model\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"small_model/net.pth,sha256={digest},1000\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    row = models.row("classify", "efficientnet-lite0")
    return dataclasses.replace(row, source="package:small_model/net.pth"), weight


def flip_bit(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_the_list_of_hashes_has_every_file_of_our_weights_and_no_other():
    files = {p.relative_to(ASSETS.parent).as_posix() for p in (ASSETS / "weights").rglob("*") if p.is_file()}
    assert set(checksums.read_checksums()) == files - {"assets/weights/README.md", "assets/weights/SHA256SUMS"}


@pytest.mark.parametrize("row", OURS, ids=lambda r: r.name)
def test_what_comes_with_the_app_is_what_was_published(row):
    assert sources.verify_weights(row) == (), "assets/weights/README.md says how the hashes are renewed"


@pytest.mark.parametrize("at", [0, -1])
def test_one_changed_bit_is_noticed(app_weights, at):
    row = models.row("text_to_image", "pocket-diffusion")
    assert sources.verify_weights(row) == ()
    flip_bit(app_weights / "pocket-diffusion" / "unet" / "config.json", at)
    assert sources.verify_weights(row) == ("assets/weights/pocket-diffusion/unet/config.json",)
    assert sources.verify_weights(models.row("autoencoder")) == (), "another part of the folder is whole"


def test_the_concepts_belong_to_the_concept_space(app_weights):
    row = models.row("zeroshot", "concept-space")
    flip_bit(app_weights / WEIGHTS.name, 1000)
    assert sources.verify_weights(row) == ("assets/weights/concepts.safetensors",)
    assert "git checkout" in str(weights_errors.damaged_weights_error(row, sources.verify_weights(row)))


def test_a_package_is_compared_with_its_record(weight_package):
    row, weight = weight_package
    assert sources.verify_weights(row) == ()
    flip_bit(weight, 500)
    assert sources.verify_weights(row) == ("small_model/net.pth",)
    assert "--force-reinstall --no-deps small-model" in str(
        weights_errors.damaged_weights_error(row, sources.verify_weights(row))
    )
    weight.unlink()
    assert sources.verify_weights(row) == ("small_model/net.pth",)


def test_a_package_without_hashes_is_not_called_whole(weight_package):
    row, weight = weight_package
    (weight.parents[1] / "small_model-1.0.dist-info" / "RECORD").write_text("small_model/net.pth,,\n")
    with pytest.raises(PlaygroundError, match="cannot be checked"):
        sources.verify_weights(row)
