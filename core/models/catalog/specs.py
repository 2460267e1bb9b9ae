"""What a task must know of a model beyond its weights: one frozen set of facts for each kind of model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Spec:
    """Facts of any model.

    Attributes:
        language: "en" where it reads English only, "" where it reads Korean and others too, or no words at all.
        vocabulary: the English that it was taught: "emoji" are the names of emoji.
        opencv: OpenCV computes it, on the CPU: it needs no torch, and no GPU makes it quicker.
    """

    language: str = ""
    vocabulary: Literal["everyday", "emoji"] = "everyday"
    opencv: bool = False

    @property
    def largest_side(self) -> int | None:
        """The longest side of a picture that it makes, in pixels; None where it makes none or has no limit."""
        return None


@dataclass(frozen=True, kw_only=True)
class ClassifySpec(Spec):
    """A classifier of ImageNet's classes.

    Attributes:
        architecture: its name in timm; "" where the weights come with it.
        standout: the least `standout` of a picture that one of the classes fits, see `core/classify/prediction.py`;
            0 where that was not measured.
    """

    architecture: str = ""
    standout: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SegmentSpec(Spec):
    """A segment model.

    Attributes:
        architecture: its name in `segment_anything`'s registry; "" where another library builds it.
        size: pixels of the square that its encoder sees; 0 where the checkpoint says it.
        coarse: its outlines are coarse and are moved to the picture's edges.
        grid: it answers a whole grid of clicks at once, which "everything" mode asks for.
    """

    architecture: str = ""
    size: int = 0
    coarse: bool = False
    grid: bool = True


@dataclass(frozen=True, kw_only=True)
class DetectSpec(Spec):
    """A detector.

    Attributes:
        threshold: the least score of a box that counts, in [0, 1], where the caller names none.
    """

    threshold: float


@dataclass(frozen=True, kw_only=True)
class DiffusionSpec(Spec):
    """A diffusion pipeline.

    Attributes:
        steps: denoising steps where the caller names none.
        guidance: scale of classifier-free guidance where the caller names none.
        size: pixels of a side where the caller names none.
        size_step: sides are multiples of this.
        max_size: pixels that a side may have; 0 stands for `size`.
        sharp_preview: its autoencoder is quick enough to decode every step.
        variant: of the weights' files, such as "fp16"; None takes the files without one.
        dtype: what a GPU computes in where half precision would overflow; "" leaves that to the device.
    """

    steps: int
    guidance: float
    size: int
    size_step: int = 8
    max_size: int = 0
    sharp_preview: bool = False
    variant: str | None = "fp16"
    dtype: str = ""

    @property
    def largest_side(self) -> int:
        """The longest side of a picture that it makes, in pixels."""
        return self.max_size or self.size


@dataclass(frozen=True, kw_only=True)
class ControlSpec(Spec):
    """A ControlNet.

    Attributes:
        variant: of the weights' files, such as "fp16"; None takes the files without one.
    """

    variant: str | None = None


@dataclass(frozen=True, kw_only=True)
class AutoencoderSpec(Spec):
    """An autoencoder.

    Attributes:
        size: pixels of the square pictures that it was trained on.
    """

    size: int

    @property
    def largest_side(self) -> int:
        """The longest side of a picture that it makes, in pixels."""
        return self.size


@dataclass(frozen=True, kw_only=True)
class OpenCVInpaintSpec(Spec):
    """One of OpenCV's inpainting methods.

    Attributes:
        flag: the name of its constant, such as "INPAINT_TELEA".
    """

    flag: str


@dataclass(frozen=True, kw_only=True)
class PatchMatchSpec(Spec):
    """PatchMatch completion.

    Attributes:
        turned: mirrored and turned patches are looked at too.
    """

    turned: bool = False


@dataclass(frozen=True, kw_only=True)
class TorchScriptSpec(Spec):
    """A traced network, whose file runs code of its own.

    Attributes:
        sha256: hexadecimal hash of the one file that may be read.
    """

    sha256: str
