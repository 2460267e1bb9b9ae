from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from core.errors import InputError
from demos.page import temporary


@pytest.fixture
def shared_folder(tmp_path, monkeypatch):
    """The machine's temporary folder, in which somebody else has run Gradio before."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv(temporary.VARIABLE)
    (tmp_path / "gradio").mkdir(mode=0o000)
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "gradio")


def test_it_is_this_users_alone_and_gone_at_the_end(shared_folder):
    with temporary.use_private_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and folder.parent == shared_folder
        assert os.environ[temporary.VARIABLE] == str(folder)
        from gradio import routes, utils

        assert utils.get_upload_folder() == routes.DEFAULT_TEMP_DIR == str(folder)
        (folder / "upload").mkdir()
    assert names(shared_folder) == [] and temporary.VARIABLE not in os.environ


def test_it_is_gone_after_an_error_too(shared_folder):
    with pytest.raises(SystemExit), temporary.use_private_folder():
        raise SystemExit
    assert names(shared_folder) == []


def test_the_one_that_the_user_names_is_taken_and_kept(shared_folder, monkeypatch, tmp_path):
    monkeypatch.setenv(temporary.VARIABLE, str(tmp_path / "mine" / "deep"))
    with temporary.use_private_folder() as folder:
        (folder / "upload").touch()
    assert (tmp_path / "mine" / "deep" / "upload").exists()
    assert os.environ[temporary.VARIABLE] == str(tmp_path / "mine" / "deep")


def test_one_that_cannot_be_written_gets_a_sentence(shared_folder, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv(temporary.VARIABLE, str(tmp_path / "file" / "folder"))
    with pytest.raises(InputError, match=r"Nothing can be written .*file/folder .*GRADIO_TEMP_DIR"):
        temporary.use_private_folder().__enter__()


def test_a_machine_without_any_gets_a_sentence(shared_folder, monkeypatch):
    def refuse(**_):
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(InputError, match="No usable temporary directory"):
        temporary.use_private_folder().__enter__()


def test_folders_of_servers_that_crashed_are_removed_and_no_others(shared_folder, monkeypatch):
    monkeypatch.setattr(temporary.psutil, "pid_exists", lambda number: number == 4)
    start = temporary._name_start()
    kept = [f"{start}4-runs", "edges-to-images-otherhost-5-x", f"{start}five-x", f"x{start}5-x", "edges-to-images-5"]
    for name in [*kept, f"{start}5-crashed"]:
        (shared_folder / name).mkdir()
    target = shared_folder / "target"
    target.mkdir()
    (target / "theirs").touch()
    Path(shared_folder / f"{start}5-link").symlink_to(target)
    temporary.remove_stale_folders()
    assert names(shared_folder) == sorted([*kept, f"{start}5-link", "target"]) and (target / "theirs").exists()
