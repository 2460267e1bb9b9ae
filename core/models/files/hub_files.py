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

from core.models.files.hub_cache import Listing, Repository, digest, digest_of, existing, is_commit, is_hash, size_of

# the client's own HTTP library: httpx2, or httpx in the version for Python 3.10
client: Any = importlib.import_module(HfHubHTTPError.__bases__[0].__module__.partition(".")[0])
NetworkFault: type[Exception] = client.HTTPError
# a line that there was, and that may be there again in a minute
INTERRUPTED: tuple[type[Exception], ...] = (
    *(client.ReadTimeout, client.WriteTimeout, client.RemoteProtocolError),
    *(client.ReadError, client.WriteError, client.CloseError),
)
CHUNK = 2**20
# how often in a row a line may be cut before a byte came, and the seconds between
PATIENCE, PAUSE = 3, 1.0
FULL = (errno.ENOSPC, errno.EDQUOT)
# a file system such as FAT32 has no files so large
TOO_LARGE = (errno.EFBIG,)
# adds the bytes of the file of that name to a path, and tells how many are there
Give = Callable[[str, TreeCacheEntry, Path, Callable[[int], None]], None]


@dataclass(frozen=True)
class Fetched:
    """How far a download is: bytes of all its files that are here, bytes of all, and the file that is being fetched."""

    done: int
    total: int
    file: str


@dataclass(frozen=True)
class Offer:
    """A commit that can be had: all its files with their hashes, and who gives them."""

    commit: str
    listing: Listing
    give: Give


class Mismatch(Exception):
    """A file's bytes are not those that its hash promises."""

    def __init__(self, file: str, expected: str, got: str) -> None:
        super().__init__(file)
        self.file, self.expected, self.got = file, expected, got


class Elsewhere(Exception):
    """What answered has another commit than the one that it was asked for."""

    def __init__(self, asked: str, got: str) -> None:
        super().__init__(asked, got)
        self.asked, self.got = asked, got


class Lacking(Exception):
    """The repository has no file of a name that the row wants."""


class Unreadable(Exception):
    """The folder that the files come from, such as a USB stick, cannot be read."""


class NoRoom(Exception):
    """The disk has fewer free bytes than the files need."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(needed, free)
        self.needed, self.free = needed, free


def offered_by_hub(place: str, revision: str) -> Offer:
    """What the revision means on the Hub now; one request.

    Raises:
        ValueError: what answered is not a Hub, but for example the log-in page of a hotel.
        Elsewhere: the revision is a commit, and another one came.
    """
    try:
        info = HfApi().model_info(
            place, revision=revision, files_metadata=True, timeout=float(constants.HF_HUB_ETAG_TIMEOUT)
        )
        files = {file.rfilename: _entry(file) for file in info.siblings or ()}
    except (KeyError, TypeError) as error:
        raise ValueError("no listing") from error
    if not is_commit(info.sha or "") or not all(_sound(name, entry) for name, entry in files.items()):
        raise ValueError("no listing")
    if is_commit(revision) and info.sha != revision:
        raise Elsewhere(revision, str(info.sha))
    return Offer(str(info.sha), files, _from_hub(place, str(info.sha)))


def offered_by_folder(stick: Repository, commit: str) -> Offer:
    """What a folder such as one of a USB stick has; whoever wrote its listing, no name in it leads out of ours."""
    sound = {name: entry for name, entry in stick.listing(commit).items() if _sound(name, entry)}
    return Offer(commit, sound, _from_folder(stick.snapshot(commit)))


def choose(listing: Listing, patterns: tuple[str, ...]) -> Listing:
    """The part of a listing that the names and patterns of a row want.

    Raises:
        Lacking: a name is not in it.
    """
    absent = [name for name in patterns if "*" not in name and name not in listing]
    if absent:
        raise Lacking(", ".join(absent))
    return {name: listing[name] for name in filter_repo_objects(listing, allow_patterns=list(patterns))}


def bring(repository: Repository, offer: Offer, files: Listing, on_step: Callable[[Fetched], None] | None) -> None:
    """Puts the files that are missing in place, each once its hash is right; what arrived of the rest is kept.

    Args:
        repository: where they belong.
        offer: whence they come.
        files: those of its files that should be there.
        on_step: is told how far it is; what it raises stops the work.

    Raises:
        NoRoom: the disk is too small for them.
        Mismatch: the bytes that came are others than promised; they are gone.
        Unreadable: the folder that they come from was pulled out, or is broken.
    """
    missing = {name: entry for name, entry in files.items() if not repository.holds(offer.commit, name, entry)}
    _make_sure_of_room(repository, missing)
    total = sum(entry.size for entry in files.values())
    done = total - sum(entry.size for entry in missing.values())
    for name, entry in missing.items():
        blob = repository.blob(entry)
        # another commit may have brought the same bytes
        if size_of(blob) != entry.size or digest(blob, blob.name) != blob.name:
            _complete(name, entry, blob, offer.give, _teller(on_step, done, total, name))
        repository.link(offer.commit, name, blob)
        done += entry.size


def _from_hub(place: str, commit: str) -> Give:
    """A giver that receives over the network, again and again from where the line was cut."""

    def give(name: str, entry: TreeCacheEntry, part: Path, tell: Callable[[int], None]) -> None:
        url = hf_hub_url(place, name, revision=commit)
        cuts = 0
        while (have := size_of(part)) < entry.size:
            try:
                _receive(url, part, have, entry.size, tell)
                break
            except client.TransportError:
                cuts = 0 if size_of(part) > have else cuts + 1
                if cuts > PATIENCE:
                    raise
                time.sleep(PAUSE)

    return give


def _from_folder(snapshot: Path) -> Give:
    """A giver that copies, as from a USB stick."""

    def give(name: str, entry: TreeCacheEntry, part: Path, tell: Callable[[int], None]) -> None:
        with part.open("wb") as out:
            for chunk in _read(snapshot / name):
                out.write(chunk)
                tell(out.tell())

    return give


def _read(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk
    except OSError as error:
        raise Unreadable(error.strerror) from error


def _complete(name: str, entry: TreeCacheEntry, blob: Path, give: Give, tell: Callable[[int], None]) -> None:
    part = blob.with_name(f"{blob.name}.incomplete")
    part.parent.mkdir(parents=True, exist_ok=True)
    if size_of(part) > entry.size:
        part.unlink()
    part.touch()
    try:
        give(name, entry, part, tell)
    except Exception as fault:
        # kept to go on with, but not where it is what has filled the disk, or can grow no further
        if not size_of(part) or getattr(fault, "errno", None) in (*FULL, *TOO_LARGE):
            part.unlink(missing_ok=True)
        raise
    got = digest(part, blob.name)
    if got != blob.name:
        part.unlink()
        raise Mismatch(name, blob.name, got)
    part.replace(blob)


def _receive(url: str, part: Path, have: int, size: int, tell: Callable[[int], None]) -> None:
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


def _make_sure_of_room(repository: Repository, missing: Listing) -> None:
    blobs = {repository.blob(entry): entry.size for entry in missing.values()}
    parts = {blob: blob.with_name(f"{blob.name}.incomplete") for blob in blobs}
    needed = sum(size - max(0, size_of(parts[blob])) for blob, size in blobs.items() if size_of(blob) != size)
    free = shutil.disk_usage(existing(repository.root)).free
    if needed > free:
        raise NoRoom(needed, free)


def _teller(on_step: Callable[[Fetched], None] | None, done: int, total: int, name: str) -> Callable[[int], None]:
    return lambda here: on_step(Fetched(done + here, total, name)) if on_step is not None else None


def _entry(file: Any) -> TreeCacheEntry:
    large = file.lfs
    facts = {"lfs_sha256": large.sha256, "lfs_size": large.size} if large else {}
    return TreeCacheEntry(size=int(file.size), blob_id=str(file.blob_id), **facts)


def _sound(name: str, entry: TreeCacheEntry) -> bool:
    """Whether the name stays in the folder that the file is put in, and its hash is one."""
    outside = PurePosixPath(name).is_absolute() or ".." in name.split("/") or "\\" in name or ":" in name
    return not outside and is_hash(digest_of(entry))
