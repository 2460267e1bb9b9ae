from __future__ import annotations

import json
import re

import pytest

from core.errors import ModelUnavailable
from core.models.catalog import Row
from core.models.files import sources
from tests.stand_ins.small_repository import FACTS, PLACE, ROW, SIZE, WEIGHTS, list_leftovers, write_files


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
