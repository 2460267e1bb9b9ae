"""Files of the Hub: listed, received from where the line was cut, hashed, and only then put in place.

The Hub's own client throws away what a broken download had (2.4), and a tampered file it takes for good.
"""

from __future__ import annotations

import errno
import importlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any

from huggingface_hub import HfApi, constants, hf_hub_url
from huggingface_hub._tree_cache import TreeCacheEntry
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import (  # type: ignore[attr-defined]
    build_hf_headers,
    filter_repo_objects,
    get_session,
    hf_raise_for_status,
)

from core.models.files.hub_cache import (
    Listing,
    Repository,
    expected_hash,
    file_size,
    hash_file,
    is_commit,
    is_hash,
    nearest_folder,
)

# the client's own HTTP library: httpx2, or httpx in the version for Python 3.10
client: Any = importlib.import_module(HfHubHTTPError.__bases__[0].__module__.partition(".")[0])
NetworkError: type[Exception] = client.HTTPError
# a line that there was, and that may be there again in a minute
INTERRUPTED: tuple[type[Exception], ...] = (
    *(client.ReadTimeout, client.WriteTimeout, client.RemoteProtocolError),
    *(client.ReadError, client.WriteError, client.CloseError),
)
CHUNK = 2**20
# how often in a row a line may be cut before a byte came, and the seconds between
MAX_CUTS, RETRY_PAUSE = 3, 1.0
DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
# a file system such as FAT32 has no files so large
FILE_TOO_LARGE_ERRNOS = (errno.EFBIG,)
# adds the bytes of the file of that name to a path, and tells how many are there
ReceiveFile = Callable[[str, TreeCacheEntry, Path, Callable[[int], None]], None]


@dataclass(frozen=True)
class DownloadProgress:
    """How far a download is: bytes of all its files that are here, bytes of all, and the file that is being fetched."""

    done: int
    total: int
    file: str


@dataclass(frozen=True)
class CommitSource:
    """A commit that can be had: all its files with their hashes, and who gives them."""

    commit: str
    listing: Listing
    receive: ReceiveFile


class HashMismatch(Exception):
    """A file's bytes are not those that its hash promises."""

    def __init__(self, file: str, expected: str, got: str) -> None:
        super().__init__(file)
        self.file, self.expected, self.got = file, expected, got


class WrongCommit(Exception):
    """What answered has another commit than the one that it was asked for."""

    def __init__(self, asked: str, got: str) -> None:
        super().__init__(asked, got)
        self.asked, self.got = asked, got


class MissingFile(Exception):
    """The repository has no file of a name that the row wants."""


class UnreadableFolder(Exception):
    """The folder that the files come from, such as a USB stick, cannot be read."""


class DiskFull(Exception):
    """The disk has fewer free bytes than the files need."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(needed, free)
        self.needed, self.free = needed, free


def source_from_hub(place: str, revision: str) -> CommitSource:
    """What the revision means on the Hub now; one request.

    Raises:
        ValueError: what answered is not a Hub, but for example the log-in page of a hotel.
        WrongCommit: the revision is a commit, and another one came.
    """
    try:
        info = HfApi().model_info(
            place, revision=revision, files_metadata=True, timeout=float(constants.HF_HUB_ETAG_TIMEOUT)
        )
        files = {file.rfilename: _tree_entry(file) for file in info.siblings or ()}
    except (KeyError, TypeError) as error:
        raise ValueError("no listing") from error
    if not is_commit(info.sha or "") or not all(_is_safe_entry(name, entry) for name, entry in files.items()):
        raise ValueError("no listing")
    if is_commit(revision) and info.sha != revision:
        raise WrongCommit(revision, str(info.sha))
    return CommitSource(str(info.sha), files, _make_hub_receiver(place, str(info.sha)))


def source_from_folder(stick: Repository, commit: str) -> CommitSource:
    """What a folder such as one of a USB stick has; whoever wrote its listing, no name in it leads out of ours."""
    sound = {name: entry for name, entry in stick.read_listing(commit).items() if _is_safe_entry(name, entry)}
    return CommitSource(commit, sound, _make_folder_receiver(stick.snapshot_folder(commit)))


def select_files(listing: Listing, patterns: tuple[str, ...]) -> Listing:
    """The part of a listing that the names and patterns of a row want.

    Raises:
        MissingFile: a name is not in it.
    """
    absent = [name for name in patterns if "*" not in name and name not in listing]
    if absent:
        raise MissingFile(", ".join(absent))
    return {name: listing[name] for name in filter_repo_objects(listing, allow_patterns=list(patterns))}


def fetch_files(
    repository: Repository, offer: CommitSource, files: Listing, on_step: Callable[[DownloadProgress], None] | None
) -> None:
    """Puts the files that are missing in place, each once its hash is right; what arrived of the rest is kept.

    Args:
        repository: where they belong.
        offer: whence they come.
        files: those of its files that should be there.
        on_step: is told how far it is; what it raises stops the work.

    Raises:
        DiskFull: the disk is too small for them.
        HashMismatch: the bytes that came are others than promised; they are gone.
        UnreadableFolder: the folder that they come from was pulled out, or is broken.
    """
    missing = {name: entry for name, entry in files.items() if not repository.has_file(offer.commit, name, entry)}
    _check_disk_space(repository, missing)
    total = sum(entry.size for entry in files.values())
    done = total - sum(entry.size for entry in missing.values())
    for name, entry in missing.items():
        blob = repository.blob_path(entry)
        # another commit may have brought the same bytes
        if file_size(blob) != entry.size or hash_file(blob, blob.name) != blob.name:
            _complete_file(name, entry, blob, offer.receive, _progress_callback(on_step, done, total, name))
        repository.link_blob(offer.commit, name, blob)
        done += entry.size


def _make_hub_receiver(place: str, commit: str) -> ReceiveFile:
    """A receiver over the network, again and again from where the line was cut."""

    def receive_file(name: str, entry: TreeCacheEntry, part: Path, tell: Callable[[int], None]) -> None:
        url = hf_hub_url(place, name, revision=commit)
        cuts = 0
        while (have := file_size(part)) < entry.size:
            try:
                _receive_bytes(url, part, have, entry.size, tell)
                break
            except client.TransportError:
                cuts = 0 if file_size(part) > have else cuts + 1
                if cuts > MAX_CUTS:
                    raise
                time.sleep(RETRY_PAUSE)

    return receive_file


def _make_folder_receiver(snapshot: Path) -> ReceiveFile:
    """A receiver that copies, as from a USB stick."""

    def copy_file(name: str, entry: TreeCacheEntry, part: Path, tell: Callable[[int], None]) -> None:
        with part.open("wb") as out:
            for chunk in _read_chunks(snapshot / name):
                out.write(chunk)
                tell(out.tell())

    return copy_file


def _read_chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk
    except OSError as error:
        raise UnreadableFolder(error.strerror) from error


def _complete_file(
    name: str, entry: TreeCacheEntry, blob: Path, receive: ReceiveFile, tell: Callable[[int], None]
) -> None:
    part = blob.with_name(f"{blob.name}.incomplete")
    part.parent.mkdir(parents=True, exist_ok=True)
    if file_size(part) > entry.size:
        part.unlink()
    part.touch()
    try:
        receive(name, entry, part, tell)
    except Exception as fault:
        # kept to go on with, but not where it is what has filled the disk, or can grow no further
        if not file_size(part) or getattr(fault, "errno", None) in (*DISK_FULL_ERRNOS, *FILE_TOO_LARGE_ERRNOS):
            part.unlink(missing_ok=True)
        raise
    got = hash_file(part, blob.name)
    if got != blob.name:
        part.unlink()
        raise HashMismatch(name, blob.name, got)
    part.replace(blob)


def _receive_bytes(url: str, part: Path, have: int, size: int, tell: Callable[[int], None]) -> None:
    # text would come compressed, of which no part can be asked for
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    timeout = float(constants.HF_HUB_DOWNLOAD_TIMEOUT)
    with get_session().stream("GET", url, headers=headers, timeout=timeout) as reply:
        if reply.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            # the file is shorter there than what is here: next time from its beginning
            part.write_bytes(b"")
        hf_raise_for_status(reply)
        # whoever cannot serve a part sends everything
        with part.open("ab" if reply.status_code == HTTPStatus.PARTIAL_CONTENT else "wb") as out:
            # as it comes: of a line that is cut all the time nothing may be lost
            for piece in reply.iter_bytes():
                out.write(piece)
                out.flush()
                tell(out.tell())
                # more than promised is something else, perhaps without an end
                if out.tell() > size:
                    break


def _check_disk_space(repository: Repository, missing: Listing) -> None:
    blobs = {repository.blob_path(entry): entry.size for entry in missing.values()}
    parts = {blob: blob.with_name(f"{blob.name}.incomplete") for blob in blobs}
    needed = sum(size - max(0, file_size(parts[blob])) for blob, size in blobs.items() if file_size(blob) != size)
    free = shutil.disk_usage(nearest_folder(repository.root)).free
    if needed > free:
        raise DiskFull(needed, free)


def _progress_callback(
    on_step: Callable[[DownloadProgress], None] | None, done: int, total: int, name: str
) -> Callable[[int], None]:
    return lambda here: on_step(DownloadProgress(done + here, total, name)) if on_step is not None else None


def _tree_entry(file: Any) -> TreeCacheEntry:
    large = file.lfs
    facts = {"lfs_sha256": large.sha256, "lfs_size": large.size} if large else {}
    return TreeCacheEntry(size=int(file.size), blob_id=str(file.blob_id), **facts)


def _is_safe_entry(name: str, entry: TreeCacheEntry) -> bool:
    """Whether the name stays in the folder that the file is put in, and its hash is one."""
    outside = PurePosixPath(name).is_absolute() or ".." in name.split("/") or "\\" in name or ":" in name
    return not outside and is_hash(expected_hash(entry))
