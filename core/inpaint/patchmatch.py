"""Inpainting with patches of the same picture: PatchMatch search (Barnes et al. 2009) inside the coarse-to-fine voting
of Wexler, Shechtman and Irani (2007), with the texture channels of Newson et al. (2014).

Every patch that touches the hole is a target; every patch outside it is a source. Each scale alternates two steps until
little changes: find a similar source for each target, then let all patches over a pixel vote for its colour. Patches
(colours and textures) are compared by their leading principal components: 24 numbers instead of 125.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core import windows
from core.errors import InputError
from core.images import RGB, Mask
from core.inpaint.patchmatch_level import Floats, PyramidLevel, source_mask
from core.models.catalog import Row
from core.models.catalog.specs import PatchMatchSpec
from core.models.protocols import FillStep

SOURCE_MARGIN = 128  # least width in pixels of the frame around the hole that sources are taken from


@dataclass(frozen=True)
class PatchMatch:
    """A `protocols.Inpainter` that fills holes with texture of the same picture.

    Attributes:
        radius: of a patch in pixels; 2 is 5 x 5 pixels.
        components: principal components by which patches are compared.
        texture: weight of the two texture channels beside the three colours.
        nearness: penalty for sources far from their target: for one a whole picture away, this many times the variance
            of the patches.
        turned: also take patches from a mirrored copy of the picture and from one turned by a right angle.
        blend: hide the seams by Poisson blending.
        rounds: of search and vote, coarsest scale first; the last number holds for all finer scales.
        work_pixels: larger crops are completed at a smaller scale, then pixels of the full resolution are copied from
            where the small ones came from.
        starts: first guesses that are completed at the coarsest scales, a smooth one and random ones; the best is kept.
        start_scales: how many scales that are.
    """

    radius: int = 2
    components: int = 24
    texture: float = 3.0
    nearness: float = 2.0
    turned: bool = False
    blend: bool = True
    rounds: tuple[int, ...] = (16, 12, 8, 5, 4)
    work_pixels: int = 2**19
    starts: int = 3
    start_scales: int = 2

    def __call__(
        self, image: RGB, mask: Mask, *, prompt: str = "", seed: int = 0, on_step: Callable[[Any], None] | None = None
    ) -> RGB:
        """The picture, uint8 RGB (H, W, 3), with the hole filled; the prompt is not used.

        Raises:
            InputError: no patch of the picture lies wholly outside the hole.
        """
        side = 2 * self.radius + 1
        if not source_mask(mask, self.radius).any():
            raise _no_source_error(mask, side)
        window = windows.wide_window(mask, SOURCE_MARGIN)
        filled = image.copy()
        crop, hole = filled[window], mask[window]
        h, w = hole.shape
        board = _add_turned_copies(crop, hole, 2 * self.radius) if self.turned else MaskedImage.from_crop(crop, hole)
        largest = board.shrink_by(min(1.0, (self.work_pixels / board.hole.size) ** 0.5))
        if not source_mask(largest.unknown_mask, self.radius).any():
            # a strip beside its turned copies is made so small that no patch is left in it
            raise _no_source_error(mask, side)
        for index, total, scale in self._complete_coarse_to_fine(board, largest, np.random.default_rng(seed)):
            size = (board.hole.shape[1], board.hole.shape[0])
            known = cv2.resize(scale.current_picture(), size, interpolation=cv2.INTER_CUBIC)[:h, :w]
            crop[hole] = known[hole]
            if on_step is not None:
                on_step(FillStep(index=index, total=total, preview=filled.copy()))
        return filled

    def _complete_coarse_to_fine(
        self, board: MaskedImage, largest: MaskedImage, rng: np.random.Generator
    ) -> Iterator[tuple[int, int, PyramidLevel]]:
        """Completes scale after scale; the last has the size of the board, of which `largest` is worked on.

        Yields:
            Index from 1, number of scales, completed scale.
        """
        pyramid = self._build_pyramid(largest)
        first, last = min(self.start_scales, len(pyramid)), len(pyramid)
        total = last + (board.hole.shape != pyramid[-1].hole.shape)
        scale = self._complete_from_guesses(pyramid[:first], rng)
        for done in range(first, last + 1):
            if done > first:
                scale = self._complete_level(
                    pyramid[done - 1], scale, self.rounds[min(done, len(self.rounds)) - 1], rng
                )
            if done == last:
                scale.finalise_colours(rng)
            if done == total and self.blend:
                scale.blend_seams()
            yield done, total, scale
        if total > last:
            whole = PyramidLevel(board.channels, board.hole, self.radius, board.blocked, board.places).initialise_from(
                scale, hard=True
            )
            if self.blend:
                whole.blend_seams()
            yield total, total, whole

    def _complete_from_guesses(self, pyramid: list[MaskedImage], rng: np.random.Generator) -> PyramidLevel:
        """Completes the coarsest scales from several first guesses; keeps the one with the smallest patch distances."""
        tries = []
        for number in range(self.starts):
            scale = self._prepare_level(pyramid[0], rng)
            # a smooth guess leads to a flat background, a random one to texture
            if number == 0:
                scale.fill_by_diffusion()
            else:
                scale.fill_by_peeling(rng)
            scale.initialise_randomly(rng)
            scale.search_and_vote(self.rounds[0], rng)
            for i, board in enumerate(pyramid[1:], 1):
                scale = self._complete_level(board, scale, self.rounds[min(i, len(self.rounds) - 1)], rng)
            tries.append(scale)
        return min(tries, key=lambda t: float(t.distance.mean()))

    def _complete_level(
        self, board: MaskedImage, below: PyramidLevel, rounds: int, rng: np.random.Generator
    ) -> PyramidLevel:
        """One scale, completed, starting from the coarser one's sources."""
        scale = self._prepare_level(board, rng).initialise_from(below)
        scale.search_and_vote(rounds, rng)
        return scale

    def _prepare_level(self, board: MaskedImage, rng: np.random.Generator) -> PyramidLevel:
        """One scale with its principal components, not yet completed."""
        scale = PyramidLevel(board.channels, board.hole, self.radius, board.blocked, board.places, self.nearness)
        scale.project_patches(self.components, rng)
        return scale

    def _build_pyramid(self, largest: MaskedImage) -> list[MaskedImage]:
        """Scales with colours and textures, from where the hole is about two patches thick to the largest."""
        side = 2 * self.radius + 1
        thickness = 2 * float(cv2.distanceTransform(largest.hole.astype(np.uint8), cv2.DIST_L2, 3).max())
        # thin holes start at a coarse scale too, where the search reaches the whole picture
        depth = int(np.ceil(np.log2(max(thickness / (2 * side), max(largest.hole.shape) / 128, 1))))
        texture = self.texture * _texture_channels(largest.channels, largest.unknown_mask, 2**depth | 1)
        pyramid = [replace(largest, channels=np.dstack([largest.channels, texture]))]
        for level in range(1, depth + 1):
            smaller = pyramid[-1].shrink_to(tuple(round(n / 2**level) for n in largest.hole.shape))
            if min(smaller.hole.shape) < 3 * side or source_mask(smaller.unknown_mask, self.radius).sum() < 64:
                break
            pyramid.append(smaller)
        return pyramid[::-1]


def _no_source_error(mask: Mask, side: int) -> InputError:
    h, w = mask.shape
    return InputError("inpaint.no_source", side=side, got=f"{w} × {h}", share=round(100 * mask.mean()))


@dataclass(frozen=True)
class MaskedImage:
    """A picture with a hole, at one scale.

    Attributes:
        channels: (H, W, channels): RGB, and texture if there is any.
        hole: bool (H, W), to be filled.
        blocked: bool (H, W), neither to be filled nor to be copied from.
        places: float32 (H, W, 2), the place (y, x) of each pixel in the original crop, in parts of its diagonal.
    """

    channels: npt.NDArray[Any]
    hole: Mask
    blocked: Mask
    places: Floats

    @classmethod
    def from_crop(cls, crop: RGB, hole: Mask) -> MaskedImage:
        """The crop at full size, nothing blocked."""
        h, w = hole.shape
        y, x = np.mgrid[:h, :w].astype(np.float32) / np.float32(np.hypot(h, w))
        return cls(crop, hole, np.zeros_like(hole), np.stack([y, x], axis=-1))

    @property
    def unknown_mask(self) -> Mask:
        """Pixels that nothing can be copied from, bool (H, W)."""
        return self.hole | self.blocked

    def shrink_by(self, scale: float) -> MaskedImage:
        """`shrink_to` the shape times `scale`."""
        return self.shrink_to(tuple(round(n * scale) for n in self.hole.shape))

    def shrink_to(self, shape: tuple[int, ...]) -> MaskedImage:
        """Area averages of the known pixels; a pixel that touches the hole is in the smaller hole."""
        size, known = (shape[1], shape[0]), (~self.unknown_mask).astype(np.float32)
        share, hole, blocked = (
            cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA)
            for plane in (known, self.hole, self.blocked)
        )
        planes = [
            cv2.resize(self.channels[..., i] * known, size, interpolation=cv2.INTER_AREA)
            for i in range(self.channels.shape[2])
        ]
        colours = np.stack(planes, axis=-1) / np.maximum(share, 1e-6)[..., None]
        places = cv2.resize(self.places, size, interpolation=cv2.INTER_NEAREST)
        return MaskedImage(colours, hole > 0.001, (blocked > 0.001) & ~(hole > 0.001), np.asarray(places, np.float32))


def _add_turned_copies(crop: RGB, hole: Mask, gap: int) -> MaskedImage:
    """A board with the crop and, to its right, a mirrored copy and one turned by 90 degrees, to copy from only."""
    h, w = hole.shape
    whole = MaskedImage.from_crop(crop, hole)
    height, width = max(h, w), 2 * w + h + 2 * gap
    board = MaskedImage(
        np.zeros((height, width, 3), np.uint8), np.zeros((height, width), bool), np.ones((height, width), bool),
        np.zeros((height, width, 2), np.float32),
    )  # fmt: skip
    left = 0
    turns: tuple[Callable[..., Any], ...] = (np.asarray, np.fliplr, np.rot90)
    for number, turn in enumerate(turns):
        covered = turn(hole)
        place = np.s_[: covered.shape[0], left : left + covered.shape[1]]
        board.channels[place], board.places[place] = turn(crop), turn(whole.places)
        board.blocked[place] = covered if number else False
        board.hole[place] = False if number else covered
        left += covered.shape[1] + gap
    return board


def _texture_channels(colours: Floats, mask: Mask, window: int) -> Floats:
    """Mean absolute horizontal and vertical gradient around each known pixel, float32 (H, W, 2)."""
    grey = cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)
    known = 1 - cv2.dilate(mask.astype(np.float32), np.ones((3, 3), np.uint8))
    size = (max(3, window), max(3, window))
    share = np.maximum(cv2.blur(known, size), 1e-6)
    strength = [np.abs(cv2.Sobel(grey, cv2.CV_32F, *axis, ksize=1)) for axis in ((1, 0), (0, 1))]
    return np.stack([cv2.blur(s * known, size) / share for s in strength], axis=-1)


def load(row: Row, path: Path, device: str) -> PatchMatch:
    """Exemplar-based completion (Barnes et al. 2009, Wexler et al. 2007)."""
    return PatchMatch(turned=row.spec_as(PatchMatchSpec).turned)
