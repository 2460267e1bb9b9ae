"""An autoencoder: a picture becomes a small code, the code becomes a picture again (Hinton and Salakhutdinov 2006)."""

from __future__ import annotations

import bisect
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from core import checks, images, models
from core.checks import integer, number
from core.errors import InputError
from core.generate import latents
from core.images import RGB, Grey
from core.models.catalog.specs import AutoencoderSpec
from core.results import Result, Stopwatch

TASK = "autoencoder"
MAX_NOISE, MAX_COUNT = 3.0, 15
QUALITIES = range(101)
# the scale of the code's colours: three deviations, beyond which hardly a number lies
CODE_LIMIT = 3.0
BLUE, WHITE, RED = ((33, 102, 172), (255, 255, 255), (178, 24, 43))

Code = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reconstruction:
    """A picture that came back from fewer bytes, and how much it is like the original.

    Attributes:
        picture: HWC uint8 RGB.
        bytes: what holds it: of a code, its numbers at 8 bits each; of a file, without headers and tables, which are
            the same for every picture, as the network's weights are.
        psnr: peak signal-to-noise ratio in dB; infinite for equal pictures.
        ssim: structural similarity (Wang et al. 2004), at most 1.
    """

    picture: RGB
    bytes: int
    psnr: float
    ssim: float


@dataclass(frozen=True, kw_only=True, eq=False)
class CompressedFile(Reconstruction):
    """The copy that a file format makes.

    Attributes:
        format: a name in FORMATS.
        quality: what was asked of the format, 0 to 100: the best that takes no more bytes than the code, else 0.
        whole: bytes of the whole file.
    """

    format: str
    quality: int
    whole: int


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundTrip(Result):
    """A picture, its code, and what the decoder makes of the code.

    Attributes:
        image: the picture as the network sees it: the largest square in its middle, at the network's size.
        code: what was decoded, float32 (channels, h, w); without bottleneck and noise of mean 0 and deviation 1 or so.
        copy: the picture that came back, and what its code takes.
        error: mean absolute difference of the colours, float32 (H, W) in [0, 1].
        files: the same picture in as many bytes in other formats, by name.
    """

    image: RGB
    code: Code
    copy: Reconstruction
    error: Grey
    files: Mapping[str, CompressedFile]

    def __post_init__(self) -> None:
        assert self.copy.picture.shape == self.image.shape and self.error.shape == self.image.shape[:2]

    @property
    def decoded_picture(self) -> RGB:
        """What the decoder made of the code."""
        return self.copy.picture


@dataclass(frozen=True, kw_only=True, eq=False)
class Interpolation(Result):
    """On the straight line from one code to another.

    Attributes:
        shares: of the second code, float32 (count,), from 0 to 1.
        pictures: the decoded mixtures of the codes.
        fades: mixtures of the two ends' pixels, for comparison.
    """

    shares: npt.NDArray[np.float32]
    pictures: tuple[RGB, ...]
    fades: tuple[RGB, ...]

    def __post_init__(self) -> None:
        assert len(self.shares) == len(self.pictures) == len(self.fades)


def round_trip(
    image: object, *, keep: int | None = None, noise: float = 0.0, seed: int = 0, model: str | None = None
) -> RoundTrip:
    """Encodes a picture and decodes its code.

    Args:
        image: what `core.images.to_rgb` accepts.
        keep: bottleneck: so many of the lowest frequencies of each of the code's maps in both directions (discrete
            cosine transform, Ahmed et al. 1974), which is keep x keep numbers a map; 1 to the side of a map. None keeps
            all.
        noise: standard deviation of the Gaussian noise added to the code, 0 to 3; the code's own is about 1.
        seed: of the noise, 0 to 2**32 - 1.
        model: catalogue name; None takes the default for this machine.

    Raises:
        InputError: the picture cannot be used, or a value is out of range.
        ModelUnavailable: the model's weights are not on this machine.
    """
    picture = images.to_rgb(image)
    deviation, seed = number("noise", noise, 0, MAX_NOISE), checks.seed_number(seed)
    with models.borrow(TASK, model) as (row, vae):
        watch = Stopwatch()
        seen = images.crop_to_square(picture, row.spec_as(AutoencoderSpec).size)
        code = _encode_picture(vae, seen)
        side = code.shape[-1]
        kept = side if keep is None else integer("keep", keep, 1, side)
        size = len(code) * kept**2
        code = code if kept == side else low_pass_filter(code, kept)
        if deviation:
            code = code + deviation * np.random.default_rng(seed).standard_normal(code.shape, np.float32)
        again = _decode_picture(vae, code)
        return RoundTrip(
            image=seen,
            code=code,
            copy=Reconstruction(picture=again, bytes=size, **_quality_metrics(seen, again)),
            error=np.abs(seen.astype(np.float32) - again).mean(axis=2) / 255,
            files={name: _compress_to_size(seen, name, size) for name in FORMATS},
            model=row.name,
            seconds=watch.seconds,
        )


def interpolate(first: object, second: object, *, count: int = 7, model: str | None = None) -> Interpolation:
    """Pictures on the straight line from the code of one picture to that of another.

    Args:
        first: what `core.images.to_rgb` accepts.
        second: the same.
        count: how many, both ends included, 2 to 15.
        model: catalogue name; None takes the default for this machine.

    Raises:
        InputError: a picture is missing or cannot be used, or `count` is out of range.
        ModelUnavailable: the model's weights are not on this machine.
    """
    if first is None or second is None:
        raise InputError("autoencoder.two_pictures", got=sum(picture is not None for picture in (first, second)))
    pictures = images.to_rgb(first), images.to_rgb(second)
    shares = np.linspace(0, 1, integer("count", count, 2, MAX_COUNT), dtype=np.float32)
    with models.borrow(TASK, model) as (row, vae):
        watch = Stopwatch()
        size = row.spec_as(AutoencoderSpec).size
        here, there = (_encode_picture(vae, images.crop_to_square(picture, size)) for picture in pictures)
        decoded = tuple(_decode_picture(vae, (1 - share) * here + share * there) for share in shares)
        ends = decoded[0].astype(np.float32), decoded[-1].astype(np.float32)
        fades = tuple(((1 - share) * ends[0] + share * ends[1]).round().astype(np.uint8) for share in shares)
        return Interpolation(shares=shares, pictures=decoded, fades=fades, model=row.name, seconds=watch.seconds)


def low_pass_filter(code: Code, keep: int) -> Code:
    """The nearest code whose maps have nothing but their `keep` lowest frequencies in each direction."""
    from scipy.fft import dctn, idctn

    waves = dctn(code, axes=(1, 2), norm="ortho")
    waves[:, keep:] = waves[:, :, keep:] = 0
    return np.asarray(idctn(waves, axes=(1, 2), norm="ortho"), np.float32)


def render_code_maps(code: Code, side: int = 96) -> RGB:
    """The code's channels as a grid of maps, each at least `side` pixels wide: blue below zero, white at it, red above.

    Full colour is three deviations, in every picture the same.
    """
    share = (np.abs(code) / CODE_LIMIT).clip(0, 1)[..., None]
    colour = np.where(code[..., None] < 0, BLUE, RED)  # (channels, h, w, 3)
    maps = (WHITE + share * (colour - np.array(WHITE))).round().astype(np.uint8)
    factor = -(-side // code.shape[2])
    return images.tile_images([images.enlarge_pixels(each, factor) for each in maps], round(len(code) ** 0.5), gap=4)


def _encode_picture(vae: Any, picture: RGB) -> Code:
    """The code float32 (channels, h, w)."""
    code: Code = latents.encode_latents(vae, [picture])[0].cpu().numpy()
    return code


def _decode_picture(vae: Any, code: Code) -> RGB:
    import torch

    return latents.decode_latents(vae, torch.from_numpy(code)[None])[0]


def _quality_metrics(original: RGB, picture: RGB) -> dict[str, float]:
    from skimage.metrics import structural_similarity

    squared = float(np.square(original.astype(np.float64) - picture).mean())
    psnr = 10 * float(np.log10(255**2 / squared)) if squared else float("inf")
    return {"psnr": psnr, "ssim": float(structural_similarity(original, picture, channel_axis=2, data_range=255))}


def _compress_to_size(picture: RGB, name: str, size: int) -> CompressedFile:
    """The picture in this format, as good as `size` bytes allow, or at its smallest where that is larger."""
    payload = FORMATS[name]
    quality = max(0, bisect.bisect_right(QUALITIES, size, key=lambda q: payload(_encode_file(picture, name, q))) - 1)
    data = _encode_file(picture, name, quality)
    again = images.to_rgb(data)
    likeness = _quality_metrics(picture, again)
    return CompressedFile(picture=again, bytes=payload(data), format=name, quality=quality, whole=len(data), **likeness)


def _encode_file(picture: RGB, name: str, quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, name, quality=quality)
    return out.getvalue()


def _jpeg_scan_size(data: bytes) -> int:
    """Bytes of the picture itself, from behind the header of the scan to the end marker (ITU T.81, annex B)."""
    start = data.index(b"\xff\xda") + 2
    return len(data) - start - int.from_bytes(data[start : start + 2], "big") - 2


def _webp_frame_size(data: bytes) -> int:
    """Bytes of the frame: without the headers of the file (12) and of its only chunk (8)."""
    return len(data) - 20


FORMATS: Mapping[str, Callable[[bytes], int]] = MappingProxyType({"JPEG": _jpeg_scan_size, "WebP": _webp_frame_size})
