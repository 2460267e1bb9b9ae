"""LaMa: a hole filled in one pass by a network with Fourier convolutions, which see all of the picture at once.

Suvorov et al. 2022.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from core import windows
from core.errors import ModelUnavailable
from core.images import RGB, Mask
from core.inpaint import blending
from core.models import hints
from core.models.catalog import Row
from core.models.catalog.specs import TorchScriptSpec
from core.models.memory import out_of_memory
from core.models.protocols import FillStep

# longest side in pixels of what the network sees: larger crops are shrunk to it, to the second where memory ran out
LONGEST_SIDE, FALLBACK_SIDE = 2048, 1024
CONTEXT_MARGIN = 256  # pixels around a small hole that are looked at
SIDE_MULTIPLE, MIN_SIDE = 8, 64  # what the sides of the network's input are a multiple of, and at least


class ChecksumMismatch(Exception):
    """A file is not the one that the catalogue means."""


def load_torchscript(path: Path, sha256: str) -> Any:
    """The network of a TorchScript file. Loading runs code of the file, so its hash is checked first.

    Raises:
        ChecksumMismatch: it has another SHA-256.
    """
    data = path.read_bytes()
    got = hashlib.sha256(data).hexdigest()
    if got != sha256:
        raise ChecksumMismatch(f"SHA-256 {sha256[:12]}... expected, {got[:12]}... found")
    return torch.jit.load(io.BytesIO(data), map_location="cpu")


class Lama:
    """A `protocols.Inpainter` around a network.

    In float32: in half precision its Fourier transforms take only sides that are powers of two.

    Args:
        net: takes a picture float (1, 3, h, w) in [0, 1] and a mask (1, 1, h, w), 1 in the hole; returns the whole
            picture, (1, 3, h, w).
        device: where it runs.

    Attributes:
        pieces: "smaller" where the last hole was filled at `FALLBACK_SIDE` for want of memory, else "".
    """

    def __init__(self, net: Any, device: str) -> None:
        self.net = net.to(device).eval()
        self.pieces = ""
        self._device = device

    def __call__(
        self, image: RGB, mask: Mask, *, prompt: str = "", seed: int = 0, on_step: Callable[[Any], None] | None = None
    ) -> RGB:
        """The picture, uint8 RGB (H, W, 3), with the hole filled; prompt and seed are not used."""
        window = windows.wide_window(mask, CONTEXT_MARGIN)
        crop, hole = image[window], mask[window]
        filled = image.copy()
        (drawn, known), self.pieces = out_of_memory.retry_smaller(*self._size_fallbacks(crop, hole))
        filled[window][hole] = blending.match_colors(drawn, crop, known)[hole]
        if on_step is not None:
            on_step(FillStep(index=1, total=1, preview=filled))
        return filled

    def _size_fallbacks(self, crop: RGB, hole: Mask) -> list[Callable[[], tuple[tuple[RGB, Mask], str]]]:
        """Functions that fill the crop, the best one first; each returns its answer and the value of `pieces`."""
        ways: list[Callable[[], tuple[tuple[RGB, Mask], str]]] = [
            lambda: (self._fill_crop(crop, hole, LONGEST_SIDE), "")
        ]
        if max(hole.shape) > FALLBACK_SIDE:
            ways.append(lambda: (self._fill_crop(crop, hole, FALLBACK_SIDE), "smaller"))
        return ways

    def _fill_crop(self, crop: RGB, hole: Mask, longest: int) -> tuple[RGB, Mask]:
        """The network's answer at the crop's size, and where it shows only known pixels, bool (h, w)."""
        h, w = hole.shape
        scale = min(1, longest / max(h, w))
        size = (max(1, round(w * scale)), max(1, round(h * scale)))
        small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        # a pixel that the hole touches belongs to it at every scale
        covered = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
        drawn = self._run_network(small, covered)
        if scale == 1:
            return drawn, ~hole
        # enlarging spreads filled pixels beyond the outline: one small pixel by covering, two by cubic interpolation
        reach = 2 * int(np.ceil(3 / scale)) + 1
        spilt = cv2.dilate(hole.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
        larger = np.asarray(cv2.resize(drawn, (w, h), interpolation=cv2.INTER_CUBIC), np.uint8)
        return larger, ~hole if spilt.all() else ~spilt

    def _run_network(self, small: RGB, covered: Mask) -> RGB:
        """The network's answer; the picture is padded by reflection to sides that the network takes."""
        h, w = covered.shape
        below, right = (max(MIN_SIDE, side + -side % SIDE_MULTIPLE) - side for side in (h, w))
        shown = np.where(covered[..., None], np.uint8(0), small)
        padded = cv2.copyMakeBorder(shown, 0, below, 0, right, cv2.BORDER_REFLECT)
        holes = cv2.copyMakeBorder(covered.astype(np.float32), 0, below, 0, right, cv2.BORDER_REFLECT)
        picture = torch.from_numpy(padded).to(self._device).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            found = self.net(picture, torch.from_numpy(holes).to(self._device)[None, None])
        values: RGB = (found[0, :, :h, :w].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
        return values


def load(row: Row, path: Path, device: str) -> Lama:
    """LaMa as a traced network.

    Raises:
        ModelUnavailable: the file is not the one that the row names.
    """
    try:
        return Lama(load_torchscript(path / row.files[0], row.spec_as(TorchScriptSpec).sha256), device)
    except ChecksumMismatch as error:
        facts = {"name": row.name, "got": str(error), "command": hints.prefetch_command(row)}
        raise ModelUnavailable("errors.model_damaged", **facts) from error
