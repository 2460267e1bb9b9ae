"""The folder of what Gradio keeps while it runs: uploads, results, examples."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from core.errors import InputError

VARIABLE = "GRADIO_TEMP_DIR"
PREFIX = "edges-to-images"
_READ_AT_IMPORT = ("gradio.routes", "gradio.route_utils", "gradio.screen_recording_utils")


@contextlib.contextmanager
def use_private_folder() -> Iterator[Path]:
    """A folder that only this user reads, gone at the end; one that GRADIO_TEMP_DIR names is taken, and kept.

    By default all users of a machine would share one (`/tmp/gradio`), which belongs to whoever came first.

    Raises:
        InputError: nothing can be written there; the sentence has the cure.
    """
    named = os.environ.get(VARIABLE)
    if named:
        yield _check_folder(Path(named))
        return
    remove_stale_folders()
    folder = _make_folder()
    try:
        with _tell_gradio(str(folder)):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _tell_gradio(folder: str) -> Iterator[None]:
    """The variable for what is made from now on; some modules have read it when they were imported."""
    modules = [importlib.import_module(name) for name in _READ_AT_IMPORT]
    before = [module.DEFAULT_TEMP_DIR for module in modules]
    os.environ[VARIABLE] = folder
    try:
        for module in modules:
            vars(module)["DEFAULT_TEMP_DIR"] = folder
        yield
    finally:
        del os.environ[VARIABLE]
        for module, old in zip(modules, before, strict=True):
            vars(module)["DEFAULT_TEMP_DIR"] = old


def remove_stale_folders() -> None:
    """Removes the folders of this user's servers on this machine that ended without doing so."""
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).iterdir():
            start, _, rest = folder.name.partition(_name_start())
            owner = rest.partition("-")[0]
            if not start and owner.isdecimal() and not psutil.pid_exists(int(owner)) and _is_own_folder(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _name_start() -> str:
    """Of all folders of this machine: another one that shares the disk has processes of its own."""
    return f"{PREFIX}-{socket.gethostname()}-"


def _is_own_folder(folder: Path) -> bool:
    """Whether this user made it; a link, which somebody else may have put there, is none."""
    own = not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
    return own and folder.is_dir() and not folder.is_symlink()


def _make_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=f"{_name_start()}{os.getpid()}-")).resolve()
    except OSError as error:
        raise InputError("start.temporary", folder="TMPDIR", got=error.strerror, variable=VARIABLE) from error


def _check_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise InputError("start.temporary", folder=folder, got=error.strerror, variable=VARIABLE) from error
