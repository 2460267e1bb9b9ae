"""The one convention: pictures are HWC uint8 RGB, masks bool (H, W), points (x, y) in pixels of the picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from core.decoding import bit_depth, colour_profiles, decoder, mask_files
from core.decoding.files import MAX_PIXELS, refuse_size, shrink_factor
from core.errors import InputError

RGB = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Grey = npt.NDArray[np.float32]


def to_rgb(image: object) -> RGB:
    """Any picture as HWC uint8 RGB in sRGB: upright (EXIF), first frame, alpha laid on white.

    A picture of more than 50 megapixels is read at 1/2, 1/4, ... of its width and height, rounded up. The embedded
    colour profile of a file or a PIL image is heeded, and numbers of more than 8 bits become levels as
    `core.decoding.bit_depth.to_levels` says.

    Args:
        image: array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), bool, whole numbers 0 to 255, uint16, or floats in
            [0, 1] or [0, 255]; a PIL image; or a path to a file of `core.decoding.files.FORMATS`, or its bytes.

    Raises:
        InputError: there is no picture, it cannot be read, or it is a file of more than 120 megapixels, or of 250 for
            a JPEG.
    """
    if image is None:
        raise InputError("errors.picture_missing")
    if isinstance(image, np.ndarray):
        return _array_to_rgb(image)
    return _pil_to_rgb(decoder.decode_any(image))


def to_rgba(image: object) -> npt.NDArray[np.uint8]:
    """A picture file as HWC uint8 RGBA: the colours that lie under its alpha; else as `to_rgb`.

    Args:
        image: a PIL image, or a path to a file of `core.decoding.files.FORMATS`, or its bytes.

    Raises:
        InputError: as `to_rgb`.
    """
    return np.array(_to_srgb(decoder.decode_any(image)).convert("RGBA"))


def to_mask(mask: object, shape: tuple[int, int]) -> Mask:
    """A mask as bool (H, W): opaque where the alpha varies; else white, any other colour on black, any label but 0.

    `core.decoding.mask_files.decode_mask` says how each kind of mask is told.

    Args:
        mask: bool or number array (H, W), picture array, PIL image, path or a file's bytes.
        shape: (H, W) of the picture it belongs to; a mask of a picture that `to_rgb` read smaller may have the size
            that the picture had.

    Raises:
        InputError: it cannot be read, or its size is not the picture's.
    """
    if mask is None:
        raise InputError("errors.mask_missing")
    found = mask_files.decode_mask(mask)
    factor = shrink_factor(found.shape[1], found.shape[0])
    if factor > 1:
        levels = Image.fromarray(found.astype(np.uint8) * 255)
        found = np.asarray(levels.reduce(factor)) > 127
    if found.shape != tuple(shape):
        (h, w), (gh, gw) = shape, found.shape
        raise InputError("errors.mask_size", expected=f"{w} × {h}", got=f"{gw} × {gh}")
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


def _pil_to_rgb(picture: Image.Image) -> RGB:
    """A decoded picture as HWC uint8 RGB: as `_to_srgb`, its alpha laid on white."""
    picture = _to_srgb(picture)
    if colour_profiles.has_alpha(picture):
        rgba = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.array(picture.convert("RGB"))


def _to_srgb(picture: Image.Image) -> Image.Image:
    """A decoded picture with its numbers as levels of 8 bits and its colours as sRGB."""
    if bit_depth.is_deep(picture):
        levels = Image.fromarray(bit_depth.to_levels(bit_depth.upright_numbers(picture), bit_depth.read_white(picture)))
        # one number of a deep picture that is transparent is no level
        levels.info = {name: value for name, value in picture.info.items() if name != "transparency"}
        picture = levels
    profile = colour_profiles.find_profile(picture)
    if profile is not None:
        picture = colour_profiles.convert_to_srgb(picture, profile)
    return picture


def _array_to_rgb(array: npt.NDArray[Any]) -> RGB:
    levels = bit_depth.array_to_levels(bit_depth.check_array(array))
    factor = shrink_factor(levels.shape[1], levels.shape[0])
    if factor > 1:
        return _pil_to_rgb(
            decoder.reduce_image(Image.fromarray(levels.squeeze(2) if levels.shape[2] == 1 else levels), factor)
        )
    if levels.shape[2] == 4:
        alpha = levels[..., 3:].astype(np.float32) / 255
        levels = (levels[..., :3] * alpha + 255 * (1 - alpha)).round().astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(levels, (*levels.shape[:2], 3)))


def check_image_size(width: int, height: int) -> None:
    """Refuses what is too large for something that is not read smaller.

    Raises:
        InputError: it has more than 50 megapixels.
    """
    if width * height > MAX_PIXELS:
        raise refuse_size(width * height, MAX_PIXELS)
