"""What went wrong on the way from the Hub, as the sentence that says what, what came, and what cures it."""

from __future__ import annotations

import shutil
from http import HTTPStatus
from pathlib import Path
from typing import Any

from huggingface_hub import constants
from huggingface_hub.errors import GatedRepoError

from core.errors import ModelUnavailable
from core.models.catalog import Row
from core.models.files import hub_files
from core.models.files.hub_cache import nearest_folder

# of the network, of the Hub's answers, of this machine's disk, and of the files themselves
DOWNLOAD_ERRORS = (
    *(OSError, hub_files.NetworkError, hub_files.client.InvalidURL, ImportError, ValueError),
    *(
        hub_files.WrongCommit,
        hub_files.MissingFile,
        hub_files.HashMismatch,
        hub_files.UnreadableFolder,
        hub_files.DiskFull,
    ),
)
# of those in which no answer came, or not the promised one
ERROR_KEYS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (hub_files.MissingFile, "errors.model_lacking"),
    (hub_files.UnreadableFolder, "errors.model_unreadable"),
    (ValueError, "errors.model_portal"),
    (hub_files.INTERRUPTED, "errors.model_interrupted"),
)
# seconds until the Hub forgets how often it was asked, where it does not say so
RATE_LIMIT_SECONDS = 300


def download_error(row: Row, fault: BaseException, cache: Path, command: str) -> ModelUnavailable:
    """The sentence for a fault.

    Args:
        row: what was wanted.
        fault: one of DOWNLOAD_ERRORS.
        cache: the folder in which it should be.
        command: what the reader is to type once the cause is gone.
    """
    facts: dict[str, object] = {"name": row.name, "megabytes": row.download // 10**6, "command": command}
    reply = getattr(fault, "response", None)
    if reply is not None:
        return _response_error(row, fault, reply, facts)
    if isinstance(fault, hub_files.DiskFull) or getattr(fault, "errno", None):
        return _disk_error(row, fault, cache, facts)
    return _delivery_error(fault, facts)


def _response_error(row: Row, fault: BaseException, reply: Any, facts: dict[str, object]) -> ModelUnavailable:
    """An answer of the Hub that is not the file."""
    status = reply.status_code
    facts |= {"page": f"{constants.ENDPOINT}/{row.source_place}", "got": f"HTTP {status}"}
    if isinstance(fault, GatedRepoError):
        return ModelUnavailable("errors.model_gated", **facts)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = reply.headers.get("Retry-After", "")
        return ModelUnavailable("errors.model_busy", **facts, seconds=wait if wait.isdigit() else RATE_LIMIT_SECONDS)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return ModelUnavailable("errors.model_login", **facts)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return ModelUnavailable("errors.model_gone", **facts)
    # of the others no waiting cures
    passing = status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return ModelUnavailable("errors.model_interrupted" if passing else "errors.model_absent", **facts)


def _disk_error(row: Row, fault: BaseException, cache: Path, facts: dict[str, object]) -> ModelUnavailable:
    """Something that this machine's own disk refused."""
    facts |= {"folder": cache}
    if isinstance(fault, hub_files.DiskFull) or getattr(fault, "errno", None) in hub_files.DISK_FULL_ERRNOS:
        free = shutil.disk_usage(nearest_folder(cache)).free
        needed = fault.needed if isinstance(fault, hub_files.DiskFull) else row.download
        return ModelUnavailable("errors.disk_full", **facts, needed=-(-needed // 10**6), free=free // 10**6)
    if getattr(fault, "errno", None) in hub_files.FILE_TOO_LARGE_ERRNOS:
        return ModelUnavailable("errors.file_too_large", **facts, got=getattr(fault, "strerror", None))
    return ModelUnavailable("errors.cache_read_only", **facts, got=getattr(fault, "strerror", None))


def _delivery_error(fault: BaseException, facts: dict[str, object]) -> ModelUnavailable:
    """No answer of the Hub's, or not the promised one."""
    if isinstance(fault, hub_files.HashMismatch):
        hashes = {"file": fault.file, "expected": fault.expected[:12], "got": fault.got[:12]}
        return ModelUnavailable("errors.model_tampered", **facts | hashes)
    if isinstance(fault, hub_files.WrongCommit):
        commits = {"expected": fault.asked[:12], "got": fault.got[:12], "page": constants.ENDPOINT}
        return ModelUnavailable("errors.model_elsewhere", **facts | commits)
    # the client takes every address for right but that of the proxy, which it is not given by us
    if isinstance(fault, hub_files.client.InvalidURL) or (isinstance(fault, ValueError) and "proxy" in str(fault)):
        return ModelUnavailable("errors.model_proxy", **facts, got=fault)
    # these say themselves what is wrong, the client too: which package it lacks for the proxy of the environment
    speaks = isinstance(fault, (hub_files.MissingFile, hub_files.UnreadableFolder, ImportError))
    key = next((key for kinds, key in ERROR_KEYS if isinstance(fault, kinds)), "errors.model_absent")
    return ModelUnavailable(key, **facts, got=fault if speaks else type(fault).__name__)
