from __future__ import annotations

import shlex
import sys
from pathlib import PurePosixPath, PureWindowsPath
from types import SimpleNamespace

import pytest

from core import models
from core.models import hints
from core.models.catalog import Row
from tests import ROOT
from tests.stand_ins.small_rows import build_row


@pytest.mark.parametrize(
    "folder", ["/media/stick", "/media/NO NAME", "/media/it's; here", "/media/$HOME", "/media/내 USB"]
)
def test_a_command_names_a_folder_as_one_word(folder):
    place, known = PurePosixPath(folder), build_row("a")
    assert shlex.split(models.prefetch_command(known, to=place))[-4:] == ["prefetch", "a", "--to", folder]
    assert shlex.split(models.prefetch_command("all", source=place))[-4:] == [
        "prefetch",
        "all",
        "--from",
        folder,
    ]
    assert shlex.split(hints.verify_command(known, place))[-4:] == ["verify", "a", "--in", folder]
    assert models.prefetch_command("all").endswith("-m core.models prefetch all")


@pytest.mark.parametrize(
    ("folder", "typed"),
    [
        ("E:\\", "E:\\"),
        ("E:\\models-2", "E:\\models-2"),
        ("E:\\NO NAME", '"E:\\NO NAME"'),
        ("E:\\a&b", '"E:\\a&b"'),
        ("\\\\host\\NO NAME\\", '"\\\\host\\NO NAME\\\\"'),
    ],
)
def test_on_windows_a_folder_is_quoted_as_its_shells_do(monkeypatch, folder, typed):
    monkeypatch.setattr(hints, "os", SimpleNamespace(name="nt"))
    assert models.prefetch_command("all", to=PureWindowsPath(folder)).endswith(f"prefetch all --to {typed}")


def build_hub_row(**changes):
    facts = {"task": "t", "name": "n", "title": "N", "tier": "full", "loader": "l", "licence": "MIT", "quality": "q"}
    return Row(**(facts | {"source": "hub:owner/name", "files": ("model.bin", "*.json")} | changes))


def test_the_command_is_for_the_apps_own_python(monkeypatch, tmp_path):
    wanted = build_hub_row(name="sd-turbo")
    monkeypatch.setattr(sys, "executable", str(ROOT / ".venv" / "bin" / "python3"))
    assert models.prefetch_command(wanted) == ".venv/bin/python -m core.models prefetch sd-turbo"
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python3.12"))
    assert models.prefetch_command(wanted) == "python -m core.models prefetch sd-turbo"
