"""What the libraries that read weights need before they are imported."""

from __future__ import annotations

from core.models import torchvision_shim


def prepare() -> None:
    """Makes torchvision importable where its binary does not fit torch; whoever loads a network calls it first."""
    torchvision_shim.ensure_torchvision()


def silence_transformers() -> None:
    """No progress bar in the terminal while transformers reads weights."""
    from transformers.utils import logging

    logging.disable_progress_bar()
