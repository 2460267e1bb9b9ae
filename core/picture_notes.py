"""How a picture was made, inside its PNG file: written when it is shown, read when the file comes back."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from core import checks
from core.errors import InputError
from core.images import RGB

KEY = "edges-to-images"
LONGEST = 20_000  # characters of a note
KNOWN = {
    "prompt": str,
    "negative": str,
    "steps": int,
    "guidance": float,
    "seed": int,
    "size": int,
    "count": int,
    "sampler": str,
    "weight": float,
    "strength": float,
    "model": str,
}


def png(image: RGB, parameters: Mapping[str, Any]) -> bytes:
    """The picture as a PNG whose text chunk tells the parameters, as JSON under "edges-to-images".

    Args:
        image: HWC uint8 RGB.
        parameters: of a result, such as `Generated.parameters`; only values of `KNOWN` names are kept.
    """
    notes, data = PngImagePlugin.PngInfo(), io.BytesIO()
    known = {name: value for name, value in parameters.items() if name in KNOWN and value is not None}
    notes.add_itxt(KEY, json.dumps(known, ensure_ascii=False))
    Image.fromarray(image).save(data, "PNG", pnginfo=notes)
    return data.getvalue()


def read(source: Path | bytes) -> dict[str, Any]:
    """The parameters that `png` put into a file; unknown names and values of a wrong type are left out.

    Raises:
        InputError: it is no PNG, or nothing of ours is in it.
    """
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=("PNG",)) as picture:
            # text may stand behind the pixels too; a chunk that grows beyond a megabyte is refused by Pillow
            picture.load()
            text = getattr(picture, "text", {}).get(KEY, "")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError("text_to_image.no_png", got=checks.brief(str(error))) from error
    if not text or len(text) > LONGEST:
        raise InputError("text_to_image.no_notes", chunk=KEY)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("text_to_image.no_notes", chunk=KEY) from error
    if not isinstance(found, dict):
        raise InputError("text_to_image.no_notes", chunk=KEY)
    return {name: value for name, value in found.items() if _fits(name, value)}


def _fits(name: str, value: object) -> bool:
    kind = KNOWN.get(name)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return kind is not None and (isinstance(value, str) if kind is str else number)
