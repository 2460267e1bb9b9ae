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
from core.models.catalog import ROWS, Row
from core.models.files import hub_files, sources
from tests import ROOT
from tests.stand_ins import stand_in_hub, tiny_hub
from tests.stand_ins.small_repository import CONFIG, FACTS, PLACE, ROW, SIZE, WEIGHTS, list_leftovers, write_files

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


def test_the_stand_in_serves_the_hubs_own_client(hub_server, repository_folder, tmp_path):
    commit = hub_server.add(PLACE, repository_folder)
    for revision in ("main", commit):
        found = Path(snapshot_download(PLACE, revision=revision, cache_dir=tmp_path / revision))
        assert found.name == commit
        for file in repository_folder.iterdir():
            assert (found / file.name).read_bytes() == file.read_bytes()
        assert (found / WEIGHTS).resolve().name == hashlib.sha256(
            (repository_folder / WEIGHTS).read_bytes()
        ).hexdigest()


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


@pytest.mark.parametrize("where", ["/api/*", "/owner/*", "/blobs/*"])
@pytest.mark.parametrize(
    ("status", "headers", "key", "cure"),
    [
        (401, {}, "model_login", r"HTTP 401.*/owner/name.*hf auth login"),
        (401, {"X-Error-Code": "GatedRepo"}, "model_gated", "HTTP 401.*/owner/name.*hf auth login.*HF_TOKEN"),
        (403, {"X-Error-Code": "GatedRepo"}, "model_gated", "HTTP 403.*/owner/name.*hf auth login.*HF_TOKEN"),
        (403, {}, "model_login", "HTTP 403"),
        (404, {"X-Error-Code": "RepoNotFound"}, "model_gone", "/owner/name.*HTTP 404"),
        (404, {"X-Error-Code": "RevisionNotFound"}, "model_gone", "HTTP 404"),
        (404, {}, "model_gone", "HTTP 404"),
        (429, {"Retry-After": "77"}, "model_busy", "HTTP 429.*77"),
        (429, {}, "model_busy", "HTTP 429.*300"),
        (400, {}, "model_absent", "HTTP 400.*(with internet|인터넷이 될 때)"),
        (407, {}, "model_absent", "HTTP 407.*(with internet|인터넷이 될 때)"),
        (451, {}, "model_absent", "HTTP 451.*(with internet|인터넷이 될 때)"),
        (408, {}, "model_interrupted", "HTTP 408.*(wait some minutes|몇 분 기다린 뒤)"),
        (500, {}, "model_interrupted", "HTTP 500.*(wait some minutes|몇 분 기다린 뒤)"),
        (503, {}, "model_interrupted", "HTTP 503.*(wait some minutes|몇 분 기다린 뒤)"),
    ],
)
def test_each_refusal_has_its_sentence(hub_server, repository_folder, tmp_path, where, status, headers, key, cure):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(where, status=status, headers=headers)
    with pytest.raises(ModelUnavailable) as caught:
        sources.fetch_weights(ROW)
    assert caught.value.key == f"errors.{key}"
    for language in ("en", "ko"):
        said = caught.value.message_in(language)
        assert re.search(cure, said) and "python -m core.models prefetch n" in said and "3 MB" in said
    _, parts, named = list_leftovers(tmp_path / "cache")
    assert sources.locate_weights(ROW) is None and not parts and not named


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


def test_a_place_that_does_not_exist(hub_server):
    with pytest.raises(ModelUnavailable, match=r"HTTP 401.*see on .*/owner/name"):
        sources.fetch_weights(ROW)


def test_a_log_in_page_is_not_taken_for_the_hub(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    for body in ("<html>Welcome to the hotel</html>", "[]", '{"id": "owner/name", "sha": "../../x", "siblings": []}'):
        hub_server.misbehave("/api/*", status=200, body=body, times=1)
        with pytest.raises(ModelUnavailable, match="log in to this network"):
            sources.fetch_weights(ROW)


@pytest.mark.parametrize("changed", [{"rfilename": "../../../evil.json"}, {"blobId": "../../evil"}])
def test_a_listing_cannot_write_outside_its_folder(hub_server, repository_folder, changed):
    hub_server.add(PLACE, repository_folder)
    file = {"rfilename": "good.json", "size": 1, "blobId": "0" * 40} | changed
    hub_server.misbehave("/api/*", status=200, body=json.dumps({"id": PLACE, "sha": "1" * 40, "siblings": [file]}))
    with pytest.raises(ModelUnavailable, match="log in to this network"):
        sources.fetch_weights(ROW)
    assert hub_server.count_requests("/owner/*") == 0


@pytest.mark.parametrize("where", ["/api/*", "/owner/*", "/blobs/*"])
def test_a_hub_that_does_not_answer_in_time(hub_server, repository_folder, monkeypatch, where):
    monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 0.2)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.2)
    monkeypatch.setattr(hub_files, "MAX_CUTS", 1)
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(where, wait=1)
    with pytest.raises(ModelUnavailable, match=r"\(ReadTimeout\).*wait some minutes.*prefetch n$") as caught:
        sources.fetch_weights(ROW)
    assert re.search(r"\(ReadTimeout\).*기다린 뒤.*prefetch n$", caught.value.message_in("ko"))


def test_a_hub_that_is_slow_but_answers_is_waited_for(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave("*", wait=0.2)
    sources.fetch_weights(ROW)


def test_a_hub_that_is_gone(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    hub_server.close()
    with pytest.raises(ModelUnavailable, match=r"could not be fetched \(ConnectError\).*with internet"):
        sources.fetch_weights(ROW)


@pytest.mark.parametrize("fault", ["ConnectTimeout", "PoolTimeout"])
def test_a_firewall_that_drops_everything_is_not_a_line_that_was_cut(hub_server, repository_folder, monkeypatch, fault):
    def refuse(*_, **__):
        raise getattr(hub_files.client, fault)("timed out")

    monkeypatch.setattr(hub_files, "HfApi", refuse)
    with pytest.raises(ModelUnavailable, match=rf"could not be fetched \({fault}\).*with internet") as caught:
        sources.fetch_weights(ROW)
    assert caught.value.key == "errors.model_absent"


def test_a_proxy_for_which_a_package_is_missing(hub_server, repository_folder, monkeypatch):
    def refuse(*_, **__):
        raise ImportError("Using SOCKS proxy, but the 'socksio' package is not installed.")

    monkeypatch.setattr(hub_files, "HfApi", refuse)
    with pytest.raises(ModelUnavailable, match=r"could not be fetched .*SOCKS proxy.*socksio"):
        sources.fetch_weights(ROW)


@pytest.mark.parametrize("broken", [b"", bytes(40), b"\xff\xfe", b"../../elsewhere"])
def test_what_a_power_cut_left_instead_of_a_commit_counts_as_nothing(hub_server, repository_folder, tmp_path, broken):
    hub_server.add(PLACE, repository_folder)
    found = sources.fetch_weights(ROW)
    (tmp_path / "cache" / "models--owner--name" / "refs" / "main").write_bytes(broken)
    assert sources.locate_weights(ROW) is None
    with pytest.raises(ModelUnavailable):
        sources.verify_weights(ROW)
    assert sources.fetch_weights(ROW) == found and sources.verify_weights(ROW) == ()
    assert hub_server.served[WEIGHTS] == SIZE, "the files are there"


def test_a_repository_without_a_file_that_the_row_names(hub_server, repository_folder):
    (repository_folder / WEIGHTS).unlink()
    hub_server.add(PLACE, repository_folder)
    with pytest.raises(ModelUnavailable, match=r"files are missing in the repository \(model.safetensors\)"):
        sources.fetch_weights(ROW)
    assert hub_server.count_requests("/owner/*") == 0


@pytest.mark.parametrize("again", [False, True])
def test_offline_no_socket_is_opened(hub_server, repository_folder, no_sockets, again):
    hub_server.add(PLACE, repository_folder)
    models.stay_offline()
    with pytest.raises(ModelUnavailable, match="HF_HUB_OFFLINE=1"):
        sources.download_weights(ROW, again=again)
    assert hub_server.requests == []


# runs the command line, and says on its last line which sockets were asked for; none is let through
WATCHED = """
import runpy, sys
asked = []
def watch(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.sendto")):
        asked.append(event)
        raise ConnectionRefusedError(event)
sys.addaudithook(watch)
sys.argv = ["models", "prefetch", "resnet50"]
try:
    runpy.run_module("core.models", run_name="__main__")
except SystemExit as stopped:
    print(stopped.code)
print(*asked)
"""


@pytest.mark.parametrize("offline", ["1", "0"])
def test_a_process_told_to_stay_offline_opens_no_socket(hub_server, tmp_path, offline):
    row = models.row("classify", "resnet50")
    hub_server.add(row.source.removeprefix("hub:"), write_files(tmp_path / "files"), row.revision)
    environment = {**stand_in_hub.hub_environment(hub_server, tmp_path / "cache"), "HF_HUB_OFFLINE": offline}
    words = [sys.executable, "-c", WATCHED]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    said, asked = done.stdout.removesuffix("\n").split("\n")
    assert said.startswith("resnet50 (102 MB)") and hub_server.requests == []
    assert ("HF_HUB_OFFLINE=1" in said, "socket." in asked) == ((True, False) if offline == "1" else (False, True))


def test_offline_the_cure_is_a_terminal_of_any_system_without_the_variable(hub_server, repository_folder):
    models.stay_offline()
    with pytest.raises(ModelUnavailable, match=r"\(HF_HUB_OFFLINE=1\).*a new terminal, where.*prefetch n$") as caught:
        sources.fetch_weights(ROW)
    assert re.search(r"\(HF_HUB_OFFLINE=1\).*HF_HUB_OFFLINE이 .*새 터미널.*prefetch n$", caught.value.message_in("ko"))
    assert not any(re.search(r"\bunset\b", caught.value.message_in(language)) for language in ("en", "ko")), (
        "of Unix only"
    )


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


def test_a_branch_that_moved_is_not_followed_until_asked(hub_server, repository_folder, tmp_path):
    first = hub_server.add(PLACE, repository_folder)
    old = sources.fetch_weights(ROW)
    second = hub_server.add(PLACE, write_files(repository_folder, seed=1))
    assert first != second
    hub_server.behave()
    assert sources.fetch_weights(ROW) == sources.download_weights(ROW) == old
    assert hub_server.requests == []
    new = sources.download_weights(ROW, again=True)
    assert new.name == second and sources.locate_weights(ROW) == new
    assert hub_server.served == {WEIGHTS: SIZE}, "what both have is not fetched twice"


def test_rows_of_one_repository_stay_with_one_commit(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    old = sources.fetch_weights(ROW)
    (repository_folder / "more.txt").write_text("old")
    sources_before = len(hub_server.requests)
    hub_server.add(PLACE, write_files(repository_folder, seed=1))
    other = Row(**FACTS | {"name": "other"}, source=f"hub:{PLACE}", revision="main", files=(WEIGHTS, "README.md"))
    assert sources.fetch_weights(other) == old
    assert (old / WEIGHTS).read_bytes() != (repository_folder / WEIGHTS).read_bytes()
    assert (
        hub_server.count_requests(f"/api/models/{PLACE}/revision/{old.name}") == 1
        and len(hub_server.requests) > sources_before
    )


def test_a_pinned_commit_is_what_is_fetched(hub_server, repository_folder):
    commit = hub_server.add(PLACE, repository_folder)
    hub_server.add(PLACE, write_files(repository_folder, seed=1))
    pinned = Row(**FACTS, source=f"hub:{PLACE}", revision=commit, files=(WEIGHTS, "*.json"))
    assert sources.fetch_weights(pinned).name == commit
    assert sources.locate_weights(pinned) and sources.locate_weights(ROW) is None
    assert sources.verify_weights(pinned) == ()


@pytest.mark.parametrize("again", [False, True])
def test_another_commit_is_not_taken_for_the_pinned_one(hub_server, repository_folder, tmp_path, again):
    commit = hub_server.add(PLACE, repository_folder)
    pinned = Row(**FACTS, source=f"hub:{PLACE}", revision=commit, files=(WEIGHTS, "*.json"), download=3_000_000)
    other = hub_server.add(PLACE, write_files(repository_folder, seed=1))
    files = [file.sibling() for file in hub_server.files(PLACE, other).values()]
    hub_server.misbehave("/api/*", status=200, body=json.dumps({"id": PLACE, "sha": other, "siblings": files}))
    with pytest.raises(ModelUnavailable) as caught:
        sources.download_weights(pinned, again=again)
    assert caught.value.key == "errors.model_elsewhere"
    for language in ("en", "ko"):
        said = caught.value.message_in(language)
        assert re.search(f"{commit[:12]}.*{hub_server.url}.*{other[:12]}.*HF_ENDPOINT.*prefetch n$", said)
    assert "(변수를 해제하면 공식 허브에 연결됩니다)" in said
    assert not hub_server.served and list_leftovers(tmp_path / "cache") == (set(), set(), False)
    hub_server.behave()
    assert sources.fetch_weights(pinned).name == commit


def test_of_a_branch_too_what_is_here_and_what_comes_are_of_one_commit(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    old = sources.fetch_weights(ROW)
    (old / WEIGHTS).unlink()
    other = hub_server.add(PLACE, write_files(repository_folder, seed=1))
    files = [file.sibling() for file in hub_server.files(PLACE, other).values()]
    hub_server.misbehave("/api/*", status=200, body=json.dumps({"id": PLACE, "sha": other, "siblings": files}))
    with pytest.raises(ModelUnavailable, match=f"should be commit {old.name[:12]}"):
        sources.fetch_weights(ROW)


def test_again_replaces_only_what_is_damaged(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    found = sources.fetch_weights(ROW)
    blob = (found / WEIGHTS).resolve()
    blob.write_bytes(bytes(SIZE))
    hub_server.behave()
    assert sources.fetch_weights(ROW) == found and hub_server.requests == []
    assert sources.verify_weights(ROW) == (WEIGHTS,)
    sources.download_weights(ROW, again=True)
    assert hub_server.served == {WEIGHTS: SIZE}
    assert (found / WEIGHTS).read_bytes() == (repository_folder / WEIGHTS).read_bytes()
    assert sources.verify_weights(ROW) == ()


def test_damage_does_not_move_on_to_the_next_commit(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    (sources.fetch_weights(ROW) / WEIGHTS).resolve().write_bytes(bytes(SIZE))
    (repository_folder / "config.json").write_text("{}")
    hub_server.add(PLACE, repository_folder)
    sources.download_weights(ROW, again=True)
    assert sources.verify_weights(ROW) == ()
