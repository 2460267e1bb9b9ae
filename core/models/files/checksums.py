"""Whether weights that come with the app or in a Python package have the bytes that were published.

The app's own are listed in `assets/weights/SHA256SUMS` (`sha256sum -c` reads it too), a package's in the RECORD that
its installer writes (PEP 376, PEP 427).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from core.errors import PlaygroundError
from core.models.catalog.row import Row
from core.models.files import weights_errors
from core.texts import ASSETS

CHECKSUMS_FILE = ASSETS / "weights" / "SHA256SUMS"


def find_damaged_files(row: Row) -> tuple[str, ...]:
    """Names of the row's files that are missing or have other bytes than promised; for rows that no hub has.

    Raises:
        PlaygroundError: it is in a package without a record of its hashes.
    """
    check = {"builtin": _check_builtin, "package": _check_package, "asset": _check_asset}[row.source_kind]
    return (*check(row, row.source_place), *(name for path in row.assets for name in _check_asset(row, path)))


def refuse_damaged_assets(row: Row) -> None:
    """Compares those of the row's files that come with the app: half a file may load, and then computes nonsense.

    Raises:
        ModelUnavailable: some have other bytes than promised.
    """
    places = (*((row.source_place,) if row.source_kind == "asset" else ()), *row.assets)
    if wrong := tuple(name for place in places for name in _check_asset(row, place)):
        raise weights_errors.damaged_weights_error(row, wrong)


def refuse_damaged_package(row: Row, error: Exception) -> None:
    """Looks, when a row of a package failed to load, whether its files are to blame.

    Raises:
        ModelUnavailable: some are missing or have other bytes than promised, or nothing says what was promised.
    """
    if row.source_kind != "package":
        return
    try:
        wrong = find_damaged_files(row)
    # one that cannot be read, or is not in any record, is as little worth
    except (OSError, PlaygroundError):
        wrong = (row.source_place,)
    if wrong:
        raise weights_errors.damaged_weights_error(row, wrong) from error


def read_checksums() -> dict[str, str]:
    """SHA-256 of each file of the app's own weights, by its path in the app's folder."""
    lines = CHECKSUMS_FILE.read_text(encoding="utf-8").splitlines()
    return {f"assets/weights/{name}": digest for digest, name in (line.split("  ", 1) for line in lines)}


def _check_builtin(row: Row, place: str) -> tuple[str, ...]:
    return ()


def _check_asset(row: Row, place: str) -> tuple[str, ...]:
    folder = f"assets/{place}"
    try:
        known = read_checksums()
    except (OSError, ValueError):
        return (f"assets/weights/{CHECKSUMS_FILE.name}",)
    promised = {name: sha for name, sha in known.items() if name == folder or name.startswith(f"{folder}/")}
    return _find_mismatches(ASSETS.parent, promised) if promised else (folder,)


def _check_package(row: Row, place: str) -> tuple[str, ...]:
    module = row.lone_package or place.partition("/")[0]
    try:
        files = metadata.files(module) or []
    except metadata.PackageNotFoundError:
        return (place,)
    hashes = {str(file): file.hash for file in files if str(file) == place or str(file).startswith(f"{place}/")}
    promised = {
        # urlsafe Base64 without its padding
        name: base64.urlsafe_b64decode(found.value + "=" * (-len(found.value) % 4)).hex()
        for name, found in hashes.items()
        if found is not None and found.mode == "sha256"
    }
    if not promised:
        raise PlaygroundError("errors.package_unrecorded", name=row.name, package=module.replace("_", "-"))
    return _find_mismatches(Path(str(metadata.distribution(module).locate_file(""))), promised)


def _find_mismatches(folder: Path, promised: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the files in `folder` that do not have the promised SHA-256."""
    # the Hub's client, which this module needs, is heavy
    from core.models.files.hub_cache import hash_file

    return tuple(
        name
        for name, expected in promised.items()
        if not (folder / name).is_file() or hash_file(folder / name, expected) != expected
    )
