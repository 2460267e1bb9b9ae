"""How the libraries that read weights are kept quiet."""

from __future__ import annotations


def silence_transformers() -> None:
    """No progress bar in the terminal while transformers reads weights."""
    from transformers.utils import logging

    logging.disable_progress_bar()
