"""Pictures that Gradio does not have: read safely, all by the same reader, or written quickly.

Gradio's own components open whatever came with every decoder that Pillow has; these hand over what `core.images` reads,
or the error that says why not. `report_errors` raises that error: only while a handler runs does Gradio know the
visitor, and so the language.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import numpy as np
import numpy.typing as npt
from gradio.components.gallery import GalleryData, GalleryVideo
from gradio.data_classes import FileData, ImageData
from markupsafe import Markup

from core import checks, images
from core.decoding import mask_files
from core.errors import InputError
from demos.ui import files
from demos.ui.html import status_line
from demos.ui.language import localise
from demos.ui.received import EditorPictures

# level 1 with run lengths: 3 to 6 times faster than Pillow's default, and edge maps come out smaller
_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
_TO_BGR = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
# examples are shown 100 CSS pixels wide, on a phone with two or three pixels for each
THUMBNAIL, _THUMBNAIL = 160, [cv2.IMWRITE_JPEG_QUALITY, 80]
# of the editor, which has one on this page
MAX_LAYERS = 8


@dataclass(frozen=True)
class SentPicture:
    """One of several pictures: its file's name, and its pixels, HWC uint8 RGB, or why it cannot be read.

    Neither stands in one beyond the most that are taken, which was not looked at.
    """

    name: str
    picture: images.RGB | None = None
    error: InputError | None = None


class Picture(gr.Image):
    """An input picture that reaches the handler as HWC uint8 RGB, upright, or as the error that says why not."""

    is_template = True

    def process_example(self, value: Any) -> Any:
        """A thumbnail of an example's file for the page, of some kB; whoever presses it gets the file itself."""
        shown = _write_thumbnail(value, self.GRADIO_CACHE) if isinstance(value, str) else value
        process: Callable[[Any], Any] = super().process_example  # Gradio gives it no types
        return process(shown)

    def preprocess(self, payload: ImageData | None) -> Any:
        """The uploaded file through `core.images`: HWC uint8 RGB, None, or an `InputError`."""
        return _read_file(payload, images.to_rgb)


class MaskPicture(gr.Image):
    """An input mask that reaches the handler as bool (H, W) at its own size, or as the error that says why not."""

    is_template = True

    def preprocess(self, payload: ImageData | None) -> Any:
        """The uploaded file, in which transparency and label numbers still are: bool (H, W), None, or an error."""
        return _read_file(payload, mask_files.decode_mask)


class ResultPicture(gr.Image):  # the browser knows the component by the name of its one base
    """An output picture; takes uint8 (H, W), (H, W, 3) or (H, W, 4), or whatever gr.Image takes."""

    is_template = True

    def preprocess(self, payload: ImageData | None) -> Any:
        """As `Picture` reads it, where it is an input too."""
        return _read_file(payload, images.to_rgb)

    def postprocess(self, value: Any) -> Any:
        """Arrays as PNG files in Gradio's cache."""
        if self.format != "png" or not isinstance(value, np.ndarray) or value.dtype != np.uint8:
            return super().postprocess(value)
        channels = value.shape[2] if value.ndim == 3 else 1
        bgr = cv2.cvtColor(value, _TO_BGR[channels]) if channels in _TO_BGR else value
        data = cv2.imencode(".png", bgr, _FAST)[1].tobytes()
        folder = Path(self.GRADIO_CACHE) / hashlib.sha256(data).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "image.png"
        path.write_bytes(data)
        return ImageData(path=str(path), orig_name=path.name)


class PictureGallery(gr.Gallery):
    """Several pictures; each reaches the handler as a `SentPicture`, the unreadable ones too.

    Attributes:
        most: pictures that are read; those behind them are only named.
        longest: pixels of a picture's longer side to which it is made smaller; None leaves it as it is.
    """

    is_template = True
    most: int | None = None
    longest: int | None = None

    def preprocess(self, payload: GalleryData | None) -> Any:
        """The pictures in their order."""
        sent = [] if payload is None else payload.root
        files = [each.video if isinstance(each, GalleryVideo) else each.image for each in sent]
        return [self._read(file, number) for number, file in enumerate(files)]

    def _read(self, file: ImageData | FileData, number: int) -> SentPicture:
        name = file.orig_name or Path(file.path or "").name
        if self.most is not None and number >= self.most:
            return SentPicture(name)
        try:
            picture = images.to_rgb(picture_source(file))
        except InputError as error:
            return SentPicture(name, error=error)
        return SentPicture(name, images.fit(picture, self.longest) if self.longest else picture)


class EditorContents(gr.JSON):
    """What `ui.read_editor` took out of an editor, or one picture of a program; it is not shown.

    It reaches the handler as {"background": picture or None, "layers": pictures, "composite": picture or None}, each
    HWC uint8 RGBA.
    """

    is_template = True
    data_model = EditorPictures

    def preprocess(self, payload: Any) -> Any:
        """The pictures in the editor, an `EditorPictures`; None, or an `InputError`."""
        if payload is None:
            return None
        try:
            if len(payload.layers) > MAX_LAYERS:
                raise InputError("ui.layers", most=MAX_LAYERS, got=len(payload.layers))
            return {
                "background": _read_rgba(payload.background),
                "layers": [_read_rgba(layer) for layer in payload.layers],
                "composite": _read_rgba(payload.composite),
            }
        except InputError as error:
            return error

    def postprocess(self, value: Any) -> None:
        """Nothing: only the browser fills it."""


def _write_thumbnail(file: str, cache: str) -> str:
    """A JPEG of at most THUMBNAIL pixels a side in Gradio's cache, named as the picture is."""
    folder = Path(cache) / hashlib.sha256(f"{file}, {THUMBNAIL} px".encode()).hexdigest()
    path = folder / f"{Path(file).stem}.jpg"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        small = images.fit(images.to_rgb(file), THUMBNAIL)
        path.write_bytes(cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), _THUMBNAIL)[1].tobytes())
    return str(path)


def picture_source(payload: ImageData | FileData) -> Path | bytes:
    """Where a picture's file is, or its bytes where it came as a `data:` URL, as a camera's frame does.

    Raises:
        InputError: there is neither.
    """
    if payload.path:
        return Path(payload.path)
    kind, _, text = (payload.url or "").partition(";base64,")
    if not text or not kind.startswith("data:image/"):
        raise InputError("errors.picture_missing")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InputError("errors.picture_damaged", got=checks.short_repr(str(error))) from error


def _read_rgba(file: FileData | None) -> npt.NDArray[np.uint8] | None:
    return None if file is None else images.to_rgba(picture_source(file))


def _read_file(
    payload: ImageData | None, decode: Callable[[Path | bytes], files.Pixels]
) -> files.Pixels | InputError | None:
    if payload is None:
        return None
    try:
        source = picture_source(payload)
        return decode(source) if isinstance(source, bytes) else files.decode_upload(source, decode)
    except InputError as error:
        return error


def read_sent(sent: Sequence[SentPicture]) -> tuple[list[images.RGB], Markup]:
    """The pictures of a gallery, and lines that count and name what was left out, "" where all were used.

    Raises:
        InputError: none can be read; it says why the first one cannot.
    """
    pictures = [each.picture for each in sent if each.picture is not None]
    unread = [each for each in sent if each.error is not None]
    if not pictures and unread and unread[0].error is not None:
        raise unread[0].error
    beyond = [each for each in sent if each.picture is None and each.error is None]
    left_out = {"ui.pictures_unread": unread, "ui.pictures_beyond": beyond}
    lines = (_left_out_line(key, each, len(sent) - len(beyond)) for key, each in left_out.items() if each)
    return pictures, Markup("").join(lines)


def _left_out_line(key: str, pictures: Sequence[SentPicture], most: int) -> Markup:
    names = checks.list_names([each.name for each in pictures])
    return status_line(localise(key, count=len(pictures), names=names, most=most))
