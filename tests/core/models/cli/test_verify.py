"""The command line that compares files with their hashes: python -m core.models verify."""

from __future__ import annotations

import errno

import pytest

from core.models import registry
from core.models.catalog import ROWS
from core.models.files import sources
from tests.stand_ins.small_repository import RESNET, SIZE, WEIGHTS

pytestmark = pytest.mark.usefixtures("unpin_resnet")


def test_of_a_stick_only_what_it_can_hold_is_verified(run_command, stick, capsys):
    assert run_command("verify", "efficientnet-lite0", "resnet50", "--in", stick) is None
    said = capsys.readouterr().out.splitlines()
    assert said == [f"efficientnet-lite0: comes with the app, not from {stick}", "resnet50: whole"]


@pytest.mark.parametrize("name", ["open", "is_file"])
def test_a_row_that_cannot_be_read_does_not_keep_the_others_from_being_verified(
    run_command, stick, capsys, break_reads, name
):
    break_reads(stick / "models--timm--resnet50.a1_in1k", name, errno.EIO)
    said = run_command("verify", "--in", stick)
    assert said.startswith("resnet50 (102 MB) could not be read from the folder or stick (Input/output error)")
    assert f"python -m core.models verify resnet50 --in {stick};" in said and "\n" not in said
    assert capsys.readouterr().out == "convnext-tiny: whole\n"


def test_a_row_that_cannot_be_looked_for_does_not_keep_the_others_on_the_stick(run_command, stick, capsys, break_reads):
    break_reads(stick / "models--timm--resnet50.a1_in1k", "is_file", errno.EACCES)
    said = run_command("prefetch", "all", "--from", stick)
    assert said.startswith("resnet50 (102 MB) could not be read from the folder or stick (Permission denied)")
    assert f"prefetch resnet50 --from {stick};" in said and "\n" not in said
    assert capsys.readouterr().out.startswith("convnext-tiny: on disk\n")


def test_of_this_machine_too_a_row_that_cannot_be_read_is_one_sentence(
    run_command, stick, capsys, break_reads, monkeypatch
):
    run_command("prefetch", "all", "--from", stick)
    capsys.readouterr()
    break_reads(sources.locate_weights(RESNET).parents[1], "open", errno.EIO)
    ships, packed = (next(row for row in ROWS if row.name == n) for n in ("pocket-sam", "efficientnet-lite0"))
    monkeypatch.setattr(registry, "ROWS", (*registry.ROWS, ships))
    break_reads(sources.locate_weights(ships), "open", errno.EIO)
    break_reads(sources.locate_weights(packed), "open", errno.EACCES)
    said = run_command("verify", "resnet50", "efficientnet-lite0", "pocket-sam", "convnext-tiny").splitlines()
    assert said[0].startswith("resnet50 is on this machine, but its files do not load (Input/output error)")
    assert said[1].startswith("efficientnet-lite0 comes in the package ") and "--force-reinstall" in said[1]
    assert said[2].startswith("pocket-sam comes with the app, but assets/weights/pocket-sam.safetensors is missing or")
    assert capsys.readouterr().out == "convnext-tiny: whole\n"


def test_a_cache_that_cannot_be_looked_into_is_one_sentence(run_command, stick, break_reads, tmp_path):
    run_command("prefetch", "all", "--from", stick)
    break_reads(tmp_path / "cache" / "models--timm--resnet50.a1_in1k", "is_file", errno.EACCES)
    said = run_command("prefetch", "resnet50")
    assert said.startswith("resnet50 (102 MB) has to be written to") and "(Permission denied)" in said
    assert run_command("verify").startswith(
        "resnet50 is on this machine, but its files do not load (Permission denied)"
    )


def test_verify_says_when_there_is_nothing(run_command, hub_server, capsys):
    assert run_command("verify") is None
    assert capsys.readouterr().out == "nothing of the Hub is on this machine\n"


def test_one_row_that_cannot_be_verified_does_not_keep_the_others_away(run_command, resnet_server, capsys):
    run_command("prefetch", "resnet50")
    capsys.readouterr()
    assert "lama (206 MB) should be in" in run_command("verify", "lama", "resnet50")
    assert capsys.readouterr().out == "resnet50: whole\n"


def test_verify_names_what_is_damaged_and_the_cure(run_command, resnet_server, capsys):
    assert "should be in" in run_command("verify", "resnet50")
    run_command("prefetch", "resnet50")
    assert run_command("verify") is None
    assert capsys.readouterr().out.endswith("resnet50: whole\n")
    blob = (sources.locate_weights(RESNET) / WEIGHTS).resolve()
    blob.write_bytes(bytes(SIZE))
    said = run_command("verify")
    assert WEIGHTS in said and "config" not in said and "prefetch resnet50 --again" in said
    assert run_command("prefetch", "resnet50", "--again") is None
    assert run_command("verify") is None
