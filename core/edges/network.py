"""An edge network on pictures of any size."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import torch
from torch import nn

from core import images
from core.images import RGB, Grey
from core.models.memory import out_of_memory, precision


class EdgeNetwork:
    """A `core.models.protocols.EdgeDetector` around a network.

    Args:
        net: float (1, 3, h, w) in [-1, 1], sides multiples of 16, to logits (1, 1, h, w).
        device: where it runs.
    """

    def __init__(self, net: nn.Module, device: str) -> None:
        self._net = precision.use_half_precision(net.to(device).eval(), device)
        self._device = device

    def __call__(self, image: RGB, *, longest: int, scales: tuple[float, ...]) -> Grey:
        """Edge strength float32 (H, W) in [0, 1], the mean over the scales.

        Args:
            image: uint8 RGB (H, W, 3).
            longest: pixels of the longest side that the network sees at scale 1; a smaller picture is not enlarged.
            scales: factors of `longest`.
        """
        found = np.zeros(image.shape[:2], np.float32)
        for scale in scales:
            strength = out_of_memory.retry_smaller(
                functools.partial(self._run_network, images.fit(image, max(16, round(longest * scale))))
            )
            found += cv2.resize(strength, found.shape[::-1], interpolation=cv2.INTER_LINEAR) / len(scales)
        return found.clip(0, 1)

    def _run_network(self, image: RGB) -> Grey:
        """Float32 (h, w) in [0, 1]; the border is mirrored until both sides are multiples of 16."""
        h, w = image.shape[:2]
        padded = cv2.copyMakeBorder(image, 0, -h % 16, 0, -w % 16, cv2.BORDER_REFLECT)
        pictures = torch.from_numpy(padded).permute(2, 0, 1)[None].to(self._device).float() / 127.5 - 1
        with torch.inference_mode():
            logits = self._net(pictures)[0, 0, :h, :w]
            strength: Grey = logits.sigmoid().cpu().numpy()
        return strength
