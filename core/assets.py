"""The app's own JSON files under `assets`, read with a sentence where one of them was damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.errors import ModelUnavailable
from core.texts import ASSETS


def read_json(path: Path, kind: type[Any]) -> Any:
    """What a JSON file of the app holds.

    Args:
        path: under `texts.ASSETS`.
        kind: of the whole: dict or list.

    Raises:
        ModelUnavailable: it is missing, cut short, or holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnavailable("errors.app_file_damaged", got=_name_file(path)) from error
    if not isinstance(found, kind) or not found:
        raise ModelUnavailable("errors.app_file_damaged", got=_name_file(path))
    return found


def _name_file(path: Path) -> str:
    """The path in the app's folder; where that is on this machine is nobody's business."""
    return path.relative_to(ASSETS.parent).as_posix() if path.is_relative_to(ASSETS) else path.name
