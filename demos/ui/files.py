"""Files: uploaded pictures, and what a button makes and the browser saves."""

from __future__ import annotations

import base64
import functools
import io
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt
from gradio import processing_utils
from PIL import Image

from core import images
from core.decoding import mask_files


def decode_picture(path: str) -> images.RGB:
    """An uploaded picture, HWC uint8 RGB; a click sends it again, and decoding took longer than answering.

    Raises:
        InputError: as `images.to_rgb`.
    """
    file = Path(path)
    return _decode_cached(path, file.stat().st_mtime_ns if file.is_file() else 0).copy()


def decode_uploaded_mask(path: str) -> images.Mask:
    """An uploaded mask, bool (H, W) at its own size; every button sends it again.

    Raises:
        InputError: as `images.to_mask`.
    """
    file = Path(path)
    return _decode_mask_cached(path, file.stat().st_mtime_ns if file.is_file() else 0).copy()


@functools.lru_cache(maxsize=2)
def _decode_cached(path: str, _written: int) -> images.RGB:
    return images.to_rgb(path)


@functools.lru_cache(maxsize=2)
def _decode_mask_cached(path: str, _written: int) -> images.Mask:
    return mask_files.decode_mask(Path(path))


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
