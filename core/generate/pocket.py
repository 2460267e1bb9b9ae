"""The pocket Stable Diffusion: a small U-Net and autoencoder in the diffusers folder format, MiniLM as text encoder.

What is in the folder was trained by `training/pocket_vae.py`, `training/pocket_prior.py` and
`training/pocket_diffusion.py`; MiniLM is the one of the zero-shot tab, from its Python package, and joins when the
folder is loaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core import models
from core.models.catalog import Row
from core.models.files import sources
from core.models.libraries import silence_transformers

PRIOR_FILE = Path("prior") / "prior.safetensors"  # in the model's folder


def load_text_encoder(path: Path, prior: Path, device: str) -> tuple[Any, Any]:
    """MiniLM as `StableDiffusionPipeline` takes it: tokenizer, and network that gives states (n, 96, 384).

    Args:
        path: MiniLM's folder.
        prior: weights of `core/models/prior.py`.
        device: where it computes.
    """
    from safetensors import safe_open
    from transformers import AutoTokenizer

    from core.generate import prior_text_encoder
    from core.generate.prior import MAX_TOKENS
    from core.models import weights

    tokenizer = AutoTokenizer.from_pretrained(path, model_max_length=MAX_TOKENS)
    encoder = prior_text_encoder.BertWithPrior.from_pretrained(path).eval().to(device)
    weights.load_trained(encoder.prior, prior)
    with safe_open(prior, "pt") as kept:
        encoder.prior.names = tuple(json.loads(kept.metadata()["names"]))
    return tokenizer, encoder


def load_pocket_pipeline(path: Path, encoder: Path, device: str) -> Any:
    """A `StableDiffusionPipeline` of the folder `path` and the text encoder of the folder `encoder`."""
    import torch
    from diffusers import StableDiffusionPipeline
    from diffusers.utils import logging

    tokenizer, network = load_text_encoder(encoder, path / PRIOR_FILE, device)
    logging.disable_progress_bar()
    # it warns that BertModel is not CLIPTextModel, which is the point
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        found = StableDiffusionPipeline.from_pretrained(
            path,
            dtype=torch.float32,
            local_files_only=True,
            tokenizer=tokenizer,
            text_encoder=network,
            safety_checker=None,
            requires_safety_checker=False,
        )
    finally:
        logging.set_verbosity(verbosity)
    found.set_progress_bar_config(disable=True)
    for net in (found.unet, found.vae):
        # the order in which a CPU's convolutions are quickest
        net.to(memory_format=torch.channels_last)
    return found.to(device)


def load(row: Row, path: Path, device: str) -> Any:
    """A small Stable Diffusion whose text encoder is that of another row."""
    silence_transformers()
    return load_pocket_pipeline(path, sources.fetch_weights(models.row("zeroshot", row.parts["text_encoder"])), device)
