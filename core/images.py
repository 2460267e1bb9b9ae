"""The one convention: pictures are HWC uint8 RGB, masks bool (H, W), points (x, y) in pixels of the picture."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from core.checks import short_repr
from core.errors import InputError

RGB = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Grey = npt.NDArray[np.float32]
MAX_PIXELS = 50_000_000
# decoders raise these, and nothing narrower, for truncated and damaged files
DECODE_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, RuntimeError, struct.error)


def to_rgb(image: object) -> RGB:
    """Any picture as HWC uint8 RGB: upright (EXIF), first frame, alpha laid on white.

    Args:
        image: array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), bool, uint8 or uint16, or float in [0, 1];
            a PIL image; or a path to a file that Pillow reads, HEIC included, or the bytes of such a file.

    Raises:
        InputError: there is no picture, it cannot be read, or it has more than 50 megapixels.
    """
    if image is None:
        raise InputError("errors.picture_missing")
    if isinstance(image, np.ndarray):
        return _array_to_rgb(image)
    if isinstance(image, Image.Image):
        return _pil_to_rgb(image)
    if isinstance(image, (str, Path)):
        return _file_to_rgb(Path(image))
    if isinstance(image, bytes):
        return _bytes_to_rgb(image)
    raise InputError("errors.picture_type", got=type(image).__name__)


def to_rgba(image: Path | bytes) -> npt.NDArray[np.uint8]:
    """A picture file as HWC uint8 RGBA: the colours that lie under its alpha, upright, first frame.

    Raises:
        InputError: as `to_rgb`.
    """
    try:
        with Image.open(io.BytesIO(image) if isinstance(image, bytes) else image) as picture:
            check_image_size(*picture.size)
            return np.array(picture.convert("RGBA"))
    except DECODE_ERRORS as error:
        raise InputError("errors.picture_damaged", got=short_repr(str(error))) from error


def to_mask(mask: object, shape: tuple[int, int]) -> Mask:
    """A mask as bool (H, W): white, opaque or True is inside.

    Args:
        mask: bool or number array (H, W), picture array, PIL image or path; above half of its range is inside.
        shape: (H, W) of the picture it belongs to.

    Raises:
        InputError: it cannot be read, or its size is not the picture's.
    """
    if mask is None:
        raise InputError("errors.mask_missing")
    if isinstance(mask, np.ndarray) and mask.dtype == bool and mask.ndim == 2:
        found = mask
    else:
        found = to_rgb(mask).mean(axis=2) > 127
    if found.shape != tuple(shape):
        (h, w), (gh, gw) = shape, found.shape
        raise InputError("errors.mask_size", expected=f"{w} x {h}", got=f"{gw} x {gh}")
    return found


def hash_pixels(image: RGB) -> str:
    """A name for these very pixels (SHA-256)."""
    return hashlib.sha256(repr(image.shape).encode() + np.ascontiguousarray(image).tobytes()).hexdigest()


def fit(image: RGB, longest: int) -> RGB:
    """The picture with its longest side at most `longest` pixels, proportions kept (area average)."""
    h, w = image.shape[:2]
    if max(h, w) <= longest:
        return image
    scale = longest / max(h, w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX, reducing_gap=2.0))


# told apart at a glance, by most colour-blind people too (Wong 2011), then the same ones lighter and darker
COLOURS: tuple[tuple[int, int, int], ...] = tuple(
    (min(255, round(r * k)), min(255, round(g * k)), min(255, round(b * k)))
    for k in (1.0, 1.45, 0.6)
    for r, g, b in (
        (230, 159, 0), (0, 158, 115), (204, 121, 167), (213, 94, 0), (86, 180, 233), (240, 228, 66), (0, 114, 178),
    )
)  # fmt: skip


def crop_to_square(image: RGB, side: int) -> RGB:
    """The largest square in the picture's middle, `side` pixels wide."""
    h, w = image.shape[:2]
    short = min(h, w)
    left, top = (w - short) // 2, (h - short) // 2
    # the area's average when it shrinks; a box would copy pixels when it grows
    kernel = Image.Resampling.BOX if short >= side else Image.Resampling.BICUBIC
    # cut first: a kernel that is given a box reads beyond it
    cut = np.ascontiguousarray(image[top : top + short, left : left + short])
    return np.asarray(Image.fromarray(cut).resize((side, side), kernel))


def overlay_masks(image: RGB, masks: Sequence[Mask], opacity: float = 0.5) -> RGB:
    """The picture with every mask tinted in a colour of its own, later ones over earlier ones."""
    shown = image
    for number, mask in enumerate(masks):
        shown = overlay_mask(shown, mask, COLOURS[number % len(COLOURS)], opacity)
    return shown


def overlay_mask(image: RGB, mask: Mask, colour: tuple[int, int, int] = (30, 144, 255), opacity: float = 0.5) -> RGB:
    """The picture with `mask` tinted; opacity in [0, 1]."""
    shown = image.astype(np.float32)
    shown[mask] = (1 - opacity) * shown[mask] + opacity * np.asarray(colour, np.float32)
    return shown.round().astype(np.uint8)


def grey_picture(values: Grey) -> RGB:
    """Values (H, W) in [0, 1] as a grey picture."""
    return np.repeat((values.clip(0, 1) * 255).round().astype(np.uint8)[..., None], 3, axis=2)


def false_colour(values: Grey) -> RGB:
    """Values (H, W) in [0, 1] in colours of even steps, dark blue to yellow (viridis)."""
    levels = (values.clip(0, 1) * 255).round().astype(np.uint8)
    return np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS))[..., ::-1]


def overlay_heatmap(image: RGB, values: Grey, opacity: float = 0.6) -> RGB:
    """The picture with values (H, W) in [0, 1] laid over it; where they are 0 the picture shows through unchanged."""
    levels = (values.clip(0, 1) * 255).round().astype(np.uint8)
    colours = np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO))[..., ::-1].astype(np.float32)
    # full colour from a quarter of the scale on, so that the middle of the scale can be read too
    share = opacity * (values.clip(0, 0.25) * 4)[..., None]
    return np.asarray(((1 - share) * image + share * colours).round(), np.uint8)


def resize_map(values: Grey, shape: tuple[int, int]) -> Grey:
    """Values (h, w) over a picture of `shape` (H, W), bilinear; clipped to [0, 1]."""
    h, w = shape
    shrinks = values.shape[0] > h and values.shape[1] > w
    resized = cv2.resize(values, (w, h), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(resized, np.float32).clip(0, 1)


def enlarge_pixels(image: RGB, factor: int) -> RGB:
    """Every pixel as a square of `factor` x `factor`."""
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def tile_images(pictures: list[RGB], columns: int, gap: int = 2) -> RGB:
    """Pictures of one size as a grid on white, row by row."""
    h, w = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = (i // columns) * (h + gap), (i % columns) * (w + gap)
        sheet[y : y + h, x : x + w] = picture
    return sheet


def _file_to_rgb(path: Path) -> RGB:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError("errors.picture_file", got=error.strerror or type(error).__name__) from error
    return _bytes_to_rgb(data)


def _bytes_to_rgb(data: bytes) -> RGB:
    import pillow_heif

    pillow_heif.register_heif_opener()
    if not data:
        raise InputError("errors.picture_empty")
    try:
        with warnings.catch_warnings():
            # Pillow warns from 89 megapixels on; the limit below is stricter and is an error
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                return _pil_to_rgb(picture)
    except Image.DecompressionBombError as error:
        raise InputError("errors.picture_large", limit=MAX_PIXELS // 10**6, got="> 178") from error
    except UnidentifiedImageError as error:
        raise InputError("errors.picture_unknown") from error
    except DECODE_ERRORS as error:
        raise InputError("errors.picture_damaged", got=short_repr(str(error))) from error


def _pil_to_rgb(picture: Image.Image) -> RGB:
    check_image_size(*picture.size)
    if getattr(picture, "is_animated", False):
        picture.seek(0)
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I;16") or picture.mode == "I":
        return _array_to_rgb(np.asarray(picture).clip(0, 65535).astype(np.uint16))
    if picture.mode == "F":
        return _array_to_rgb(np.asarray(picture))
    if "A" in picture.mode or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.array(picture.convert("RGB"))


def _array_to_rgb(array: npt.NDArray[Any]) -> RGB:
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        raise InputError("errors.array_shape", got=str(array.shape))
    check_image_size(array.shape[1], array.shape[0])
    levels = _to_uint8(array)
    if levels.shape[2] == 4:
        alpha = levels[..., 3:].astype(np.float32) / 255
        levels = (levels[..., :3] * alpha + 255 * (1 - alpha)).round().astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(levels, (*levels.shape[:2], 3)))


def _to_uint8(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if array.dtype == np.uint16:
        return (array / 257).round().astype(np.uint8)
    if array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= 255:
        return array.astype(np.uint8)
    if array.dtype.kind == "f" and np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1:
        return (array * 255).round().astype(np.uint8)
    raise InputError("errors.array_values", got=_value_range(array))


def _value_range(array: npt.NDArray[Any]) -> str:
    if array.dtype.kind not in "iuf":
        return str(array.dtype)
    if not np.isfinite(array).all():
        return f"{array.dtype}, NaN or infinite"
    return f"{array.dtype}, {array.min():g} ... {array.max():g}"


def check_image_size(width: int, height: int) -> None:
    """Refuses what is too large, before it is decoded.

    Raises:
        InputError: it has more than 50 megapixels.
    """
    if width * height > MAX_PIXELS:
        raise InputError("errors.picture_large", limit=MAX_PIXELS // 10**6, got=round(width * height / 10**6))
