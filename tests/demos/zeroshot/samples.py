from __future__ import annotations

import numpy as np

from core import zeroshot

PICTURE = np.zeros((8, 6, 3), np.uint8)


def build_zero_shot(*labels: str) -> zeroshot.ZeroShotPrediction:
    n = len(labels)
    return zeroshot.ZeroShotPrediction(
        labels=labels,
        probabilities=np.full(n, 1 / n, np.float32),
        similarities=np.linspace(0.5, 0.1, n).astype(np.float32),
        encoded=labels,
        temperature=0.04,
        model="concept-space",
        seconds=0.1,
    )


def build_similarity(n: int, m: int, encoded: tuple[str, ...]) -> zeroshot.Similarity:
    pictures, texts = np.eye(n, 4, dtype=np.float32), np.eye(m, 4, dtype=np.float32)
    facts = {"image_vectors": pictures, "text_vectors": texts, "matrix": pictures @ texts.T, "encoded": encoded}
    return zeroshot.Similarity(**facts, new=(0, 1), model="concept-space", seconds=0.1)
