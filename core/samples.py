"""Example pictures that are on every machine: in `assets/samples/` or inside an installed package."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from core.assets import read_json
from core.checks import choice
from core.texts import ASSETS


@dataclass(frozen=True)
class Sample:
    """One picture.

    Attributes:
        name: what `sample_path` takes.
        source: `asset:<path>` or `package:<module>/<path>`.
        caption: what it shows, in English.
        origin: who made it, or where it is from.
        licence: SPDX identifier or words.
        sha256: of the file.
    """

    name: str
    source: str
    caption: str
    origin: str
    licence: str
    sha256: str

    @property
    def path(self) -> Path:
        """The file."""
        kind, _, place = self.source.partition(":")
        if kind == "asset":
            return ASSETS / place
        module, _, inside = place.partition("/")
        spec = importlib.util.find_spec(module)
        assert spec is not None and spec.submodule_search_locations, f"{module} is not installed"
        return Path(spec.submodule_search_locations[0]) / inside


@functools.lru_cache(maxsize=1)
def load_samples() -> dict[str, Sample]:
    """All example pictures, by name."""
    table = read_json(ASSETS / "samples" / "samples.json", dict)
    return {name: Sample(name=name, **facts) for name, facts in table.items()}


# pictures whose things are known to the pixel, for they were put together
TRUTHS: Mapping[str, str] = MappingProxyType({"collage": "samples/truths/collage.png"})
# photos outlined by hand, point by point: for each its lines, for each line its points [x, y] in pixels
OUTLINES = ASSETS / "samples" / "outlines.json"


def ground_truth(name: str) -> npt.NDArray[np.uint8]:
    """What is where in an example of `TRUTHS`: uint8 (H, W), 0 is background, each other number one thing."""
    return np.asarray(Image.open(ASSETS / TRUTHS[name], formats=("PNG",)))


def hand_outlines(name: str) -> npt.NDArray[np.bool_]:
    """The outlines placed by hand over an example photo: lines one pixel wide round its things, bool (H, W).

    Raises:
        InputError: there are none for a picture of that name.
    """
    drawn = read_json(OUTLINES, dict)
    with Image.open(sample_path(choice("sample", name, drawn))) as photo:
        canvas = Image.new("L", photo.size)
    pen = ImageDraw.Draw(canvas)
    for line in drawn[name]:
        pen.line([(x, y) for x, y in line], fill=255)
    return np.asarray(canvas) > 0


def sample_path(name: str) -> Path:
    """The file of the example picture `name`.

    Raises:
        InputError: there is none of that name.
    """
    return load_samples()[choice("sample", name, load_samples())].path
