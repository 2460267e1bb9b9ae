from __future__ import annotations

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from core import models
from core.errors import ModelUnavailable
from core.models.files import hub_files, sources
from core.models.files.hub_cache import Repository
from tests.stand_ins import tiny_hub
from tests.stand_ins.small_repository import CONFIG, PLACE, ROW, SIZE, WEIGHTS, list_leftovers

pytestmark = pytest.mark.usefixtures("unpin_resnet")


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
