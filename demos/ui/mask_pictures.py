"""A mask from a file: what is inside, told from the file itself, in which transparency and label numbers still are."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from gradio.data_classes import ImageData

from core import images, mask_files
from core.errors import InputError
from demos.ui.pictures import Picture


class MaskPicture(Picture):
    """An input mask that reaches the handler as bool (H, W) at its own size, or as the error that says why not."""

    is_template = True

    def get_block_name(self) -> str:
        """Gradio's picture, which is what a browser shows; Gradio itself would look for one called like the parent."""
        return "image"

    get_block_class = get_block_name

    def preprocess(self, payload: ImageData | None) -> Any:
        """The uploaded file through `core.mask_files`: bool (H, W), None, or an `InputError`."""
        if payload is None or payload.path is None:
            return super().preprocess(payload)
        try:
            file = Path(payload.path)
            return _read_cached(payload.path, file.stat().st_mtime_ns if file.is_file() else 0).copy()
        except InputError as error:
            return error


@functools.lru_cache(maxsize=2)
def _read_cached(path: str, _written: int) -> images.Mask:
    """Every button sends the mask again; reading one took longer than inverting it."""
    return mask_files.decode_mask(Path(path))
