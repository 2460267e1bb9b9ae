"""A repository in a cache folder of the Hub's own client, whose tools see it too.

`blobs/<hash>` holds the bytes, `snapshots/<commit>/` links to them, `trees/<commit>.json` is the listing with all
hashes, and `refs/<branch>` says which commit a branch was when it was fetched; written last: what it names is whole.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# the format is documented on disk, and both versions that we install read and write it so
from huggingface_hub._tree_cache import TreeCacheEntry, read_tree_cache, write_tree_cache
from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]

CHUNK = 2**20
Listing = Mapping[str, TreeCacheEntry]


@dataclass(frozen=True)
class Repository:
    """One repository in a cache folder."""

    cache: Path
    repo_id: str

    @property
    def root(self) -> Path:
        """Its folder, named as the client names it."""
        return self.cache / f"models--{self.repo_id.replace('/', '--')}"

    def lock(self) -> AbstractContextManager[Any]:
        """One visitor at a time, of this process and of all others."""
        lock = self.cache / ".locks" / f"{self.root.name}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        return WeakFileLock(lock)

    def resolve_revision(self, revision: str) -> str | None:
        """The commit that a revision meant when it was fetched; None when it was not."""
        ref = self.root / "refs" / revision
        if is_commit(revision):
            return revision
        # a machine that lost its power may have left anything in it
        known = ref.read_text(errors="replace").strip() if ref.is_file() else ""
        return known if is_commit(known) else None

    def snapshot_folder(self, commit: str) -> Path:
        """The folder with the files of a commit."""
        return self.root / "snapshots" / commit

    def read_listing(self, commit: str) -> Listing:
        """Sizes and hashes of a commit's files, as far as this disk knows them."""
        known = read_tree_cache(str(self.root), commit)
        if known is not None:
            return known
        # an older client wrote no listing, but its files are links to blobs that are named by their hash
        snapshot = self.snapshot_folder(commit)
        links = {
            path.relative_to(snapshot).as_posix(): path.resolve() for path in snapshot.rglob("*") if path.is_file()
        }
        return {
            name: TreeCacheEntry(blob.stat().st_size, blob.name) for name, blob in links.items() if is_hash(blob.name)
        }

    def write_listing(self, commit: str, listing: Listing) -> None:
        """Writes the listing down, by which the client too sees what is missing."""
        write_tree_cache(str(self.root), commit, dict(listing))

    def set_revision(self, revision: str, commit: str) -> None:
        """From now on the revision means this commit, which is whole."""
        ref = self.root / "refs" / revision
        if not is_commit(revision):
            ref.parent.mkdir(parents=True, exist_ok=True)
            half = ref.with_name(f"{ref.name}.tmp")
            half.write_text(commit)
            half.replace(ref)

    def blob_path(self, entry: TreeCacheEntry) -> Path:
        """Where a file's bytes are, whatever it is called."""
        return self.root / "blobs" / expected_hash(entry)

    def downloaded_bytes(self) -> int:
        """Bytes that are here, of files that are whole and of those that are not."""
        return sum(path.stat().st_size for path in self.root.glob("blobs/*"))

    def has_file(self, commit: str, name: str, entry: TreeCacheEntry) -> bool:
        """Whether the file is in place with all its bytes; says nothing about which bytes."""
        return file_size(self.snapshot_folder(commit) / name) == entry.size

    def link_blob(self, commit: str, name: str, blob: Path) -> None:
        """Puts a whole blob into the commit's folder under its name."""
        pointer = self.snapshot_folder(commit) / name
        pointer.parent.mkdir(parents=True, exist_ok=True)
        pointer.unlink(missing_ok=True)
        try:
            pointer.symlink_to(os.path.relpath(blob, pointer.parent))
        # a USB stick's file system has no links, and Windows allows them to few
        except OSError:
            blob.replace(pointer)

    def damaged_files(self, commit: str, files: Listing) -> tuple[str, ...]:
        """Names of the files that are missing, or have other bytes than promised."""
        snapshot = self.snapshot_folder(commit)
        return tuple(
            name
            for name, entry in files.items()
            if not self.has_file(commit, name, entry)
            or hash_file(snapshot / name, expected_hash(entry)) != expected_hash(entry)
        )

    def remove_files(self, commit: str, names: tuple[str, ...]) -> None:
        """Takes files and their bytes away, so that they are fetched anew."""
        for name in names:
            pointer = self.snapshot_folder(commit) / name
            pointer.resolve().unlink(missing_ok=True)
            pointer.unlink(missing_ok=True)


def hash_file(path: Path, like: str) -> str:
    """The file's SHA-256 or, where `like` is one, its name in git: the SHA-1 of a header and the bytes."""
    git = len(like) == len("da39a3ee5e6b4b0d3255bfef95601890afd80709")
    found = hashlib.sha1(f"blob {file_size(path)}\0".encode(), usedforsecurity=False) if git else hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def expected_hash(entry: TreeCacheEntry) -> str:
    """The hash by which a cache names the file: SHA-256 of a large one, git's name of a small one."""
    return str(entry.lfs_sha256 or entry.blob_id)


def nearest_folder(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def is_commit(revision: str) -> bool:
    """Whether a revision is a commit rather than a branch or a tag."""
    return re.fullmatch("[0-9a-f]{40}", revision) is not None


def is_hash(name: str) -> bool:
    """Whether a name is one that a cache gives to bytes."""
    return re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", name) is not None


def file_size(path: Path) -> int:
    """Bytes of a file, -1 when it is not there."""
    return path.stat().st_size if path.is_file() else -1
