"""Completion by patches of the same picture: PatchMatch search (Barnes et al. 2009) inside the coarse-to-fine voting of
Wexler, Shechtman and Irani (2007), with the texture channels of Newson et al. (2014).

Every patch that touches the hole is a target; every patch outside it is a source. A scale alternates two steps until
little changes: find a near source for each target, then let all patches over a pixel vote for its colour. A patch, its
colours and textures, is compared by its leading principal components, so that a distance is 24 numbers and not 245.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import InputError
from core.images import RGB, Mask
from core.models.kinds import FillStep
from core.models.patch_scale import Floats, Scale, sources_of


@dataclass(frozen=True)
class PatchMatch:
    """Fills holes with texture of the same picture.

    Attributes:
        radius: of a patch; 3 is 7 x 7 pixels.
        components: principal components that stand for a patch.
        texture: weight of the two texture channels beside the three colours.
        rounds: search and vote this often, coarsest scale first; the last number holds for the rest.
        work_pixels: larger crops are completed at a smaller scale, and their full resolution is copied along.
        starts: so many first guesses are completed at the smallest scales, and the best is carried on.
        start_scales: how many scales that are.
    """

    radius: int = 3
    components: int = 24
    texture: float = 3.0
    rounds: tuple[int, ...] = (16, 10, 5, 3, 2)
    work_pixels: int = 2**19
    starts: int = 3
    start_scales: int = 2

    def __call__(
        self, image: RGB, mask: Mask, *, prompt: str = "", seed: int = 0, on_step: Callable[[Any], None] | None = None
    ) -> RGB:
        """The picture with the hole filled; the prompt is not used.

        Raises:
            InputError: no patch of the picture lies wholly outside the hole.
        """
        side = 2 * self.radius + 1
        if not sources_of(mask, self.radius).any():
            h, w = mask.shape
            raise InputError("inpaint.no_source", side=side, got=f"{w} x {h}", share=round(100 * mask.mean()))
        window = _around(mask)
        filled = image.copy()
        crop, hole = filled[window], mask[window]
        for index, total, scale in self._coarse_to_fine(crop, hole, np.random.default_rng(seed)):
            known = cv2.resize(scale.colours(), (crop.shape[1], crop.shape[0]), interpolation=cv2.INTER_CUBIC)
            crop[hole] = known[hole]
            if on_step is not None:
                on_step(FillStep(index=index, total=total, preview=filled.copy()))
        return filled

    def _coarse_to_fine(self, crop: RGB, hole: Mask, rng: np.random.Generator) -> Iterator[tuple[int, int, Scale]]:
        """(index from 1, number of scales, completed scale), smallest first; the last has the size of `crop`."""
        pyramid = self._pyramid(crop, hole)
        first, last = min(self.start_scales, len(pyramid)), len(pyramid)
        total = last + (crop.shape[:2] != pyramid[-1][1].shape)
        scale = self._begin(pyramid[:first], rng)
        for done in range(first, last + 1):
            if done > first:
                scale = self._next(*pyramid[done - 1], scale, self.rounds[min(done, len(self.rounds)) - 1], rng)
            if done == last:
                scale.finish(rng)
            yield done, total, scale
        if total > last:
            yield total, total, Scale(crop, hole, self.radius).start_from(scale, hard=True)

    def _begin(self, pyramid: list[tuple[Floats, Mask]], rng: np.random.Generator) -> Scale:
        """The smallest scales, completed from several first guesses; the one with the nearest patches is kept."""
        tries = []
        for _ in range(self.starts):
            scale: Scale | None = None
            for i, (channels, mask) in enumerate(pyramid):
                scale = self._next(channels, mask, scale, self.rounds[min(i, len(self.rounds) - 1)], rng)
            tries.append(scale)
        return min((t for t in tries if t is not None), key=lambda t: float(t.distance.mean()))

    def _next(self, channels: Floats, mask: Mask, below: Scale | None, rounds: int, rng: np.random.Generator) -> Scale:
        """One scale, completed, from what the smaller one found or from a first guess."""
        scale = Scale(channels, mask, self.radius)
        scale.project(self.components, rng)
        if below is None:
            scale.peel(rng)
            scale.start(rng)
        else:
            scale.start_from(below)
        scale.complete(rounds, rng)
        return scale

    def _pyramid(self, crop: RGB, hole: Mask) -> list[tuple[Floats, Mask]]:
        """(channels, hole), from where the hole is about two patches thick up to the working size."""
        h, w = hole.shape
        shrink = min(1.0, (self.work_pixels / (h * w)) ** 0.5)
        colours, mask = _shrunk(crop, hole, (round(h * shrink), round(w * shrink)))
        side = 2 * self.radius + 1
        thickness = 2 * float(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3).max())
        # thin holes too start small, where the whole picture can be compared
        depth = int(np.ceil(np.log2(max(thickness / (2 * side), max(mask.shape) / 128, 1))))
        channels = np.dstack([colours, self.texture * _texture(colours, mask, 2**depth | 1)])
        pyramid = [(channels, mask)]
        for level in range(1, depth + 1):
            shape = (round(mask.shape[0] / 2**level), round(mask.shape[1] / 2**level))
            smaller, smaller_mask = _shrunk(*pyramid[-1], shape)
            if min(shape) < 3 * side or sources_of(smaller_mask, self.radius).sum() < 64:
                break
            pyramid.append((smaller, smaller_mask))
        return pyramid[::-1]


def _around(mask: Mask) -> tuple[slice, slice]:
    """The hole's bounding box with as much again on every side, at least 128 pixels: where sources are looked for."""
    sides = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
    margin = max(128, *(int(np.ptp(side)) + 1 for side in sides))
    y, x = (slice(max(0, int(side[0]) - margin), int(side[-1]) + 1 + margin) for side in sides)
    return y, x


def _shrunk(channels: npt.NDArray[Any], mask: Mask, shape: tuple[int, int]) -> tuple[Floats, Mask]:
    """Area averages of the known pixels; a pixel is in the smaller hole as soon as it touches the larger one."""
    known = (~mask).astype(np.float32)
    share = cv2.resize(known, shape[::-1], interpolation=cv2.INTER_AREA)
    planes = [
        cv2.resize(channels[..., i] * known, shape[::-1], interpolation=cv2.INTER_AREA)
        for i in range(channels.shape[2])
    ]
    return np.stack(planes, axis=-1) / np.maximum(share, 1e-6)[..., None], share < 0.999


def _texture(colours: Floats, mask: Mask, window: int) -> Floats:
    """Mean strength of the horizontal and of the vertical gradient around each known pixel, (H, W, 2)."""
    grey = cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)
    known = 1 - cv2.dilate(mask.astype(np.float32), np.ones((3, 3), np.uint8))
    size = (max(3, window), max(3, window))
    share = np.maximum(cv2.blur(known, size), 1e-6)
    strength = [np.abs(cv2.Sobel(grey, cv2.CV_32F, *axis, ksize=1)) for axis in ((1, 0), (0, 1))]
    return np.stack([cv2.blur(s * known, size) / share for s in strength], axis=-1)
