from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.models.files import hub_files
from tests.stand_ins import small_repository, stand_in_hub, tiny_hub


@pytest.fixture(scope="module")
def tiny_sd_turbo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """SD-Turbo's folder in its smallest form, with random weights."""
    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add:
        yield add("sd-turbo")


@pytest.fixture
def hub_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[stand_in_hub.StandInHub]:
    """A stand-in Hub without patience, and an empty cache."""
    monkeypatch.setattr(hub_files, "CHUNK", 1000)
    monkeypatch.setattr(hub_files, "RETRY_PAUSE", 0)
    with stand_in_hub.serve_hub(tmp_path / "cache") as running:
        yield running


@pytest.fixture
def repository_folder(tmp_path: Path) -> Path:
    """The files of a small repository."""
    return small_repository.write_files(tmp_path / "files")


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any look-up of a name and any connection fails the test."""

    def refuse(*args: object, **kwargs: object) -> None:
        pytest.fail(f"the network was asked: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
