"""Files: uploaded pictures, and what a button makes and the browser saves."""

from __future__ import annotations

import base64
import functools
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
import numpy as np
import numpy.typing as npt
from gradio import processing_utils
from PIL import Image

from core import images

Pixels = TypeVar("Pixels", images.RGB, images.Mask)


def decode_upload(file: Path, decode: Callable[[Path], Pixels]) -> Pixels:
    """What `decode` makes of an uploaded file; a click sends it again, and decoding took longer than answering.

    Raises:
        InputError: as `decode`.
    """
    pixels: Pixels = _decode_cached(file, decode, file.stat().st_mtime_ns if file.is_file() else 0)
    return pixels.copy()


# a picture, its mask, and one more: each of 50 megapixels takes 150 MB
@functools.lru_cache(maxsize=3)
def _decode_cached(file: Path, decode: Callable[[Path], Any], _written: int) -> Any:
    return decode(file)


def download_slot(elem_id: str) -> gr.DownloadButton:
    """Where a file waits for the browser; nobody sees it."""
    return gr.DownloadButton(visible="hidden", elem_id=elem_id)


def save_on_click(button: gr.Button, make: Any, inputs: list[Any], saved: gr.DownloadButton, **settings: Any) -> None:
    """The button calls `make`, which returns a file's path, and the browser saves it."""
    _save_made(button.click(make, inputs, saved, concurrency_limit=None, **settings), saved)


def save_after(event: Any, make: Any, inputs: list[Any], saved: gr.DownloadButton, **settings: Any) -> None:
    """The same after an event."""
    _save_made(event.then(make, inputs, saved, concurrency_limit=None, **settings), saved)


def _save_made(ready: Any, saved: gr.DownloadButton) -> None:
    ready.success(None, None, None, js=f"() => document.querySelector('#{saved.elem_id}').click()")


def save_png(pixels: npt.NDArray[np.uint8], name: str, component: gr.components.Component) -> str:
    """A PNG in Gradio's cache, which clears itself."""
    return str(processing_utils.save_pil_to_cache(Image.fromarray(pixels), component.GRADIO_CACHE, name, "png"))


def encode_jpeg(picture: images.RGB) -> bytes:
    """A picture in a few kilobytes, to be kept for a visitor."""
    kept = io.BytesIO()
    Image.fromarray(picture).save(kept, "JPEG", quality=92)
    return kept.getvalue()


def data_url(content: bytes, kind: str) -> str:
    """A picture file as a `data:` URL, to be part of HTML; `kind` is "png" or "jpeg"."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def save_bytes(content: bytes, name: str, component: gr.components.Component) -> str:
    """A file there with this content."""
    return str(processing_utils.save_bytes_to_cache(content, name, component.GRADIO_CACHE))


def save_text(words: str, name: str, component: gr.components.Component) -> str:
    """A text file there."""
    folder = Path(component.GRADIO_CACHE) / "text"
    return str(processing_utils.save_bytes_to_cache(words.encode(), name, str(folder)))
