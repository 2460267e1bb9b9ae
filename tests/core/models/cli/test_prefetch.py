"""The command line that prepares a machine: python -m core.models prefetch and verify."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from core import models
from core.errors import InputError
from core.models import registry
from core.models.catalog import ROWS
from core.models.files import sources
from core.models.files.hub_cache import is_commit
from tests import ROOT
from tests.stand_ins import stand_in_hub
from tests.stand_ins.small_repository import PINNED, RESNET, SIZE, WEIGHTS, write_files

pytestmark = pytest.mark.usefixtures("unpin_resnet")


def test_prefetch_says_how_far_it_is(run_command, resnet_server, capsys):
    assert run_command("prefetch", "resnet50") is None
    said = capsys.readouterr()
    assert said.out == "resnet50: on disk\n"
    # not a terminal: one line for each file
    assert [line.split(", ")[1] for line in said.err.splitlines()] == ["config.json", WEIGHTS]


def test_on_a_terminal_the_line_rewrites_itself_with_every_megabyte(
    run_command, resnet_server, repository_folder, capsys, monkeypatch
):
    (repository_folder / WEIGHTS).write_bytes(bytes(3 * 10**6))
    resnet_server.add(PINNED.source.removeprefix("hub:"), repository_folder)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run_command("prefetch", "resnet50")
    said = capsys.readouterr().err
    lines = [line.split(",")[0] for line in said.split("\r") if WEIGHTS in line]
    assert list(dict.fromkeys(lines)) == [f"resnet50: {n} of 3 MB" for n in range(4)] and len(lines) <= 5
    assert said.count("\n") == 1 and said.endswith("\n")


def test_the_environment_alone_is_enough(resnet_server, tmp_path):
    environment = stand_in_hub.hub_environment(resnet_server, tmp_path / "another")
    words = [sys.executable, "-m", "core.models", "prefetch", "resnet50"]
    subprocess.run(words, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert sources.locate_weights(PINNED, tmp_path / "another")
    assert resnet_server.served[WEIGHTS] == SIZE


@pytest.fixture
def interruptible():
    """A suite that a shell began in the background is deaf to Ctrl+C, and so would be what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_of_a_task_on_a_stick_it_says_what_comes_with_the_app(
    run_command, resnet_server, tmp_path, monkeypatch, capsys
):
    pocket, *_ = models.rows("classify")
    monkeypatch.setattr(registry, "ROWS", (pocket, models.row("classify", "resnet50")))
    run_command("prefetch", "classify", "--to", str(tmp_path / "stick"))
    assert capsys.readouterr().out.splitlines() == [
        f"efficientnet-lite2: comes with the app, not needed in {tmp_path / 'stick'}",
        f"resnet50: in {tmp_path / 'stick'}",
    ]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_process_that_was_stopped_leaves_what_has_arrived(
    resnet_server, repository_folder, tmp_path, interruptible, end
):
    megabyte = 2**20
    (repository_folder / WEIGHTS).write_bytes(os.urandom(3 * megabyte))
    resnet_server.add(PINNED.source.removeprefix("hub:"), repository_folder, PINNED.revision)
    resnet_server.misbehave(f"/blobs/*/{WEIGHTS}", cut=2 * megabyte + 1000, stall=300)
    words = [sys.executable, "-m", "core.models", "prefetch", "resnet50"]
    facts = {"cwd": ROOT, "env": stand_in_hub.hub_environment(resnet_server, tmp_path / "cache")}
    process = subprocess.Popen(words, **facts, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(1200):
        if any(part.stat().st_size == 2 * megabyte + 1000 for part in tmp_path.glob("cache/*/blobs/*.incomplete")):
            break
        time.sleep(0.05)
    else:
        process.kill()
        pytest.fail("the first two megabytes did not come")
    process.send_signal(end)
    said = process.communicate(timeout=120)[1].decode()
    assert process.returncode != 0 and ("the same command goes on with it" in said) == (end == signal.SIGINT)
    resnet_server.behave()
    assert sources.locate_weights(PINNED) is None
    subprocess.run(words, **facts, check=True, capture_output=True)
    assert resnet_server.served == {WEIGHTS: megabyte - 1000}
    assert sources.verify_weights(PINNED) == ()


def test_a_task_or_all_can_be_named(run_command, resnet_server, capsys):
    assert {row.task for row in models.find_rows("classify")} == {"classify"}
    assert models.find_rows("all") == tuple(row for row in registry.ROWS if row.source.startswith("hub:"))
    with pytest.raises(InputError, match="named 'classfy'; there are classify, among others"):
        models.find_rows("classfy")
    failed = run_command("prefetch", "classify", "resnet50")
    assert capsys.readouterr().out == "efficientnet-lite2: on disk\nefficientnet-lite0: on disk\nresnet50: on disk\n"
    assert "convnext-tiny (114 MB) should be open" in failed, "one row does not keep the others away"


def test_the_list_says_what_a_row_needs_and_what_it_is_good_for(run_command, resnet_server, capsys, monkeypatch):
    gated = dataclasses.replace(models.row("text_to_image", "sdxl-turbo"), gated=True)
    monkeypatch.setattr(registry, "ROWS", (RESNET, gated))
    run_command("prefetch", "resnet50")
    capsys.readouterr()
    assert run_command("list", "resnet50", "sdxl-turbo") is None
    first, second = map(parse_facts, capsys.readouterr().out.split("\n\n"))
    assert first == {
        "task": "classify",
        "state": "on disk",
        "good for": RESNET.use,
        "quality": RESNET.quality,
        "unverified": "whether these weights are of the run with 80.4%",
        "licence": "Apache-2.0",
        "log-in": "not needed, as its page was last seen",
        "source": f"{RESNET.source}@main",
        "parameters": "25.6 M",
        "to fetch": "102 MB",
        "weights": "102 MB; on a GPU 102 MB, and 1 GB or more to compute",
    }
    assert second["state"] == "absent" and second["log-in"].startswith(
        "needed, once its licence is accepted on the Hub"
    )
    assert second["weights"] == "13,876 MB; on a GPU 6,940 MB, and 1 GB or more to compute"


def parse_facts(told):
    """The lines below the title, by their names."""
    return {line[2:14].strip(): line[14:] for line in told.strip("\n").split("\n")[1:]}


def test_the_list_counts_what_a_row_is_built_on_and_asks_no_log_in_for_what_ships(run_command, capsys):
    run_command("list", "controlnet-canny", "pocket-sam")
    ships, guided = map(parse_facts, capsys.readouterr().out.split("\n\n"))
    assert guided["weights"].startswith("1,445 MB; on a GPU 723 MB")
    assert guided["built on"] == "sd15, whose weights come on top: 5,481 MB; on a GPU 2,741 MB"
    assert ships["weights"] == "29 MB" and not {"log-in", "to fetch", "unverified"} & set(ships)


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("resnet50", "80.4%"),
        ("sd-turbo", "38 ms"),
        ("hed", "licence"),
        ("convnext-tiny-in12k", "commit"),
        ("sd-inpainting", "text encoder"),
        ("lama", "parameters"),
    ],
)
def test_what_could_not_be_verified_is_told(run_command, capsys, name, doubt):
    run_command("list", name)
    assert doubt in parse_facts(capsys.readouterr().out)["unverified"]


def test_whatever_is_not_pinned_says_so():
    branches = [row for row in ROWS if row.source.startswith("hub:") and not is_commit(row.revision)]
    assert branches and all("not pinned" in row.unverified for row in branches)


def test_what_a_row_is_built_on_comes_along_once(run_command, monkeypatch, capsys):
    fetched = []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**10))
    monkeypatch.setattr(sources, "download_weights", lambda row, **_: fetched.append(row.name) or Path(row.name))
    assert run_command("prefetch", "controlnet-canny", "sd15") is None
    assert fetched == ["controlnet-canny", "sd15"]
    assert capsys.readouterr().out == "controlnet-canny: on disk\nsd15: on disk\n"


def test_words_are_understood_before_anything_is_fetched(run_command, resnet_server):
    assert "'vgg'" in run_command("prefetch", "resnet50", "vgg")
    assert resnet_server.requests == []


def test_again_says_when_the_branch_has_moved(run_command, resnet_server, repository_folder, capsys):
    run_command("prefetch", "resnet50")
    old = sources.locate_weights(RESNET).name
    new = resnet_server.add(RESNET.source.removeprefix("hub:"), write_files(repository_folder, seed=1))
    run_command("prefetch", "resnet50")
    assert sources.locate_weights(RESNET).name == old
    run_command("prefetch", "resnet50", "--again")
    assert capsys.readouterr().out.splitlines()[-1] == f"resnet50: on disk, moved from {old[:8]} to {new[:8]}"
