"""What a folder that is carried around, such as one of a USB stick, holds of the rows that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.checks import short_repr
from core.errors import InputError
from core.models import hints, registry
from core.models.catalog.row import Row
from core.models.files import sources


def rows_in_bundle(
    words: Sequence[str], folder: Path, *, needed: bool = True
) -> tuple[list[Row], dict[str, InputError]]:
    """The rows that are named themselves, and those that the folder holds of the tasks that are, or of "all".

    Args:
        words: names of rows and tasks.
        folder: where to look.
        needed: also for what is on this machine already; else a word is fine of which that is all.

    Returns:
        The rows, each once, and by its word a sentence for each word of which the folder has nothing.

    Raises:
        InputError: a word means nothing.
    """
    meant = {word: registry.find_rows(word) for word in words}
    fault, kept, refused = _folder_error(folder), list[Row](), dict[str, InputError]()
    for word, found in meant.items():
        held = [row for row in found if row.name == word or _holds_part_of(row, folder)] if fault is None else []
        # what comes with the app is in no such folder, and needs none
        absent = [row for row in found if row.is_from_hub and (needed or sources.locate_weights(row) is None)]
        if absent and not held:
            refused[word] = fault or _not_in_bundle_error(word, folder)
        else:
            kept += held or found
    return list({row.name: row for row in kept}.values()), refused


def missing_rows(meant: Sequence[Row], tried: Sequence[Row]) -> list[Row]:
    """Of the rows that words mean, those that nobody tried to bring, and that are not on this machine either."""
    return [row for row in meant if row not in tried and sources.locate_weights(row) is None]


def is_unreadable(row: Row, folder: Path | None = None) -> bool:
    """Whether something of the row is there, or on this machine, of which only who reads it will say what is wrong."""
    try:
        sources.has_any_file(row, folder)
    except OSError:
        return True
    return False


def _holds_part_of(row: Row, folder: Path) -> bool:
    return is_unreadable(row, folder) or sources.has_any_file(row, folder)


def _folder_error(folder: Path) -> InputError | None:
    try:
        next(folder.iterdir(), None)
    except (FileNotFoundError, NotADirectoryError):
        return InputError("errors.folder_missing", folder=folder)
    except OSError as error:
        return InputError("errors.folder_unreadable", folder=folder, got=error.strerror)
    return None


def _not_in_bundle_error(word: str, folder: Path) -> InputError:
    typed = hints.prefetch_command(word, to=folder)
    return InputError("errors.folder_without", folder=folder, got=short_repr(word), command=typed)
