"""What each task expects of its model: pocket and full ones satisfy the same protocol, so nobody asks which it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from core.images import RGB, Grey, Mask

Vectors = npt.NDArray[np.float32]


class SegmentPredictor(Protocol):
    """`segment_anything.SamPredictor`, as far as we use it (Kirillov et al. 2023)."""

    def set_image(self, image: RGB) -> object:
        """Embeds a picture; `predict` answers for it."""

    def predict(
        self,
        point_coords: npt.NDArray[np.float32] | None = None,
        point_labels: npt.NDArray[np.int_] | None = None,
        box: npt.NDArray[np.float32] | None = None,
        mask_input: npt.NDArray[np.float32] | None = None,
        multimask_output: bool = True,
    ) -> tuple[Mask, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Masks bool (n, H, W), predicted IoU float32 (n,), low-resolution logits (n, 256, 256)."""


@dataclass(frozen=True, kw_only=True)
class FillStep:
    """One step of an `Inpainter` is done: a scale of PatchMatch, a denoising step of diffusion.

    Attributes:
        index: how many are done, from 1 to `total`.
        total: how many there are.
        preview: the picture as it is now, where there is one; pixels outside the hole may differ.
    """

    index: int
    total: int
    preview: RGB | None


class Inpainter(Protocol):
    """Fills what a mask covers."""

    def __call__(
        self, image: RGB, mask: Mask, *, prompt: str = "", seed: int = 0, on_step: Callable[[Any], None] | None = None
    ) -> RGB:
        """The whole picture, of the same size; pixels outside the mask may differ, the caller pastes them back."""


class DualEncoder(Protocol):
    """Pictures and texts into one space (Radford et al. 2021)."""

    temperature: float
    """What the cosines are divided by before softmax."""

    def encode_images(self, images: list[RGB]) -> Vectors:
        """Unit vectors float32 (n, d)."""

    def encode_texts(self, texts: list[str]) -> Vectors:
        """Unit vectors float32 (n, d)."""


@dataclass(frozen=True, kw_only=True)
class Detections:
    """What a `Detector` found, best first.

    Attributes:
        boxes: float32 (n, 4), x1 y1 x2 y2 in pixels of the picture.
        scores: float32 (n,), in [0, 1].
        labels: int (n,), positions in the words that were asked for.
        clicks: float32 (n, 2), (x, y) of a place on each thing; None where the detector knows no such.
    """

    boxes: Vectors
    scores: Vectors
    labels: npt.NDArray[np.int_]
    clicks: Vectors | None = None


class Detector(Protocol):
    """Finds what words name (Liu et al. 2023, Minderer et al. 2023)."""

    def __call__(self, image: RGB, words: list[str], *, threshold: float) -> Detections:
        """The boxes whose score is at least `threshold`; `words` are names of things, in English."""


class ThingDetector(Protocol):
    """Finds one kind of thing, such as persons (Liu et al. 2016)."""

    def __call__(self, image: RGB, *, threshold: float) -> Detections:
        """The boxes whose score is at least `threshold`, best first; all labels are 0."""


class Matting(Protocol):
    """Says what stands out in a picture (Qin et al. 2020)."""

    def __call__(self, image: RGB) -> Grey:
        """How much each cell is foreground, float32 (h, w) in [0, 1], the picture stretched to the network's size."""


class EdgeDetector(Protocol):
    """A network that finds boundaries."""

    def __call__(self, image: RGB, *, longest: int, scales: tuple[float, ...]) -> Grey:
        """How sure it is of a boundary, float32 (H, W) in [0, 1]: the mean of its answers to the picture at each scale.

        At scale 1 the picture's longest side is `longest` pixels, or its own where that is less.
        """
