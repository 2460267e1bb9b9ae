from __future__ import annotations

import hashlib
from pathlib import Path

from huggingface_hub import snapshot_download

from tests.stand_ins.small_repository import PLACE, WEIGHTS


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
