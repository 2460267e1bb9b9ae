"""Before the lecture: what the command prints, and its exit status."""

from __future__ import annotations

import json
import re

import pytest

from core import models
from core.preflight import __main__ as command
from tests.core.preflight.small_tab import borrow_and_answer


@pytest.fixture
def offline(monkeypatch):
    """What the command changes for good is put back."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    yield
    models.prefer("auto")


def test_the_command_prints_a_table_and_succeeds_without_red(install_probe, offline, capsys):
    install_probe(borrow_and_answer)
    assert command.main(["cnn", "--lang", "en"]) == 0
    head, line, *rest = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["state", "tab", "where", "weights"] and line.split()[:4] == [
        "GREEN",
        "cnn",
        "cpu",
        "whole",
    ]
    assert head.split()[-4:] == ["fits", "MB", "network", "models"]
    assert re.fullmatch(r".* yes +2 +not needed +efficientnet-lite2(, [a-z0-9-]+)*", line)
    assert rest[-1] == "memory free: 8.0 of 16.0 GB"


def test_the_command_fails_when_a_tab_does_not_work(install_probe, offline, capsys):
    def fail(picture):
        raise RuntimeError("no")

    install_probe(fail)
    assert command.main(["cnn", "--quick", "--lang", "ko"]) == 1
    said = capsys.readouterr().out
    assert "RED    cnn" in said and "RED cnn: efficientnet-lite2가 답하지 못했습니다(RuntimeError: no)" in said


def test_the_command_for_programs(install_probe, offline, capsys):
    install_probe(borrow_and_answer, bound=0.0)
    assert command.main(["cnn", "--json", "--models", "pocket"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["tabs"]
    assert found["state"] == "amber" and found["active"][0]["bytes"] == 2_000_000 and found["second"] > 0
    assert set(found["findings"][0]) == {"state", "en", "ko"}


def test_a_mistyped_tab_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(["segmnt"])
    assert stopped.value.code == 2 and "there are edges, cnn, segment" in capsys.readouterr().err
