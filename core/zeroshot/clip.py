"""CLIP, SigLIP and SigLIP 2 from a folder of the Hub, through transformers."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.images import RGB
from core.models import weights
from core.models.catalog import Row
from core.models.memory import out_of_memory, precision
from core.models.protocols import Vectors
from core.zeroshot.cached_encoder import CachedEncoder

BATCH = 16
# SigLIP is trained on texts of exactly this many tokens, padded (Zhai et al. 2023)
SIGLIP_TOKENS = 64
MAX_PROPORTION = 8  # of a picture's sides, of which CLIP resizes the shorter one to its input's


class TransformersDualEncoder:
    """A pair of transformers trained on pictures and their captions (Radford et al. 2021, Zhai et al. 2023).

    Attributes:
        temperature: 1 / exp(logit_scale), as learned; SigLIP's bias moves every score alike and is left out.
    """

    def __init__(self, path: Path, device: str) -> None:
        from transformers import AutoModel, AutoProcessor

        self.net = weights.load_pretrained(AutoModel, path).to(device)
        for part in (self.net.vision_model, self.net.text_model):
            precision.use_half_precision(part, device)
        self._processor = AutoProcessor.from_pretrained(path, local_files_only=True)
        self._device = device
        self._siglip = self.net.config.model_type.startswith("siglip")
        self.temperature = float((-self.net.logit_scale.detach()).exp())

    def encode_images(self, images: list[RGB]) -> Vectors:
        """Unit vectors float32 (n, d)."""
        pictures = [Image.fromarray(image if self._siglip else _crop_middle(image)) for image in images]
        return self._encode_with_fallback(pictures, self.net.get_image_features, lambda batch: {"images": batch})

    def encode_texts(self, texts: list[str]) -> Vectors:
        """Unit vectors float32 (n, d)."""
        return self._encode_with_fallback(texts, self.net.get_text_features, self._text_settings)

    def _text_settings(self, texts: list[str]) -> dict[str, Any]:
        if self._siglip:
            lower = [text.lower() for text in texts]
            length = {"padding": "max_length", "max_length": SIGLIP_TOKENS, "truncation": True}
            # it learnt with the padding in sight, which a tokenizer without `model_input_names` would hide
            return {"text": lower, **length, "return_attention_mask": False}
        return {"text": texts, "padding": True, "truncation": True}

    def _encode_with_fallback(self, items: list[Any], features: Any, settings: Any) -> Vectors:
        return out_of_memory.retry_smaller(
            *(functools.partial(self._encode_batches, items, features, settings, n) for n in (BATCH, 1))
        )

    def _encode_batches(self, items: list[Any], features: Any, settings: Any, size: int) -> Vectors:
        import torch

        found = []
        with torch.inference_mode():
            for start in range(0, len(items), size):
                inputs = self._processor(**settings(items[start : start + size]), return_tensors="pt")
                vectors = features(**inputs.to(self._device)).pooler_output
                found.append(torch.nn.functional.normalize(vectors, dim=-1).float().cpu().numpy())
        return np.concatenate(found)


def _crop_middle(image: RGB) -> RGB:
    """The middle of a very long picture: CLIP sees only a square of it, and would first enlarge all the rest."""
    h, w = image.shape[:2]
    longest = MAX_PROPORTION * min(h, w)
    # the same number of pixels goes on either side, so that the middle stays where it is
    top, left = (max(0, (side - longest) // 2) for side in (h, w))
    return image[top : h - top, left : w - left]


def load(row: Row, path: Path, device: str) -> CachedEncoder[TransformersDualEncoder]:
    """CLIP, SigLIP and their kin through `transformers.AutoModel`."""
    return CachedEncoder(TransformersDualEncoder(path, device))
