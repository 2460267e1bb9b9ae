"""How a picture was made, inside its PNG file: written when it is shown, read when the file comes back."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from core import checks, images
from core.decoding import files
from core.errors import InputError
from core.generate.settings import KNOBS
from core.images import RGB
from core.normalisation import clean_text

KEY = "edges-to-images"
MAX_LENGTH = 20_000  # characters of a note
MAX_EXACT_INTEGER = 2**53  # whole numbers below are the same in a browser
# of a LoRA, the name of its file
PARAMETER_TYPES = {name: knob.kind for name, knob in KNOBS.items()} | {"adapter": str}


def embed_parameters(image: RGB, parameters: Mapping[str, Any]) -> bytes:
    """The picture as a PNG whose text chunk tells the parameters, as JSON under "edges-to-images".

    Args:
        image: HWC uint8 RGB.
        parameters: of a result, such as `GeneratedImages.parameters`; only values of `PARAMETER_TYPES` names are kept.
    """
    notes, data = PngImagePlugin.PngInfo(), io.BytesIO()
    known = {name: value for name, value in parameters.items() if name in PARAMETER_TYPES and value is not None}
    # a lone surrogate cannot be written
    known |= {name: clean_text(value) for name, value in known.items() if isinstance(value, str)}
    notes.add_itxt(KEY, json.dumps(known, ensure_ascii=False))
    Image.fromarray(image).save(data, "PNG", pnginfo=notes)
    return data.getvalue()


def read_parameters(source: Path | bytes) -> dict[str, Any]:
    """The parameters that `embed_parameters` put into a file, without unknown names and values that are refused.

    Raises:
        InputError: it is no PNG, or nothing of ours is in it.
    """
    return split_parameters(source)[0]


def split_parameters(source: Path | bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters in a file that a drawing takes, and those of known names that it would refuse.

    Raises:
        InputError: it is no PNG, or nothing of ours is in it.
    """
    known = {name: value for name, value in _read_note(source).items() if name in PARAMETER_TYPES}
    taken = {name: value for name, value in known.items() if _is_valid_value(name, value)}
    return taken, {name: value for name, value in known.items() if name not in taken and value is not None}


def _read_note(source: Path | bytes) -> dict[str, Any]:
    """What `embed_parameters` wrote, whatever became of it."""
    name = source.name if isinstance(source, Path) else f"{len(source)} bytes"
    try:
        picture = PngImagePlugin.PngImageFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        with picture:
            # text may stand behind the pixels too; a chunk that grows beyond a megabyte is refused by Pillow
            images.check_image_size(*picture.size)
            picture.load()
            text = picture.text.get(KEY, "")
    except files.DECODE_ERRORS as error:
        raise InputError("text_to_image.no_png", got=checks.short_repr(name)) from error
    if not text or len(text) > MAX_LENGTH:
        raise InputError("text_to_image.no_notes", chunk=KEY)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("text_to_image.no_notes", chunk=KEY) from error
    if not isinstance(found, dict):
        raise InputError("text_to_image.no_notes", chunk=KEY)
    return found


def _is_valid_value(name: str, value: object) -> bool:
    """Whether a drawing takes it, and it is something that can be sent to a browser."""
    if not _is_sendable(name, value):
        return False
    try:
        if name in KNOBS:
            KNOBS[name].check(name, value)
    except InputError:
        return False
    return True


def _is_sendable(name: str, value: object) -> bool:
    """Whether it is of the knob's kind, and the same in a browser."""
    kind = PARAMETER_TYPES.get(name)
    if kind is str:
        return isinstance(value, str) and not any("\ud800" <= sign <= "\udfff" for sign in value)
    if kind is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < MAX_EXACT_INTEGER and (kind is float or value == int(value))  # NaN is not less
