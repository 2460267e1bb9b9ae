"""Draws the flat pictures that the autoencoder's tab starts with, of the kind that it was trained on.

python -m training.drawings
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from PIL import Image, ImageDraw

from core.texts import ASSETS

SIDE, FINER = 128, 8
Pen = ImageDraw.ImageDraw

YELLOW, BROWN, RED, GREEN, BLUE, WHITE, SKY = (
    (250, 200, 70), (95, 60, 25), (215, 45, 55), (75, 160, 75), (45, 95, 175), (255, 255, 255), (170, 215, 245),
)  # fmt: skip


def main() -> None:
    """Writes `assets/samples/drawings/*.png` and prints their hashes."""
    folder = ASSETS / "samples" / "drawings"
    folder.mkdir(exist_ok=True)
    for name, (background, draw) in DRAWINGS.items():
        # coordinates go from 0 to 128; drawn larger and averaged down, outlines become smooth
        large = Image.new("RGB", (SIDE * FINER, SIDE * FINER), background)
        draw(ImageDraw.Draw(large))
        path = folder / f"{name}.png"
        large.resize((SIDE, SIDE), Image.Resampling.BOX).save(path, optimize=True)
        print(name, hashlib.sha256(path.read_bytes()).hexdigest())


def _at(*numbers: float) -> list[float]:
    return [number * FINER for number in numbers]


def _face(pen: Pen) -> None:
    pen.ellipse(_at(12, 12, 116, 116), YELLOW)
    for x in (44, 84):
        pen.ellipse(_at(x - 7, 38, x + 7, 62), BROWN)
    pen.chord(_at(34, 48, 94, 104), 0, 180, BROWN)
    pen.chord(_at(42, 70, 86, 82), 0, 180, WHITE)


def _heart(pen: Pen) -> None:
    pen.ellipse(_at(16, 22, 66, 72), RED)
    pen.ellipse(_at(62, 22, 112, 72), RED)
    pen.polygon(_at(22.1, 63.3, 64, 44, 105.9, 63.3, 64, 112), RED)


def _tree(pen: Pen) -> None:
    pen.rectangle(_at(55, 80, 73, 118), BROWN)
    for x, y, r in ((40, 66, 24), (88, 66, 24), (64, 44, 32), (64, 72, 22)):
        pen.ellipse(_at(x - r, y - r, x + r, y + r), GREEN)


def _boat(pen: Pen) -> None:
    pen.rectangle(_at(0, 98, 128, 128), BLUE)
    pen.rectangle(_at(60, 16, 64, 84), BROWN)
    pen.polygon(_at(68, 20, 108, 76, 68, 76), WHITE)
    pen.polygon(_at(56, 32, 56, 76, 26, 76), RED)
    pen.polygon(_at(14, 84, 114, 84, 98, 108, 30, 108), BROWN)


DRAWINGS: dict[str, tuple[tuple[int, int, int], Callable[[Pen], None]]] = {
    "face": (WHITE, _face), "heart": (WHITE, _heart), "tree": (WHITE, _tree), "boat": (SKY, _boat),
}  # fmt: skip


if __name__ == "__main__":
    main()
