"""Where a row's weights are on this machine, and how they get there."""

from __future__ import annotations

import importlib.util
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
    found = locate(row)
    if found is not None:
        return found
    kind, _, place = row.source.partition(":")
    if kind != "hub":
        package = place.split("/")[0].replace("_", "-")
        raise ModelUnavailable("errors.package_absent", name=row.name, package=package)
    return _hub_download(row, place)


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

    try:
        folder = Path(snapshot_download(place, revision=row.revision or None, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    # a half-finished download has the folder but not the weights
    complete = all(any(folder.glob(pattern)) for pattern in row.files if "safetensors" in pattern or ".pth" in pattern)
    return folder if complete else None


def _hub_download(row: Row, place: str) -> Path:
    import httpx
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        return Path(snapshot_download(place, revision=row.revision or None, allow_patterns=list(row.files)))
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, httpx.HTTPError, OSError) as error:
        megabytes = row.download // 10**6
        reason = type(error).__name__
        raise ModelUnavailable("errors.model_absent", name=row.name, megabytes=megabytes, got=reason) from error
