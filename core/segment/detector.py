"""Grounding DINO and OWLv2 from a folder of the Hub, through transformers."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from PIL import Image

from core.images import RGB, fit
from core.models import weights
from core.models.catalog import Row
from core.models.memory import out_of_memory, precision
from core.models.protocols import Detections

MIN_THRESHOLD = 0.01  # below this everything in the picture is a box
LONGEST_SIDE = 1344  # of a picture that is looked at, in pixels: the networks see no more
# the processors take a picture of 1 or 3 pixels' height for one of as many channels, and round a long one's to none
MIN_SIDE, MAX_PROPORTION = 4, 16
# what is used of an answer, with the least that it may be; the rest has infinities at a picture's border
OUTPUT_MINIMA = {"logits": -float("inf"), "pred_boxes": 0.0}


class TransformersDetector:
    """An open-vocabulary detector (Liu et al. 2023, Minderer et al. 2023).

    Each name is a prompt of its own: Grounding DINO reads all names as one sentence and labels a box with tokens of
    it, which can belong to two names.
    """

    def __init__(self, path: Path, device: str) -> None:
        from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

        net = weights.load_pretrained(AutoModelForZeroShotObjectDetection, path).to(device)
        self.net = precision.use_half_precision(net, device, OUTPUT_MINIMA)
        self._processor = AutoProcessor.from_pretrained(path, local_files_only=True)
        self._device = device

    def __call__(self, image: RGB, words: list[str], *, threshold: float) -> Detections:
        """Boxes with a score of at least `threshold`, best first."""
        lowest = max(MIN_THRESHOLD, threshold)
        found = [
            out_of_memory.retry_smaller(functools.partial(self._detect_phrase, image, phrase, lowest))
            for phrase in words
        ]
        boxes = np.concatenate([boxes for boxes, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        labels = np.repeat(np.arange(len(words)), [len(scores) for _, scores in found])
        order = np.argsort(-scores, kind="stable")
        return Detections(boxes=boxes[order], scores=scores[order], labels=labels[order])

    def _detect_phrase(self, image: RGB, phrase: str, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        """Boxes float32 (n, 4) and scores float32 (n,) of one name, duplicates included."""
        import torch

        small = _resize_for_processor(image)
        settings = {"text": [[phrase.lower()]], "return_tensors": "pt", "truncation": True}
        inputs = self._processor(images=Image.fromarray(small), **settings).to(self._device)
        with torch.inference_mode():
            seen = self.net(**inputs)
        (found,) = self._processor.post_process_grounded_object_detection(
            seen, threshold=threshold, target_sizes=[small.shape[:2]]
        )
        boxes, scores = (found[name].float().cpu().numpy() for name in ("boxes", "scores"))
        scale = np.array([image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]], np.float32)
        return boxes.reshape(-1, 4) * np.tile(scale, 2), scores


def _resize_for_processor(image: RGB) -> RGB:
    """The picture, no longer than the networks see it anyway and with sides that the processors understand."""
    small = fit(image, LONGEST_SIDE)
    least = max(MIN_SIDE, max(small.shape[:2]) // MAX_PROPORTION)
    h, w = (max(least, side) for side in small.shape[:2])
    if small.shape[:2] == (h, w):
        return small
    return np.asarray(Image.fromarray(small).resize((w, h), Image.Resampling.NEAREST))


def load(row: Row, path: Path, device: str) -> TransformersDetector:
    """Grounding DINO, OWLv2 and their kin through `transformers.AutoModelForZeroShotObjectDetection`."""
    return TransformersDetector(path, device)
