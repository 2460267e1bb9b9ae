"""Downloads from a Hub that misbehaves in every way that we know of."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from huggingface_hub import constants, snapshot_download

from core import models
from core.errors import Cancelled, ModelUnavailable
from core.models.catalog import ROWS
from core.models.files import sources
from tests import ROOT
from tests.stand_ins import stand_in_hub, tiny_hub
from tests.stand_ins.small_repository import CONFIG, PLACE, ROW, SIZE, WEIGHTS, list_leftovers, write_files

MEGABYTE = 2**20
# one row of every kind of repository
EACH_LAYOUT = (
    "sd-turbo",
    "sdxl-turbo",
    "flux2-klein",
    "sd-inpainting",
    "controlnet-canny",
    "clip-vit-b32",
    "siglip2-base",
    "sam-vit-b",
    "sam2-tiny",
    "grounding-dino",
    "resnet50",
    "hed",
)


def test_only_what_the_row_wants_is_fetched_in_the_layout_of_the_client(hub_server, repository_folder):
    commit = hub_server.add(PLACE, repository_folder)
    assert sources.locate_weights(ROW) is None
    found = sources.fetch_weights(ROW)
    assert dict(hub_server.served) == {WEIGHTS: SIZE, "config.json": len(CONFIG)}
    assert (found / WEIGHTS).read_bytes() == (repository_folder / WEIGHTS).read_bytes()
    assert sorted(path.name for path in found.iterdir()) == ["config.json", WEIGHTS]
    asked = len(hub_server.requests)
    assert sources.locate_weights(ROW) == sources.fetch_weights(ROW) == found
    assert len(hub_server.requests) == asked
    theirs = snapshot_download(PLACE, revision=commit, allow_patterns=[WEIGHTS, "*.json"])
    assert Path(theirs) == found and hub_server.served[WEIGHTS] == SIZE, "the client finds our files"


def test_the_token_stays_with_the_hub(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    sources.fetch_weights(ROW)
    tokens = {request.path.split("/")[1]: request.authorization for request in hub_server.requests}
    assert tokens == {"api": "Bearer hf_stand_in", "owner": "Bearer hf_stand_in", "blobs": ""}


@pytest.mark.parametrize("name", EACH_LAYOUT)
def test_at_its_first_use_a_row_is_downloaded_and_loads(name, hub, hub_server):
    row = next(row for row in ROWS if row.name == name)
    place = row.source.removeprefix("hub:")
    files = Path(tiny_hub._build_repository(row.loader, place).name)
    (files / "README.md").write_text("a card")
    hub_server.add(place, files, row.revision)
    assert sources.locate_weights(row) is None
    models.load(row.task, name)
    assert "README.md" not in hub_server.served
    for file, sent in hub_server.served.items():
        assert sent == (files / file).stat().st_size, "once"
    asked = len(hub_server.requests)
    models.release()
    models.load(row.task, name)
    assert len(hub_server.requests) == asked
    assert sources.verify_weights(row) == ()


def test_progress_counts_the_bytes_of_all_files(hub_server, repository_folder):
    (repository_folder / WEIGHTS).write_bytes(bytes(MEGABYTE))
    hub_server.add(PLACE, repository_folder)
    told = []
    sources.download_weights(ROW, on_step=told.append)
    done = [step.done for step in told]
    assert done == sorted(done) and len(done) >= 16
    assert {step.total for step in told} == {MEGABYTE + len(CONFIG)} == {done[-1]}
    assert {step.file for step in told} == {WEIGHTS, "config.json"}


def test_a_line_that_is_cut_goes_on_where_it_was(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", cut=7500, times=2)
    assert (sources.fetch_weights(ROW) / WEIGHTS).read_bytes() == (repository_folder / WEIGHTS).read_bytes()
    ranges = [request.range for request in hub_server.requests if request.path.startswith("/blobs")]
    assert ranges == ["", "bytes=7500-", "bytes=15000-"]
    assert hub_server.served[WEIGHTS] == SIZE, "nothing comes twice"


def test_a_line_that_is_cut_all_the_time_gets_there_in_the_end(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", cut=500)
    assert (sources.fetch_weights(ROW) / WEIGHTS).read_bytes() == (repository_folder / WEIGHTS).read_bytes()
    assert hub_server.count_requests("/blobs/*") == SIZE // 500 and hub_server.served[WEIGHTS] == SIZE


def test_a_line_that_goes_quiet_within_a_file_goes_on(hub_server, repository_folder, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 2)
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", cut=7500, stall=60, times=1)
    assert (sources.fetch_weights(ROW) / WEIGHTS).read_bytes() == (repository_folder / WEIGHTS).read_bytes()
    assert hub_server.served[WEIGHTS] == SIZE


def test_of_a_file_longer_than_promised_little_more_is_taken(hub_server, repository_folder, monkeypatch):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", longer=50 * MEGABYTE)
    taken = []
    with pytest.raises(ModelUnavailable) as caught:
        sources.download_weights(ROW, on_step=taken.append)
    assert caught.value.key == "errors.model_tampered"
    assert max(step.done for step in taken) < MEGABYTE


def test_a_download_that_was_given_up_goes_on_next_time(hub_server, repository_folder, tmp_path):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", cut=7500, times=1)
    hub_server.misbehave(f"/*/{WEIGHTS}", cut=0)
    with pytest.raises(
        ModelUnavailable, match=r"the line to it .* cut \(\w+\); what has arrived is kept.*wait"
    ) as caught:
        sources.fetch_weights(ROW)
    assert caught.value.key == "errors.model_interrupted" and "with internet" not in str(caught.value)
    sha = hashlib.sha256((repository_folder / WEIGHTS).read_bytes()).hexdigest()
    assert list_leftovers(tmp_path / "cache") == ({git_blob_sha1(CONFIG)}, {f"{sha}.incomplete"}, False)
    assert sources.locate_weights(ROW) is None
    hub_server.behave()
    sources.fetch_weights(ROW)
    assert hub_server.served == {WEIGHTS: SIZE - 7500}


def git_blob_sha1(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def test_a_download_can_be_stopped_and_goes_on_next_time(hub_server, repository_folder):
    (repository_folder / WEIGHTS).write_bytes(bytes(MEGABYTE))
    hub_server.add(PLACE, repository_folder)

    def stop(now):
        if now.file == WEIGHTS and now.done > MEGABYTE // 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        sources.download_weights(ROW, on_step=stop)
    assert sources.locate_weights(ROW) is None
    hub_server.behave()
    told = []
    sources.download_weights(ROW, on_step=told.append)
    assert MEGABYTE // 4 <= hub_server.served[WEIGHTS] <= MEGABYTE // 2
    assert told[0].done > MEGABYTE // 2


def test_whoever_cannot_send_a_part_sends_everything(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", cut=7500, times=1)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", whole=True)
    assert (sources.fetch_weights(ROW) / WEIGHTS).read_bytes() == (repository_folder / WEIGHTS).read_bytes()


@pytest.mark.parametrize("how", [{"tamper": True}, {"truncate": 12_000}], ids=["tampered", "truncated"])
@pytest.mark.parametrize("file", [WEIGHTS, "config.json"])
def test_a_file_with_other_bytes_is_refused(hub_server, repository_folder, tmp_path, file, how):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(f"*/{file}", **(how if file == WEIGHTS or "tamper" in how else {"truncate": 5}))
    with pytest.raises(ModelUnavailable) as caught:
        sources.fetch_weights(ROW)
    assert caught.value.key == "errors.model_tampered"
    for language in ("en", "ko"):
        assert re.search(
            rf"{re.escape(file)}.*[0-9a-f]{{12}}.*[0-9a-f]{{12}}.*prefetch n", caught.value.message_in(language)
        )
    whole, parts, named = list_leftovers(tmp_path / "cache")
    assert not parts and not named and len(whole) <= 1
    assert sources.locate_weights(ROW) is None
    hub_server.behave()
    sources.fetch_weights(ROW)
    assert sources.verify_weights(ROW) == ()


def test_a_part_that_is_longer_than_the_file_there_is_not_kept(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", cut=7500, times=1)
    hub_server.misbehave(f"/blobs/*/{WEIGHTS}", truncate=6000)
    with pytest.raises(ModelUnavailable, match="HTTP 416") as caught:
        sources.fetch_weights(ROW)
    assert caught.value.key == "errors.model_absent", "nothing that had arrived is kept"
    hub_server.behave()
    sources.fetch_weights(ROW)
    assert hub_server.served[WEIGHTS] == SIZE


@pytest.mark.parametrize("changed", [{"rfilename": "../../../evil.json"}, {"blobId": "../../evil"}])
def test_a_listing_cannot_write_outside_its_folder(hub_server, repository_folder, changed):
    hub_server.add(PLACE, repository_folder)
    file = {"rfilename": "good.json", "size": 1, "blobId": "0" * 40} | changed
    hub_server.misbehave("/api/*", status=200, body=json.dumps({"id": PLACE, "sha": "1" * 40, "siblings": [file]}))
    with pytest.raises(ModelUnavailable, match="log in to this network"):
        sources.fetch_weights(ROW)
    assert hub_server.count_requests("/owner/*") == 0


def test_a_hub_that_is_slow_but_answers_is_waited_for(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave("*", wait=0.2)
    sources.fetch_weights(ROW)


def test_a_repository_without_a_file_that_the_row_names(hub_server, repository_folder):
    (repository_folder / WEIGHTS).unlink()
    hub_server.add(PLACE, repository_folder)
    with pytest.raises(ModelUnavailable, match=r"files are missing in the repository \(model.safetensors\)"):
        sources.fetch_weights(ROW)
    assert hub_server.count_requests("/owner/*") == 0


def test_two_visitors_cause_one_download(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave("/api/*", wait=0.2)
    together, found = threading.Barrier(3), []

    def visit():
        together.wait()
        found.append(sources.fetch_weights(ROW))

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(found) == 3 and len(set(found)) == 1
    assert hub_server.served == {WEIGHTS: SIZE, "config.json": len(CONFIG)}
    assert hub_server.count_requests("/api/*") == 1


def test_two_processes_cause_one_download(hub_server, tmp_path):
    row = models.row("classify", "resnet50")
    hub_server.add(row.source.removeprefix("hub:"), write_files(tmp_path / "files", seed=0), row.revision)
    # long enough for the other to have started, on a busy machine too
    hub_server.misbehave("/api/*", wait=2)
    command = [sys.executable, "-m", "core.models", "prefetch", "resnet50"]
    facts = {
        "cwd": ROOT,
        "env": stand_in_hub.hub_environment(hub_server, tmp_path / "cache"),
        "stdout": subprocess.PIPE,
    }
    both = [subprocess.Popen(command, **facts) for _ in range(2)]
    assert [process.communicate(timeout=180)[0] for process in both] == [b"resnet50: on disk\n"] * 2
    assert hub_server.count_requests("/api/*") == 1, "the other waits, and finds it"
    assert hub_server.served == {WEIGHTS: SIZE, "config.json": len(CONFIG)}
