"""Emoji as pictures with exact alpha: the SVG sets of npm, fetched and drawn into a cache. Needs npm and resvg-py."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

NOTO = "@iconify-json/noto"  # Apache-2.0


def fetch_npm_package(cache: Path, name: str) -> Path:
    """The unpacked npm package; fetched on first use."""
    folder = cache / name.replace("/", "-")
    if not (folder / "package").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["npm", "pack", name], cwd=folder, check=True, capture_output=True, text=True)
        with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"


def icons(cache: Path, name: str = NOTO) -> dict[str, str]:
    """Every icon of an iconify set as the text of an SVG file, by name."""
    found = json.loads((fetch_npm_package(cache, name) / "icons.json").read_text(encoding="utf-8"))
    side = found.get("width", 16)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {side} '
    return {key: f'{head}{side}">{icon["body"]}</svg>' for key, icon in found["icons"].items()}


def render_svg(svg: str, side: int) -> npt.NDArray[np.uint8]:
    """An SVG as uint8 (side, side, 4), RGB and alpha."""
    import resvg_py

    drawn = resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side, skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(drawn))).convert("RGBA"))
