"""The command line in a machine that has nothing, a stick, and a Hub that stands in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from core import models
from core.models import registry
from core.models.catalog import ROWS
from core.models.cli import commands as command
from core.models.files import sources
from tests.stand_ins.small_repository import PINNED, RESNET


@pytest.fixture
def prefer():
    """`models.prefer`, undone afterwards."""
    yield models.prefer
    models.prefer("auto")


@pytest.fixture
def run_command(monkeypatch):
    """The command line: its exit message, None when all went well."""

    def type_in(*words):
        monkeypatch.setattr(sys, "argv", ["models", *map(str, words)])
        try:
            return command.main()
        except SystemExit as stopped:
            return stopped.code

    return type_in


@pytest.fixture
def resnet_server(hub_server, repository_folder):
    """The stand-in Hub with something that is called ResNet-50."""
    for row in (RESNET, PINNED):
        hub_server.add(row.source.removeprefix("hub:"), repository_folder, row.revision)
    return hub_server


@pytest.fixture
def unpin_resnet(monkeypatch):
    """The catalogue names the branch of ResNet-50 and not a commit."""
    monkeypatch.setattr(registry, "ROWS", tuple(RESNET if row is PINNED else row for row in ROWS))


@pytest.fixture
def stick(hub_server, repository_folder, tmp_path, monkeypatch):
    """A folder with two of the three classifiers of the Hub, of which the third is nowhere."""
    pocket = models.row("classify", "efficientnet-lite0")
    convnexts = [models.row("classify", name) for name in ("convnext-tiny", "convnextv2-tiny")]
    monkeypatch.setattr(registry, "ROWS", (pocket, RESNET, *convnexts, models.row("inpaint", "lama")))
    for row in (RESNET, convnexts[0]):
        hub_server.add(row.source.removeprefix("hub:"), repository_folder, row.revision)
        sources.download_weights(row, cache=tmp_path / "stick")
    return tmp_path / "stick"


@pytest.fixture
def break_reads(monkeypatch):
    """Makes what is below a folder fail in the given way when it is read, or already when it is looked for."""

    def refuse(folder, name, number):
        done = getattr(Path, name)

        def raise_error(path, *more, **named):
            if path.is_relative_to(folder) and (name != "open" or "b" in str(more)):
                raise OSError(number, os.strerror(number), str(path))
            return done(path, *more, **named)

        monkeypatch.setattr(Path, name, raise_error)

    return refuse
