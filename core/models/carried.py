"""What a folder that is carried around, such as one of a USB stick, holds of the rows that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core import models
from core.checks import brief
from core.errors import InputError
from core.models import sources
from core.models.row import Row


def rows(words: Sequence[str], folder: Path) -> list[Row]:
    """The rows that are named themselves, and those that the folder holds of the tasks that are, or of "all".

    Raises:
        InputError: there is no such folder, or nothing in it of a word, or the word means nothing.
    """
    meant = {word: models.named(word) for word in words}
    if not folder.is_dir():
        raise InputError("errors.folder_missing", folder=folder)
    return list({row.name: row for word, found in meant.items() for row in _meant(word, found, folder)}.values())


def lacking(meant: Sequence[Row], tried: Sequence[Row]) -> list[Row]:
    """Of the rows that words mean, those that nobody tried to bring, and that are not on this machine either."""
    return [row for row in meant if row not in tried and sources.locate(row) is None]


def _meant(word: str, found: tuple[Row, ...], folder: Path) -> list[Row]:
    from_hub = [row for row in found if row.source.startswith("hub:")]
    held = [row for row in found if row.name == word or sources.begun(row, folder)]
    # what comes with the app is in no such folder, and needs none
    if from_hub and not held:
        raise InputError("errors.folder_without", folder=folder, got=brief(word), command=sources.command(word))
    return held or list(found)
