"""Where a row's weights are on this machine, and how they get there."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from core.errors import ModelUnavailable
from core.models.catalog import Row
from core.texts import ASSETS


def locate(row: Row) -> Path | None:
    """The file or folder of the row's weights if it is on this machine, else None; opens no socket."""
    kind, _, place = row.source.partition(":")
    return {"builtin": _builtin, "package": _package, "asset": _asset, "hub": _hub_cached}[kind](row, place)


def fetch(row: Row) -> Path:
    """The file or folder of the row's weights, downloaded first if it must be and may be.

    Raises:
        ModelUnavailable: it is not here and could not be fetched; HF_HUB_OFFLINE=1 forbids to try.
    """
    return locate(row) or download(row)


def download(row: Row, *, again: bool = False) -> Path:
    """Makes sure that the row's weights are here and complete; what comes with a package must be installed instead.

    Args:
        row: one of the catalogue.
        again: replace files that are here already, which may be damaged.

    Raises:
        ModelUnavailable: it could not be fetched.
    """
    kind, _, place = row.source.partition(":")
    if kind == "hub":
        return _hub_download(row, place, again)
    found = locate(row)
    if found is None:
        package = place.split("/")[0].replace("_", "-")
        raise ModelUnavailable("errors.package_absent", name=row.name, package=package)
    return found


def command(row: Row) -> str:
    """What fetches the row, to be typed in the folder of the app."""
    folder = Path(sys.executable).parent
    python = folder.relative_to(ASSETS.parent) / "python" if folder.is_relative_to(ASSETS.parent) else "python"
    return f"{python} -m core.models prefetch {row.name}"


def stay_offline() -> None:
    """From now on nothing is fetched, neither by us nor by the Hub's libraries.

    The environment alone would be too late: `huggingface_hub`, which gradio imports, reads it once.
    """
    from huggingface_hub import constants

    os.environ["HF_HUB_OFFLINE"] = "1"
    constants.HF_HUB_OFFLINE = True


def _builtin(row: Row, place: str) -> Path | None:
    return Path()


def _package(row: Row, place: str) -> Path | None:
    module, _, inside = place.partition("/")
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return None
    return _if_there(Path(spec.submodule_search_locations[0]) / inside)


def _asset(row: Row, place: str) -> Path | None:
    return _if_there(ASSETS / place)


def _if_there(path: Path) -> Path | None:
    return path if path.exists() else None


def _hub_cached(row: Row, place: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    revision, files = row.revision or None, list(row.files)
    try:
        folder = Path(snapshot_download(place, revision=revision, allow_patterns=files, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    # the client itself notices a half-finished download only where it has kept a listing of the repository
    complete = all((folder / name).is_file() for name in files if "*" not in name)
    return folder if complete else None


def _hub_download(row: Row, place: str, again: bool) -> Path:
    from huggingface_hub import errors, snapshot_download

    revision, files = row.revision or None, list(row.files)
    try:
        snapshot_download(place, revision=revision, allow_patterns=files, force_download=again)
    # everything that the Hub client raises for itself, and a full disk, is an OSError
    except (OSError, _http_error(), getattr(errors, "XetDownloadError", OSError)) as error:
        raise _absent(row, error.__cause__ or error) from error
    found = _hub_cached(row, place)
    if found is None:
        raise _absent(row, "files are missing in the repository")
    return found


def _absent(row: Row, reason: object) -> ModelUnavailable:
    from huggingface_hub.errors import OfflineModeIsEnabled

    facts = {"name": row.name, "megabytes": row.download // 10**6, "command": command(row)}
    if isinstance(reason, OfflineModeIsEnabled):
        return ModelUnavailable("errors.model_offline", **facts)
    got = type(reason).__name__ if isinstance(reason, BaseException) else reason
    return ModelUnavailable("errors.model_absent", got=got, **facts)


def _http_error() -> type[Exception]:
    """What the Hub client lets through of its HTTP library: httpx2 from version 2 on, before (Python 3.10) httpx."""
    try:
        import httpx2 as client
    except ImportError:
        import httpx as client  # type: ignore[no-redef]
    found: type[Exception] = client.HTTPError
    return found
