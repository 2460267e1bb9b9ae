"""MiniLM: a sentence as one vector, so that sentences of like meaning lie close (Wang et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.models.protocols import Vectors

BATCH = 64
MAX_TOKENS = 128


class SentenceEncoder:
    """A sentence-transformers model without that library: token states, averaged, to unit length."""

    def __init__(self, path: Path, device: str) -> None:
        from transformers import AutoModel, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(path)
        self.net = AutoModel.from_pretrained(path).eval().to(device)
        self.size = int(self.net.config.hidden_size)
        self._device = device

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors float32 (n, size), in the order of `texts`."""
        found = np.empty((len(texts), self.size), np.float32)
        # texts of like length share a batch: less padding
        order = np.argsort([len(text) for text in texts], kind="stable")
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            found[batch] = self._encode_batch([texts[i] for i in batch])
        return found

    def _encode_batch(self, texts: list[str]) -> Vectors:
        import torch

        settings = {"padding": True, "truncation": True, "max_length": MAX_TOKENS, "return_tensors": "pt"}
        tokens = self._tokenizer(texts, **settings).to(self._device)
        with torch.inference_mode():
            states = self.net(**tokens)[0]  # (n, tokens, size)
            seen = tokens["attention_mask"][..., None]
            means = (states * seen).sum(dim=1) / seen.sum(dim=1)
            units: Vectors = torch.nn.functional.normalize(means, dim=1).float().cpu().numpy()
        return units
