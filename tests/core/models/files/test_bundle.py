"""Models on a stick or in a folder: prefetch --to and --from."""

from __future__ import annotations

import errno
import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub._tree_cache import TreeCacheEntry

from core import models
from core.models import registry
from core.models.files import sources
from core.models.files.hub_cache import Repository
from tests.stand_ins import tiny_hub
from tests.stand_ins.small_repository import PLACE, RESNET, ROW, SIZE, WEIGHTS

pytestmark = pytest.mark.usefixtures("unpin_resnet")


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
