"""The switch that keeps every part of the app from the Hub."""

from __future__ import annotations

import os

from core.errors import ModelUnavailable
from core.models.catalog.row import Row


def stay_offline() -> None:
    """From now on nothing is fetched, neither by us nor by the Hub's libraries.

    The environment alone would be too late: `huggingface_hub`, which gradio imports, reads it once.
    """
    from huggingface_hub import constants

    os.environ["HF_HUB_OFFLINE"] = "1"
    constants.HF_HUB_OFFLINE = True


def require_online(row: Row, command: str) -> None:
    """Where nothing may be fetched, says so; the client would too, but not before a folder had been made.

    Args:
        row: what is wanted.
        command: what fetches it where that is allowed.

    Raises:
        ModelUnavailable: it is switched off.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise ModelUnavailable("errors.model_offline", name=row.name, megabytes=row.download // 10**6, command=command)
