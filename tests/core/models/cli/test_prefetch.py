"""The command line that prepares a machine: python -m core.models prefetch and verify."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import os
import pickle
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub._tree_cache import TreeCacheEntry

from core import models
from core.errors import InputError, ModelUnavailable
from core.models import manager, registry
from core.models.catalog import ROWS
from core.models.cli import commands as command
from core.models.files import hub_files, sources
from core.models.files.hub_cache import Repository, is_commit
from tests import ROOT
from tests.stand_ins import stand_in_hub, tiny_hub
from tests.stand_ins.small_repository import CONFIG, PLACE, ROW, SIZE, WEIGHTS, list_leftovers, write_files

PINNED = models.row("classify", "resnet50")
# as if the catalogue named the branch and not a commit, which is the harder case
RESNET = dataclasses.replace(PINNED, revision="main")
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


@pytest.fixture
def resnet_server(hub_server, repository_folder):
    """The stand-in Hub with something that is called ResNet-50."""
    for row in (RESNET, PINNED):
        hub_server.add(row.source.removeprefix("hub:"), repository_folder, row.revision)
    return hub_server


@pytest.fixture(autouse=True)
def unpin_resnet(monkeypatch):
    monkeypatch.setattr(registry, "ROWS", tuple(RESNET if row is PINNED else row for row in ROWS))


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
        f"efficientnet-lite0: comes with the app, not needed in {tmp_path / 'stick'}",
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
    assert capsys.readouterr().out == "efficientnet-lite0: on disk\nresnet50: on disk\n"
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


def test_to_a_stick_and_from_it_without_a_network(run_command, resnet_server, tmp_path, capsys, cut_network):
    stick = tmp_path / "stick"
    assert run_command("prefetch", "resnet50", "--to", stick) is None
    assert capsys.readouterr().out == f"resnet50: in {stick}\n"
    assert sources.locate_weights(RESNET) is None
    cut_network(resnet_server)
    assert run_command("prefetch", "resnet50", "--from", stick) is None
    found = sources.locate_weights(RESNET)
    assert found.is_relative_to(tmp_path / "cache")
    assert sources.verify_weights(RESNET) == () and (found / WEIGHTS).stat().st_size == SIZE
    shutil.rmtree(stick)
    assert sources.verify_weights(RESNET) == (), "nothing leads back to the stick"


@pytest.fixture
def cut_network(request):
    def cut(server):
        server.close()
        request.getfixturevalue("no_sockets")
        models.stay_offline()

    return cut


def test_a_stick_without_links_has_every_file_once(run_command, resnet_server, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    stick = tmp_path / "stick"
    with monkeypatch.context() as exfat:
        exfat.setattr(Path, "symlink_to", refuse)
        run_command("prefetch", "resnet50", "--to", stick)
    found = sources.locate_weights(RESNET, stick)
    assert not (found / WEIGHTS).is_symlink() and sources.verify_weights(RESNET, stick) == ()
    assert sum(path.stat().st_size for path in stick.rglob(WEIGHTS)) == SIZE
    assert not list(stick.glob("*/blobs/*"))
    assert run_command("prefetch", "resnet50", "--from", stick) is None
    assert sources.verify_weights(RESNET) == ()
    (found / WEIGHTS).write_bytes(bytes(SIZE))
    assert sources.verify_weights(RESNET, stick) == (WEIGHTS,)
    sources.download_weights(RESNET, again=True, cache=stick)
    assert sources.verify_weights(RESNET, stick) == ()


def test_a_stick_of_an_older_client_has_no_listing_but_hashes(run_command, resnet_server, repository_folder, tmp_path):
    place = tmp_path / "stick" / "models--timm--resnet50.a1_in1k"
    snapshot = tiny_hub.lay_out(repository_folder, place, "main")
    assert run_command("prefetch", "resnet50", "--from", tmp_path / "stick") is None
    assert sources.verify_weights(RESNET) == ()
    assert not (sources.locate_weights(RESNET) / "README.md").exists(), "it is not the row's"
    assert snapshot.name == sources.locate_weights(RESNET).name


def test_a_damaged_stick_is_refused(run_command, resnet_server, tmp_path):
    stick = tmp_path / "stick"
    run_command("prefetch", "resnet50", "--to", stick)
    blob = (sources.locate_weights(RESNET, stick) / WEIGHTS).resolve()
    blob.write_bytes(blob.read_bytes()[:-1] + b"?")
    said = run_command("prefetch", "resnet50", "--from", stick)
    assert f"{WEIGHTS} of resnet50" in said and f"prefetch resnet50 --from {stick}" in said
    assert sources.locate_weights(RESNET) is None


def test_a_stick_that_is_pulled_out_is_what_the_sentence_names(run_command, resnet_server, tmp_path, monkeypatch):
    stick, opened = tmp_path / "stick", Path.open
    run_command("prefetch", "resnet50", "--to", stick)

    def fail_to_open(path, mode="r", *more, **named):
        if mode == "rb" and path.is_relative_to(stick) and path.name == WEIGHTS:
            raise OSError(errno.EIO, "Input/output error")
        return opened(path, mode, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", fail_to_open)
        said = run_command("prefetch", "resnet50", "--from", stick)
    assert "could not be read" in said and "Input/output error" in said and f"prefetch resnet50 --from {stick}" in said
    assert not list(tmp_path.glob("cache/*/blobs/*.incomplete")) and sources.locate_weights(RESNET) is None
    assert run_command("prefetch", "resnet50", "--from", stick) is None


@pytest.mark.parametrize(
    "evil", [{"../../../../evil.json": TreeCacheEntry(4, "0" * 40)}, {"evil.json": TreeCacheEntry(4, "../../evil")}]
)
def test_a_stick_cannot_write_outside_the_cache(repository_folder, tmp_path, hub_server, evil):
    stick = Repository(tmp_path / "stick", PLACE)
    snapshot = tiny_hub.lay_out(repository_folder, stick.root, "main")
    for name in evil:
        (snapshot / name).write_text("evil")
    known = stick.read_listing(tiny_hub.COMMIT)
    stick.write_listing(tiny_hub.COMMIT, {**known, **evil})
    before = set(tmp_path.rglob("evil*"))
    found = sources.copy_weights(ROW, stick.cache)
    assert set(tmp_path.rglob("evil*")) == before and (found / WEIGHTS).stat().st_size == SIZE


@pytest.mark.parametrize("there", ["nothing", "half", "no hashes"])
def test_a_stick_that_was_not_prepared_says_how(run_command, resnet_server, repository_folder, tmp_path, there):
    stick = tmp_path / "stick"
    if there == "nothing":
        stick.mkdir()
    if there == "half":
        run_command("prefetch", "resnet50", "--to", stick)
        (sources.locate_weights(RESNET, stick) / WEIGHTS).unlink()
    if there == "no hashes":
        # an older client's cache, copied by something that follows its links
        place = "models--timm--resnet50.a1_in1k"
        tiny_hub.lay_out(repository_folder, tmp_path / "older" / place, "main")
        shutil.copytree(tmp_path / "older", stick)
    said = run_command("prefetch", "resnet50", "--from", stick)
    assert said.startswith(f"resnet50 (102 MB) should be in {stick}") and f"prefetch resnet50 --to {stick}" in said


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


@pytest.mark.parametrize(("word", "nowhere"), [("all", "convnextv2-tiny, lama"), ("classify", "convnextv2-tiny")])
def test_from_a_stick_all_or_a_task_is_what_it_holds(run_command, stick, capsys, word, nowhere):
    assert run_command("prefetch", word, "--from", stick) is None
    said = capsys.readouterr().out.splitlines()
    assert said == ["resnet50: on disk", "convnext-tiny: on disk", f"neither here nor in {stick}: {nowhere}"]
    assert sources.verify_weights(RESNET) == ()


def test_from_a_stick_a_row_that_is_named_must_be_there(run_command, stick, capsys):
    failed = run_command("prefetch", "all", "lama", "--from", stick)
    assert failed.startswith(f"lama (206 MB) should be in {stick}") and failed.count("should be in") == 1
    said = capsys.readouterr().out.splitlines()
    assert said == ["resnet50: on disk", "convnext-tiny: on disk", f"neither here nor in {stick}: convnextv2-tiny"]


def test_from_a_stick_half_a_row_is_said(run_command, stick):
    (sources.locate_weights(RESNET, stick) / WEIGHTS).unlink()
    failed = run_command("prefetch", "all", "--from", stick)
    assert failed.startswith(f"resnet50 (102 MB) should be in {stick}, but is not, or not all of it")


def test_from_a_stick_what_a_row_is_built_on_is_demanded_once(
    run_command, hub_server, repository_folder, tmp_path, monkeypatch, capsys
):
    guided, base = models.find_rows("controlnet-canny")[0], models.row("text_to_image", "sd15")
    monkeypatch.setattr(registry, "ROWS", (base, guided))
    (repository_folder / WEIGHTS).rename(repository_folder / "diffusion_pytorch_model.fp16.safetensors")
    hub_server.add(guided.source.removeprefix("hub:"), repository_folder, guided.revision)
    sources.download_weights(guided, cache=tmp_path / "stick")
    failed = run_command("prefetch", "all", "--from", tmp_path / "stick")
    assert failed.startswith("sd15 (2741 MB) should be in") and "\n" not in failed
    assert capsys.readouterr().out == "controlnet-canny: on disk\n"


def test_from_a_stick_that_holds_nothing_of_a_word(run_command, stick, hub_server, capsys):
    refused = run_command("prefetch", "inpaint", "--from", stick)
    assert refused.startswith(f"Of 'inpaint' at least one model should be in {stick}, but none is")
    assert refused.endswith(f"prefetch inpaint --to {stick}")
    assert capsys.readouterr().out == ""
    assert run_command("prefetch", "inpaint", "classify", "--from", stick) == refused
    said = capsys.readouterr().out.splitlines()
    assert said == ["resnet50: on disk", "convnext-tiny: on disk", f"neither here nor in {stick}: convnextv2-tiny"]
    assert run_command("verify", "inpaint", "classify", "--in", stick) == refused
    assert capsys.readouterr().out == "resnet50: whole\nconvnext-tiny: whole\n"


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_is_not_asked_for_what_is_here(run_command, stick, tmp_path, capsys, monkeypatch, there):
    run_command("prefetch", "all", "--from", stick)
    rows = tuple(row for row in registry.ROWS if row.name not in ("convnextv2-tiny", "lama"))
    monkeypatch.setattr(registry, "ROWS", rows)
    other = tmp_path / "other"
    if there:
        other.mkdir()
    capsys.readouterr()
    assert run_command("prefetch", "classify", "resnet50", "--from", other) is None
    said = capsys.readouterr().out.splitlines()
    assert said == ["efficientnet-lite0: on disk", "resnet50: on disk", "convnext-tiny: on disk"]
    failed = run_command("prefetch", "classify", "resnet50", "--from", other, "--again")
    assert failed.count("A folder with models was expected") == (not there) and str(other) in failed


def test_a_folder_that_is_gone_keeps_away_only_what_is_not_here(run_command, stick, tmp_path, capsys):
    run_command("prefetch", "all", "--from", stick)
    capsys.readouterr()
    failed = run_command("prefetch", "lama", "inpaint", "resnet50", "--from", tmp_path / "gone")
    assert failed.startswith("A folder with models was expected") and "\n" not in failed
    assert capsys.readouterr().out == "resnet50: on disk\n"


@pytest.mark.parametrize("words", [("prefetch", "all", "--from"), ("prefetch", "lama", "--from"), ("verify", "--in")])
def test_a_folder_that_is_not_there_is_one_sentence(run_command, tmp_path, words):
    assert run_command(*words, tmp_path / "stik") == (
        f"A folder with models was expected, but there is none at {tmp_path / 'stik'}. "
        "Cure: plug the stick in, or correct the path."
    )


def test_room_is_needed_only_for_what_the_stick_brings(run_command, stick, capsys, monkeypatch):
    # 102 and 114 MB come, 321 more of the catalogue do not
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=217 * 10**6))
    assert run_command("prefetch", "all", "--from", stick) is None
    shutil.rmtree(sources.locate_weights(RESNET).parents[1])
    shutil.rmtree(sources.locate_weights(models.row("classify", "convnext-tiny")).parents[1])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=215 * 10**6))
    assert run_command("prefetch", "all", "lama", "--from", stick).startswith("2 models need about 216 MB more")


def test_a_stick_can_be_verified(run_command, stick, capsys):
    assert run_command("verify", "--in", stick) is None
    assert capsys.readouterr().out == "resnet50: whole\nconvnext-tiny: whole\n"
    (sources.locate_weights(RESNET, stick) / WEIGHTS).write_bytes(bytes(SIZE))
    (sources.locate_weights(models.row("classify", "convnext-tiny"), stick) / WEIGHTS).unlink()
    first, second = run_command("verify", "--in", stick).splitlines()
    for said, name in ((first, "resnet50"), (second, "convnext-tiny")):
        assert said.startswith(f"{name} should be whole in {stick}") and f"({WEIGHTS})" in said
        assert said.endswith(f"prefetch {name} --to {stick} --again")
    said = run_command("verify", "lama", "--in", stick)
    assert f"lama (206 MB) should be in {stick}" in said and said.endswith(f"prefetch lama --to {stick}")


def test_of_a_stick_only_what_it_can_hold_is_verified(run_command, stick, capsys):
    assert run_command("verify", "efficientnet-lite0", "resnet50", "--in", stick) is None
    said = capsys.readouterr().out.splitlines()
    assert said == [f"efficientnet-lite0: comes with the app, not from {stick}", "resnet50: whole"]


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


@pytest.mark.parametrize("words", [("prefetch", "all", "--from"), ("prefetch", "lama", "--from"), ("verify", "--in")])
def test_a_folder_that_may_not_be_read_is_one_sentence(run_command, stick, break_reads, words):
    for name in ("iterdir", "is_dir", "is_file"):
        break_reads(stick, name, errno.EACCES)
    said = run_command(*words, stick)
    assert said.startswith(f"A folder with models was expected at {stick}, but it cannot be read (Permission denied).")
    assert "\n" not in said


def test_room_that_cannot_be_measured_keeps_nothing_away(run_command, stick, monkeypatch, capsys):
    def refuse(repository):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Repository, "downloaded_bytes", refuse)
    assert run_command("prefetch", "all", "--from", stick) is None
    assert sources.verify_weights(RESNET) == ()


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


def test_a_folder_with_a_space_can_be_typed_as_it_is_said(run_command, stick, tmp_path):
    unnamed = stick.rename(tmp_path / "NO NAME")
    (sources.locate_weights(RESNET, unnamed) / WEIGHTS).resolve().write_bytes(bytes(SIZE))
    empty = tmp_path / "NOTHING HERE"
    empty.mkdir()
    models.stay_offline()
    for words, folder, option in (
        (("prefetch", "resnet50", "--from"), unnamed, "--from"),
        (("prefetch", "lama", "--from"), unnamed, "--to"),
        (("prefetch", "inpaint", "--from"), unnamed, "--to"),
        (("prefetch", "resnet50", "--to"), empty, "--to"),
        (("verify", "resnet50", "--in"), unnamed, "--to"),
        (("verify", "lama", "--in"), unnamed, "--to"),
    ):
        said = run_command(*words, folder)
        typed = shlex.split(said[said.index("python -m") :].partition(";")[0])
        assert typed[4:7] == [words[1], option, str(folder)], said


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


def test_again_says_when_the_branch_has_moved(run_command, resnet_server, repository_folder, capsys):
    run_command("prefetch", "resnet50")
    old = sources.locate_weights(RESNET).name
    new = resnet_server.add(RESNET.source.removeprefix("hub:"), write_files(repository_folder, seed=1))
    run_command("prefetch", "resnet50")
    assert sources.locate_weights(RESNET).name == old
    run_command("prefetch", "resnet50", "--again")
    assert capsys.readouterr().out.splitlines()[-1] == f"resnet50: on disk, moved from {old[:8]} to {new[:8]}"


def test_a_disk_that_is_too_small_is_seen_before_the_download(hub_server, repository_folder, monkeypatch):
    hub_server.add(PLACE, repository_folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=SIZE))
    with pytest.raises(ModelUnavailable) as caught:
        sources.fetch_weights(ROW)
    assert caught.value.key == "errors.disk_full" and caught.value.facts["needed"] == 1
    assert "HF_HUB_CACHE" in caught.value.message_in("ko") and "prefetch n" in caught.value.message_in("ko")
    assert not hub_server.served
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=SIZE + len(CONFIG)))
    sources.fetch_weights(ROW)


def test_several_rows_are_refused_together_before_the_first_one_comes(run_command, hub_server, tmp_path, monkeypatch):
    # SD 1.5 and the ControlNet on it, 2741 and 1445 MB, of which something is here
    part = (
        tmp_path / "cache" / "models--stable-diffusion-v1-5--stable-diffusion-v1-5" / "blobs" / f"{'a' * 64}.incomplete"
    )
    part.parent.mkdir(parents=True)
    with part.open("wb") as file:
        file.truncate(700 * 10**6)
    rows = models.row("text_to_image", "sd15"), models.find_rows("controlnet-canny")[0]
    total = sum(row.download for row in rows) // 10**6
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2 * 10**9))
    said = run_command("prefetch", "controlnet-canny")
    assert said.startswith(
        f"2 models need about {total - 700} MB more in {tmp_path / 'cache'}, but only 2000 MB are free"
    )
    assert f"sd15 {rows[0].download // 10**6}" in said and not hub_server.served


def test_what_has_arrived_needs_no_room_again(hub_server, repository_folder, monkeypatch):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", cut=7500, times=1)
    hub_server.misbehave(f"/*/{WEIGHTS}", cut=0)
    with pytest.raises(ModelUnavailable):
        sources.fetch_weights(ROW)
    hub_server.behave()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=SIZE - 7500))
    sources.fetch_weights(ROW)


def test_a_disk_that_fills_up_meanwhile(hub_server, repository_folder, monkeypatch, tmp_path):
    def raise_disk_full(url, part, *_):
        part.write_bytes(bytes(7000))
        raise OSError(errno.ENOSPC, "No space left on device")

    hub_server.add(PLACE, repository_folder)
    monkeypatch.setattr(hub_files, "_receive_bytes", raise_disk_full)
    with pytest.raises(ModelUnavailable, match=r"needs 3 MB more in .* MB are free"):
        sources.fetch_weights(ROW)
    assert sources.locate_weights(ROW) is None
    assert list_leftovers(tmp_path / "cache") == (set(), set(), False), "the disk is not kept full"


@pytest.mark.parametrize("row", ["from the Hub", "from a stick"])
def test_a_file_that_the_disk_is_too_old_for(hub_server, repository_folder, monkeypatch, tmp_path, row):
    class Fat32:
        """A file that ends before the weights do."""

        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, data):
            if self.file.tell() + len(data) > SIZE // 2:
                raise OSError(errno.EFBIG, "File too large")
            return self.file.write(data)

        def __getattr__(self, name):
            return getattr(self.file, name)

    opened = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, mode="r", *more, **named: (
            Fat32(opened(path, mode)) if mode in ("ab", "wb") else opened(path, mode, *more, **named)
        ),
    )
    hub_server.add(PLACE, repository_folder)
    if row == "from a stick":
        tiny_hub.lay_out(repository_folder, Repository(tmp_path / "stick", PLACE).root, "main")
    with pytest.raises(ModelUnavailable) as caught:
        sources.fetch_weights(ROW) if row == "from the Hub" else sources.copy_weights(ROW, tmp_path / "stick")
    assert caught.value.key == "errors.file_too_large"
    for language in ("en", "ko"):
        said = caught.value.message_in(language)
        assert all(fact in said for fact in (str(tmp_path / "cache"), "File too large", "FAT32", "exFAT", "prefetch n"))
    _, parts, named = list_leftovers(tmp_path / "cache")
    assert not parts and not named, "no next try goes on from the wall"


def test_a_cache_that_cannot_be_written(hub_server, repository_folder, tmp_path):
    hub_server.add(PLACE, repository_folder)
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(ModelUnavailable, match=r"has to be written to .*cache, but that was refused.*HF_HUB_CACHE"):
        sources.fetch_weights(ROW)


def test_a_whole_row_in_a_read_only_cache_is_used(hub_server, repository_folder, tmp_path, monkeypatch):
    hub_server.add(PLACE, repository_folder)
    found = sources.fetch_weights(ROW)

    def refuse(*_, **__):
        raise PermissionError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert (
        sources.fetch_weights(ROW)
        == sources.download_weights(ROW)
        == sources.copy_weights(ROW, tmp_path / "stick")
        == found
    )
    with pytest.raises(ModelUnavailable, match="Read-only file system"):
        sources.download_weights(ROW, again=True)


def test_only_rows_whose_repository_has_nothing_else_fetch_a_pickle():
    named = {row.name for row in ROWS if any(name.endswith(PICKLES) for name in row.files)}
    assert {models_row.loader for models_row in ROWS if models_row.name in named} <= {
        "segment.sam",
        "zeroshot.clip",
        "edges.hed",
        "inpaint.lama",
    }
    assert {name for name in named if not name.startswith("sam-")} == {"clip-vit-b32", "hed", "lama"}
    for row in ROWS:
        listing = dict.fromkeys(("unet/model.bin", "weights.pt", "a/b.ckpt", "x.pth", "x.pkl", "model.safetensors"))
        patterns = tuple(name for name in row.files if "*" in name)
        assert not patterns or not hub_files.select_files(listing, patterns), "patterns never take weights"


class Attack:
    """Unpickled, it makes a folder."""

    def __init__(self, proof):
        self.proof = proof

    def __reduce__(self):
        return os.mkdir, (str(self.proof),)


@pytest.mark.parametrize("name", ["clip-vit-b32", "sam-vit-b", "hed", "lama"])
def test_a_pickle_cannot_run_anything(name, hub, tmp_path):
    row = next(row for row in ROWS if row.name == name)
    weights = next(name for name in row.files if name.endswith(PICKLES))
    proof = tmp_path / "was here"
    blob = (hub(name) / weights).resolve()
    blob.write_bytes(pickle.dumps(Attack(proof), protocol=2))
    with pytest.raises(ModelUnavailable, match=f"prefetch {name} --again"):
        models.load(row.task, name)
    assert not proof.exists()


@pytest.mark.parametrize(("name", "part"), [("sd-turbo", "unet"), ("sd-turbo", "vae"), ("controlnet-canny", "")])
def test_a_pipeline_takes_safetensors_only(name, part, hub):
    import torch
    from safetensors.torch import load_file

    snapshot, row = hub(name), next(row for row in ROWS if row.name == name)
    weights = snapshot / part / "diffusion_pytorch_model.fp16.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    with pytest.raises(OSError, match="safetensors"):
        manager.find_loader(row)(row, snapshot, "cpu")


def test_hashes_are_those_of_git_and_of_the_hub(tmp_path):
    from core.models.files.hub_cache import hash_file

    empty, file = tmp_path / "empty", tmp_path / "file"
    empty.touch()
    file.write_bytes(b"what is up, doc?")
    # published: the empty blob of every git repository, and the example of the Git book
    assert hash_file(empty, "e" * 40) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert hash_file(file, "0" * 40) == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"
    assert hash_file(file, "0" * 64) == hashlib.sha256(b"what is up, doc?").hexdigest()
