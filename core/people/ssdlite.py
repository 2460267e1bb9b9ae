"""SSDLite on MobileNetV2, trained to find persons (Liu et al. 2016, Sandler et al. 2018), computed by OpenCV.

The network answers for 1,917 boxes of given places and shapes, the anchors: how sure it is of a person, and how the box
must be moved and stretched to fit. It sees a square, into which the picture is stretched. A long picture is looked at
in squares that overlap too, as in them the small persons of a street keep their shape.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.images import RGB
from core.models.catalog import Row
from core.models.protocols import Detections
from core.people import frozen_graph
from core.squares import cover_by_squares, suppress_boxes

Floats = npt.NDArray[np.float32]

SIZE = 300  # pixels of the square picture that it was trained on
CELLS = (19, 10, 5, 3, 2, 1)  # on a side of each of its six maps
SMALLEST, LARGEST = 0.2, 0.95  # scales of the anchors of the first and the last map, in parts of the picture
LOWEST = ((0.1, 1.0), (SMALLEST, 2.0), (SMALLEST, 0.5))  # scale and aspect ratio of the first map's anchors
RATIOS = (1.0, 2.0, 0.5, 3.0, 0.3333)  # of the others', which have one more square between two scales
PLACE_SCALE, SIZE_SCALE = 10.0, 5.0  # what training multiplied the offsets by
SQUARE_IOU = 0.5  # with a better box of the same look, from which a box goes
# chosen on every other picture of Penn-Fudan with benchmarks/people.py
DUPLICATE_IOU, DUPLICATE_PART = 0.4, 0.8  # the same of all looks together, and the part of the smaller of the two boxes
SQUARE_RATIO = 1.25  # of a picture's sides up to which it is only looked at as a whole
OVERLAP = 0.5  # of two squares beside each other, in parts of their side
MAX_SQUARES = 12  # more are of a strip, in which nobody is to be seen
BORDER = 0.02  # part of a square's side: a box that reaches so near its inner border is of a person who is cut
PREFIXES = ("FeatureExtractor/MobilenetV2/", "BoxPredictor_")
FIRST = "FeatureExtractor/MobilenetV2/MobilenetV2/input"


class SsdLite:
    """A `protocols.ThingDetector` from a frozen graph of TensorFlow's object detection."""

    def __init__(self, path: Path) -> None:
        network = frozen_graph.read_network(path, PREFIXES, FIRST)
        self._net = cv2.dnn.readNetFromTensorflow(network, np.zeros(0, np.uint8), cv2.dnn.ENGINE_CLASSIC)
        self._anchors = _list_anchors()
        self._outputs = [
            f"BoxPredictor_{number}/{kind}Predictor/Conv2D"
            for kind in ("BoxEncoding", "Class")
            for number in range(len(CELLS))
        ]
        if missing := sorted({*self._outputs} - {*self._net.getLayerNames()}):
            raise ValueError(f"{path.name} has no {missing[0]}")

    def __call__(self, image: RGB, *, threshold: float) -> Detections:
        """Boxes with a score of at least `threshold`, best first."""
        h, w = image.shape[:2]
        boxes, scores = ([each] for each in self._look(image, threshold))
        squares = cover_by_squares((h, w), min(h, w), OVERLAP) if max(h, w) > SQUARE_RATIO * min(h, w) else []
        for x, y, side in squares[:MAX_SQUARES]:
            found, sure = self._look(np.ascontiguousarray(image[y : y + side, x : x + side]), threshold)
            whole = ~_is_cut(found, (x, y, side), (h, w))
            boxes.append(found[whole] + np.array([x, y, x, y], np.float32))
            scores.append(sure[whole])
        together, all_scores = np.concatenate(boxes), np.concatenate(scores)
        best = suppress_boxes(together, all_scores, DUPLICATE_IOU, inside=DUPLICATE_PART)
        return Detections(boxes=together[best], scores=all_scores[best], labels=np.zeros(len(best), int))

    def _look(self, image: RGB, threshold: float) -> tuple[Floats, Floats]:
        """Boxes float32 (n, 4) in pixels and scores (n,) of a picture stretched to a square, best first."""
        small = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)
        self._net.setInput((small / 127.5 - 1).transpose(2, 0, 1)[None], frozen_graph.PICTURE)
        maps = [each.transpose(0, 2, 3, 1) for each in self._net.forward(self._outputs)]
        offsets = np.concatenate([each.reshape(-1, 4) for each in maps[: len(CELLS)]])
        # background and person; each of the two was trained by itself
        sure = 1 / (1 + np.exp(-np.concatenate([each.reshape(-1, 2) for each in maps[len(CELLS) :]])[:, 1]))
        kept = sure >= threshold
        h, w = image.shape[:2]
        boxes = _move_anchors(self._anchors[kept], offsets[kept]).clip(0, 1) * np.array([w, h, w, h], np.float32)
        best = suppress_boxes(boxes, sure[kept], SQUARE_IOU)
        return boxes[best], sure[kept][best].astype(np.float32)


def _list_anchors() -> Floats:
    """Centre and size (x, y, width, height) of every anchor in parts of the picture, float32 (1917, 4)."""
    scales = [*np.linspace(SMALLEST, LARGEST, len(CELLS)), 1.0]
    found = []
    for number, cells in enumerate(CELLS):
        between = float(np.sqrt(scales[number] * scales[number + 1]))
        shapes = LOWEST if number == 0 else (*((scales[number], ratio) for ratio in RATIOS), (between, 1.0))
        places = [((x + 0.5) / cells, (y + 0.5) / cells) for y in range(cells) for x in range(cells)]
        found += [(x, y, scale * ratio**0.5, scale / ratio**0.5) for x, y in places for scale, ratio in shapes]
    return np.array(found, np.float32)


def _move_anchors(anchors: Floats, offsets: Floats) -> Floats:
    """The boxes (n, 4) as x1 y1 x2 y2 in parts of the picture; offsets are of y, x, height and width."""
    centres = anchors[:, :2] + offsets[:, 1::-1] / PLACE_SCALE * anchors[:, 2:]
    sizes = np.exp(offsets[:, :1:-1] / SIZE_SCALE) * anchors[:, 2:]
    return np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)


def _is_cut(boxes: Floats, square: tuple[int, int, int], shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Which boxes (n, 4) of a square (x, y, side) reach its border inside the picture, bool (n,)."""
    x, y, side = square
    near = BORDER * side
    begins = (boxes[:, 0] < near) & (x > 0) | (boxes[:, 1] < near) & (y > 0)
    ends = (boxes[:, 2] > side - near) & (x + side < shape[1]) | (boxes[:, 3] > side - near) & (y + side < shape[0])
    return np.asarray(begins | ends)


def load(row: Row, path: Path, device: str) -> SsdLite:
    """SSDLite for persons from the frozen graph of TensorFlow's object detection."""
    return SsdLite(path)
