"""U2-Net-p: which things of a picture stand out (Qin et al. 2020), computed by OpenCV without torch."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from core.images import RGB, Grey
from core.models.catalog import Row

SIZE = 320  # pixels of the square picture that it was trained on
# of the colours of ImageNet, in [0, 1]
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class U2Net:
    """A `protocols.Matting` from an ONNX file."""

    def __init__(self, path: Path) -> None:
        self._net = cv2.dnn.readNetFromONNX(str(path), cv2.dnn.ENGINE_CLASSIC)
        # the first is the fused map, the others are those of the six scales
        self._output = self._net.getUnconnectedOutLayersNames()[0]

    def __call__(self, image: RGB) -> Grey:
        """How much each cell stands out, float32 (320, 320) in [0, 1], the picture stretched to a square."""
        small = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)
        # the white of a dark picture is its brightest number, as in training
        level = (small / max(1.0, float(small.max())) - MEAN) / DEVIATION
        self._net.setInput(level.astype(np.float32).transpose(2, 0, 1)[None])
        return np.asarray(self._net.forward(self._output)[0, 0], np.float32).clip(0, 1)


def load(row: Row, path: Path, device: str) -> U2Net:
    """U2-Net and its small kin from the ONNX file of rembg."""
    return U2Net(path)
