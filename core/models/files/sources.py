"""Where a row's weights are on this machine, and how they get there."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ModelUnavailable
from core.models.catalog import Row
from core.models.files import offline, weights_errors
from core.models.hints import prefetch_command
from core.texts import ASSETS

if TYPE_CHECKING:
    from core.models.files.hub_cache import Repository
    from core.models.files.hub_files import CommitSource, DownloadProgress

    OnStep = Callable[[DownloadProgress], None]

DEFAULT_BRANCH = "main"


def locate_weights(row: Row, cache: Path | None = None) -> Path | None:
    """The file or folder of the row's weights if it is on this machine, else None; opens no socket.

    Args:
        row: one of the catalogue.
        cache: where to look for what comes from the Hub, if not in this machine's own cache.
    """
    if row.is_from_hub:
        try:
            return _locate_in_hub_cache(row, row.source_place, cache)
        # a folder that cannot be read: whoever wants what is in it is told
        except OSError:
            return None
    locate = {"builtin": _locate_builtin, "package": _locate_package, "asset": _locate_asset}[row.source_kind]
    return locate(row.source_place)


def fetch_weights(row: Row, *, on_step: OnStep | None = None) -> Path:
    """The file or folder of the row's weights, downloaded first if it must be and may be.

    Raises:
        ModelUnavailable: it is not here and could not be fetched; HF_HUB_OFFLINE=1 forbids to try.
    """
    return locate_weights(row) or download_weights(row, on_step=on_step)


def download_weights(
    row: Row, *, again: bool = False, on_step: OnStep | None = None, cache: Path | None = None
) -> Path:
    """Makes sure that the row's weights are here and whole; what comes with a package must be installed instead.

    What is here is used as it is, even if its branch has moved on the Hub meanwhile.

    Args:
        row: one of the catalogue.
        again: look at every file, replace the damaged ones, and take what the branch is now.
        on_step: is told how far it is; what it raises stops the work, and what has arrived is kept.
        cache: a folder for it, such as one of a USB stick, if not this machine's own cache.

    Raises:
        ModelUnavailable: it could not be fetched.
    """
    found = None if again and row.is_from_hub else locate_weights(row, cache)
    if found is not None:
        return found
    if row.is_from_hub:
        typed = prefetch_command(row, to=cache)
        offline.require_online(row, typed)
        return _obtain_weights(
            row, cache, again, on_step, typed, lambda repository: _hub_source(row, repository, again)
        )
    raise weights_errors.missing_weights_error(row)


def check_disk_space(rows: Sequence[Row], cache: Path | None = None) -> None:
    """Says before the first download that not all will fit; a single one is compared with its listing when it comes.

    Raises:
        ModelUnavailable: by the sizes of the catalogue those that are not here together need more than is free.
    """
    from core.models.files.hub_cache import nearest_folder

    absent = [row for row in rows if row.is_from_hub and locate_weights(row, cache) is None]
    if len(absent) < 2:
        return
    places = [_open_repository(row.source_place, cache) for row in absent]
    folder = places[0].cache
    try:
        needed = sum(max(0, row.download - place.downloaded_bytes()) for row, place in zip(absent, places, strict=True))
        free = shutil.disk_usage(nearest_folder(folder)).free
    # whoever writes there says which row it keeps away
    except OSError:
        return
    if needed > free:
        facts = {"count": len(absent), "needed": needed // 10**6, "folder": folder, "free": free // 10**6}
        sizes = ", ".join(f"{row.name} {row.download // 10**6}" for row in absent)
        raise ModelUnavailable("errors.disk_full_together", **facts, names=sizes)


def copy_weights(row: Row, folder: Path, *, again: bool = False, on_step: OnStep | None = None) -> Path:
    """Takes the row's weights from a folder that `download_weights(cache=folder)` filled elsewhere; needs no network.

    Args:
        row: one of the catalogue.
        folder: such as one of a USB stick; it is not asked for what is here already.
        again: also look at what this machine has, and replace the damaged files.
        on_step: is told how far it is; what it raises stops the work.

    Raises:
        ModelUnavailable: it is not whole there, or could not be written here.
    """
    found = None if again and row.is_from_hub else locate_weights(row)
    if found is not None:
        return found
    if not row.is_from_hub:
        raise weights_errors.missing_weights_error(row)
    typed = prefetch_command(row, source=folder)
    return _obtain_weights(row, None, again, on_step, typed, lambda repository: _folder_source(row, repository, folder))


def verify_weights(row: Row, cache: Path | None = None) -> tuple[str, ...]:
    """Names of the row's files that are missing or have other bytes than promised; opens no socket.

    Raises:
        ModelUnavailable: nothing of it is here, or it cannot be read.
        PlaygroundError: it is in a package that was installed without a record of its hashes.
    """
    try:
        return _find_wrong_files(row, cache)
    except OSError as error:
        raise weights_errors.unreadable_weights_error(row, error, cache) from error


def _find_wrong_files(row: Row, cache: Path | None) -> tuple[str, ...]:
    from core.models.files import checksums, hub_files

    if not row.is_from_hub:
        return checksums.find_damaged_files(row)
    repository = _open_repository(row.source_place, cache)
    commit = repository.resolve_revision(row.revision or DEFAULT_BRANCH)
    if commit is None or not repository.snapshot_folder(commit).is_dir():
        raise weights_errors.not_in_folder_error(row, repository.cache, prefetch_command(row, to=cache))
    try:
        return repository.damaged_files(commit, hub_files.select_files(repository.read_listing(commit), row.files))
    except hub_files.MissingFile as lacking:
        return tuple(str(lacking).split(", "))


def has_any_file(row: Row, cache: Path | None = None) -> bool:
    """Whether the row comes from the Hub, and a file that it names is here; opens no socket."""
    if not row.is_from_hub:
        return False
    repository = _open_repository(row.source_place, cache)
    commit = repository.resolve_revision(row.revision or DEFAULT_BRANCH)
    return commit is not None and any((repository.snapshot_folder(commit) / name).is_file() for name in row.files)


def _locate_builtin(place: str) -> Path | None:
    return Path()


def _locate_package(place: str) -> Path | None:
    module, _, inside = place.partition("/")
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return None
    return _existing_path(Path(spec.submodule_search_locations[0]) / inside)


def _locate_asset(place: str) -> Path | None:
    return _existing_path(ASSETS / place)


def _existing_path(path: Path) -> Path | None:
    return path if path.exists() else None


def _locate_in_hub_cache(row: Row, place: str, cache: Path | None) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    revision, files = row.revision or None, list(row.files)
    try:
        found = snapshot_download(
            place, revision=revision, allow_patterns=files, local_files_only=True, cache_dir=cache
        )
    # the other one: whatever stands for the commit is not one
    except (LocalEntryNotFoundError, ValueError):
        return None
    # the client itself notices a half-finished download only where it has kept a listing of the repository
    complete = all((Path(found) / name).is_file() for name in files if "*" not in name)
    return Path(found) if complete else None


def _open_repository(place: str, cache: Path | None) -> Repository:
    from huggingface_hub import constants

    from core.models.files.hub_cache import Repository

    return Repository(cache or Path(constants.HF_HUB_CACHE), place)


def _obtain_weights(
    row: Row,
    cache: Path | None,
    again: bool,
    on_step: OnStep | None,
    typed: str,
    offered: Callable[[Repository], CommitSource],
) -> Path:
    """One visitor brings the row, those who wait find it there; every fault becomes a sentence."""
    from core.models.files import errors

    place = row.source_place
    repository = _open_repository(place, cache)
    try:
        with repository.lock():
            # whoever was here first may have brought it
            found = None if again else _locate_in_hub_cache(row, place, cache)
            return found or _store_weights(row, repository, offered(repository), again, on_step)
    except errors.DOWNLOAD_ERRORS as fault:
        raise errors.download_error(row, fault, repository.cache, typed) from fault


def _store_weights(row: Row, repository: Repository, offer: CommitSource, again: bool, on_step: OnStep | None) -> Path:
    from core.models.files import hub_files

    files = hub_files.select_files(offer.listing, row.files)
    repository.write_listing(offer.commit, offer.listing)
    if again:
        repository.remove_files(offer.commit, repository.damaged_files(offer.commit, files))
    hub_files.fetch_files(repository, offer, files, on_step)
    repository.set_revision(row.revision or DEFAULT_BRANCH, offer.commit)
    return repository.snapshot_folder(offer.commit)


def _hub_source(row: Row, repository: Repository, again: bool) -> CommitSource:
    from core.models.files import hub_files

    # what is here of the repository, perhaps for another row, and what comes must be of one commit
    known = None if again else repository.resolve_revision(row.revision or DEFAULT_BRANCH)
    return hub_files.source_from_hub(repository.repo_id, known or row.revision or DEFAULT_BRANCH)


def _folder_source(row: Row, repository: Repository, folder: Path) -> CommitSource:
    from core.models.files import hub_files

    stick = _open_repository(repository.repo_id, folder)
    lacking = weights_errors.not_in_folder_error(row, folder, prefetch_command(row, to=folder))
    try:
        commit = stick.resolve_revision(row.revision or DEFAULT_BRANCH)
        if commit is None or _locate_in_hub_cache(row, stick.repo_id, folder) is None:
            raise lacking
        offer = hub_files.source_from_folder(stick, commit)
        hub_files.select_files(offer.listing, row.files)
    except OSError as error:
        raise hub_files.UnreadableFolder(error.strerror) from error
    # copied there by something that knows no links: nothing says what the bytes should be
    except hub_files.MissingFile as error:
        raise lacking from error
    return offer
