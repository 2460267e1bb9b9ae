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

Floats = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]
CHUNK = 16384
PEEL_SOURCES = 4096


@dataclass(frozen=True)
class PatchMatch:
    """Fills holes with texture of the same picture.

    Attributes:
        radius: of a patch; 3 is 7 x 7 pixels.
        components: principal components that stand for a patch.
        texture: weight of the two texture channels beside the three colours.
        rounds: search and vote this often, coarsest scale first; the last number holds for the rest.
        work_pixels: larger crops are completed at a smaller scale, and their full resolution is copied along.
    """

    radius: int = 3
    components: int = 24
    texture: float = 3.0
    rounds: tuple[int, ...] = (8, 6, 4, 3, 2)
    work_pixels: int = 2**19

    def __call__(
        self, image: RGB, mask: Mask, *, prompt: str = "", seed: int = 0, on_step: Callable[[Any], None] | None = None
    ) -> RGB:
        """The picture with the hole filled; the prompt is not used.

        Raises:
            InputError: no patch of the picture lies wholly outside the hole.
        """
        side = 2 * self.radius + 1
        if not _sources(mask, self.radius).any():
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

    def _coarse_to_fine(self, crop: RGB, hole: Mask, rng: np.random.Generator) -> Iterator[tuple[int, int, _Scale]]:
        """(index from 1, number of scales, completed scale), smallest first; the last has the size of `crop`."""
        pyramid = self._pyramid(crop, hole)
        enlarged = crop.shape[:2] != pyramid[0][1].shape
        total = len(pyramid) + enlarged
        below: _Scale | None = None
        for i, (channels, mask) in enumerate(reversed(pyramid)):
            scale = _Scale(channels, mask, self.radius)
            scale.project(self.components, rng)
            if below is None:
                scale.peel(rng)
                scale.start(rng)
            else:
                scale.start_from(below)
            finest = i == len(pyramid) - 1
            rounds = self.rounds[-1] if finest else self.rounds[min(i, len(self.rounds) - 1)]
            scale.complete(rounds, rng, uniform=i < 3)
            if finest and not enlarged:
                scale.sharpen(rng)
            yield i + 1, total, scale
            below = scale
        if enlarged and below is not None:
            scale = _Scale(crop, hole, self.radius)
            scale.start_from(below)
            yield total, total, scale

    def _pyramid(self, crop: RGB, hole: Mask) -> list[tuple[Floats, Mask]]:
        """(channels, hole) from the working size down to where the hole is about two patches thick."""
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
            if min(shape) < 3 * side or _sources(smaller_mask, self.radius).sum() < 64:
                break
            pyramid.append((smaller, smaller_mask))
        return pyramid


class _Scale:
    """One scale: its channels, the hole in them, and for every target patch its nearest source so far.

    Pixels and patches (by their centre) are flat indices y * width + x. Shifts are differences of them: one that runs
    over the right edge lands in another row, which is just another candidate.
    """

    def __init__(self, channels: npt.NDArray[Any], mask: Mask, radius: int) -> None:
        self.h, self.w, self.depth = channels.shape
        self.radius = radius
        self.flat = np.array(channels).reshape(-1, self.depth)
        self.source = _sources(mask, radius)
        self.target = _inner(mask.shape, radius) & ~self.source
        self.targets, self.sources, self.hole = (np.flatnonzero(m) for m in (self.target, self.source, mask))
        self.slot = np.full(self.h * self.w, -1, np.int64)  # of a target in `targets`
        self.slot[self.targets] = np.arange(len(self.targets))
        self.depths = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3).ravel()
        reach = np.arange(-radius, radius + 1)
        self.offsets = (reach[:, None] * self.w + reach).ravel()
        self.nearest: Index = np.empty(0, np.int64)  # source of each target
        self.distance: Floats = np.empty(0, np.float32)  # squared, to that source

    def colours(self) -> RGB:
        """The picture as completed so far."""
        return self.flat[:, :3].reshape(self.h, self.w, 3).clip(0, 255).round().astype(np.uint8)

    # search

    def project(self, components: int, rng: np.random.Generator) -> None:
        """Finds the principal components of the source patches and projects all of them."""
        sample = rng.choice(self.sources, min(len(self.sources), 4000), replace=False)
        patches = self._patches(sample)
        patches -= patches.mean(axis=0)
        self.basis = _principal(patches.T @ patches, components, rng)
        self.projected = np.zeros((self.h * self.w, self.basis.shape[1]), np.float32)
        for part in _chunks(self.sources):
            self.projected[part] = self._patches(part) @ self.basis

    def start(self, rng: np.random.Generator) -> None:
        """A random source for every target."""
        self.nearest = rng.choice(self.sources, len(self.targets))
        self._compare()
        for _ in range(4):
            self._search(rng, uniform=True)

    def start_from(self, below: _Scale) -> None:
        """The sources that the smaller scale found, shifted to this one; then one vote."""
        stretch_y, stretch_x = self.h / below.h, self.w / below.w
        y, x = np.divmod(self.targets, self.w)
        cell = (y / stretch_y).astype(np.int64) * below.w + (x / stretch_x).astype(np.int64)
        cell = _closest(below.target)[cell]
        found = below.slot[cell]
        dy = below.nearest[found] // below.w - cell // below.w
        dx = below.nearest[found] % below.w - cell % below.w
        y = (y + (dy * stretch_y).round().astype(np.int64)).clip(0, self.h - 1)
        x = (x + (dx * stretch_x).round().astype(np.int64)).clip(0, self.w - 1)
        self.nearest = _closest(self.source)[y * self.w + x]
        self.distance = below.distance[found]
        self.vote()

    def complete(self, rounds: int, rng: np.random.Generator, *, uniform: bool) -> None:
        """Searches and votes in turn, at most `rounds` times."""
        for _ in range(rounds):
            self._compare()
            self._search(rng, uniform=uniform)
            if self.vote() < 0.3:
                break

    def _patches(self, centres: Index) -> Floats:
        """Patches (n, 7 * 7 * channels), row by row."""
        row = (2 * self.radius + 1) * self.depth
        step = self.flat.strides[0]
        rows = np.lib.stride_tricks.as_strided(
            self.flat, (len(self.flat) - 2 * self.radius, row), (step, self.flat.itemsize), writeable=False
        )
        starts = np.arange(-self.radius, self.radius + 1) * self.w - self.radius
        return rows[centres[:, None] + starts].reshape(len(centres), -1)

    def _compare(self) -> None:
        """Projects the targets as they look now, and measures them against their sources."""
        self.wanted = np.concatenate([self._patches(part) @ self.basis for part in _chunks(self.targets)])
        difference = self.projected[self.nearest] - self.wanted
        self.distance = np.einsum("ij,ij->i", difference, difference)

    def _search(self, rng: np.random.Generator, *, uniform: bool) -> None:
        """One round of PatchMatch for all targets at once: the neighbours' shifts, then random ones."""
        for jump in (8, 4, 2, 1):
            for shift in (jump, jump * self.w, -jump, -jump * self.w):
                neighbour = (self.targets - shift).clip(0, len(self.slot) - 1)
                slot = self.slot[neighbour]
                self._offer(self.nearest[slot] + shift, slot >= 0)
        every = np.ones(len(self.targets), bool)
        for _ in range(2 if uniform else 0):
            self._offer(rng.choice(self.sources, len(self.targets)), every)
        reach = max(self.h, self.w) // 2
        while reach >= 1:
            dy, dx = rng.integers(-reach, reach + 1, (2, len(self.targets)))
            self._offer(self.nearest + dy * self.w + dx, every)
            reach //= 2

    def _offer(self, candidates: Index, allowed: Mask) -> None:
        """Takes the candidates that are sources and nearer than what the targets have."""
        allowed = allowed & (candidates >= 0) & (candidates < len(self.slot))
        candidates = np.where(allowed, candidates, 0)
        slots = np.flatnonzero(allowed & self.source.ravel()[candidates])
        candidates = candidates[slots]
        difference = self.projected[candidates]
        difference -= self.wanted[slots]
        distance = np.einsum("ij,ij->i", difference, difference)
        better = distance < self.distance[slots]
        self.nearest[slots[better]] = candidates[better]
        self.distance[slots[better]] = distance[better]

    # vote

    def vote(self) -> float:
        """Gives every pixel of the hole the weighted mean of what the patches over it say; the mean change of a value.

        A patch counts exp(-d / 2 sigma^2), with sigma^2 the third quartile of the distances over the pixel, and less
        by 1.3 per pixel that it is deeper in the hole (Wexler et al. 2007, 3.2).
        """
        change = 0.0
        for pixels in _chunks(self.hole):
            distance, weight, said = self._votes(pixels)
            distance = distance - distance.min(axis=1, keepdims=True)
            quartile = 3 * (distance.shape[1] - 1) // 4
            spread = np.partition(distance, quartile, axis=1)[:, quartile, None]
            weight = weight * np.exp(-distance / (2 * np.maximum(spread, 1e-3)))
            weight /= weight.sum(axis=1, keepdims=True)
            colours = np.einsum("po,poc->pc", weight, self.flat[said])
            change += float(np.abs(colours - self.flat[pixels]).sum())
            # the full-size scale of a large picture is kept in bytes
            self.flat[pixels] = np.rint(colours) if self.flat.dtype == np.uint8 else colours
        return change / max(1, len(self.hole) * self.depth)

    def sharpen(self, rng: np.random.Generator) -> None:
        """A last vote in which the best patch over a pixel decides alone: copies are sharp, means are not."""
        self._compare()
        self._search(rng, uniform=False)
        for pixels in _chunks(self.hole):
            distance, weight, said = self._votes(pixels)
            best = (distance / weight).argmin(axis=1)
            self.flat[pixels] = self.flat[said[np.arange(len(pixels)), best]]

    def _votes(self, pixels: Index) -> tuple[Floats, Floats, Index]:
        """Distance, weight by depth, and source pixel of each of the (n, 49) patches over the pixels."""
        y, x = np.divmod(pixels, self.w)
        r = self.radius
        # near the picture's edge fewer patches fit: the nearest one that does speaks for those that do not
        oy, ox = np.divmod(np.arange((2 * r + 1) ** 2), 2 * r + 1)
        cy = (y[:, None] - oy + r).clip(r, self.h - 1 - r)
        cx = (x[:, None] - ox + r).clip(r, self.w - 1 - r)
        centre = cy * self.w + cx
        slot = self.slot[centre]
        weight = np.float32(1.3) ** (self.depths[pixels][:, None] - self.depths[centre])
        return self.distance[slot], weight, self.nearest[slot] + pixels[:, None] - centre

    def peel(self, rng: np.random.Generator) -> None:
        """A first guess, ring by ring from the border in: the centre of a source like what is known around the pixel.

        One of those within a tenth of the best is drawn at random (Efros and Leung 1999).
        """
        chosen = rng.choice(self.sources, min(len(self.sources), PEEL_SOURCES), replace=False)
        sources = self._patches(chosen)
        squares = sources**2
        known = np.ones((self.h, self.w), bool)
        known.ravel()[self.hole] = False
        while not known.all():
            ring = np.flatnonzero(cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~known)
            for part in _chunks(ring, 2048):
                patches, weight = self._known_patches(part, known)
                distance = (patches**2).sum(axis=1, keepdims=True) - 2 * patches @ sources.T + weight @ squares.T
                distance = distance.clip(0) / weight.sum(axis=1, keepdims=True)
                near = distance <= 1.1 * distance.min(axis=1, keepdims=True) + 1e-4
                draw = np.where(near, rng.random(near.shape, np.float32), -1).argmax(axis=1)
                self.flat[part] = self.flat[chosen[draw]]
            known.ravel()[ring] = True

    def _known_patches(self, centres: Index, known: Mask) -> tuple[Floats, Floats]:
        """Patches with 0 where nothing is known, and 1 where something is; both (n, 7 * 7 * channels)."""
        r = self.radius
        y, x = np.divmod(centres, self.w)
        oy, ox = np.divmod(np.arange((2 * r + 1) ** 2), 2 * r + 1)
        cells = (y[:, None] + oy, x[:, None] + ox)
        weight = np.pad(known, r)[cells].astype(np.float32)
        channels = np.pad(self.flat.reshape(self.h, self.w, -1), ((r, r), (r, r), (0, 0)))[cells]  # (n, 49, channels)
        patches = channels * weight[..., None]
        return patches.reshape(len(centres), -1), weight.repeat(self.depth, axis=1)


def _around(mask: Mask) -> tuple[slice, slice]:
    """The hole's bounding box with as much again on every side, at least 128 pixels: where sources are looked for."""
    sides = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
    margin = max(128, *(int(np.ptp(side)) + 1 for side in sides))
    y, x = (slice(max(0, int(side[0]) - margin), int(side[-1]) + 1 + margin) for side in sides)
    return y, x


def _inner(shape: tuple[int, ...], radius: int) -> Mask:
    """Centres whose patch lies inside the picture."""
    inner = np.zeros(shape, bool)
    inner[radius : shape[0] - radius, radius : shape[1] - radius] = True
    return inner


def _sources(mask: Mask, radius: int) -> Mask:
    """Centres whose patch lies inside the picture and outside the hole."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    touched = cv2.dilate(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
    return _inner(mask.shape, radius) & ~touched


def _closest(mask: Mask) -> Index:
    """For every pixel the flat index of the nearest one in `mask`."""
    _, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place = np.zeros(labels.max() + 1, np.int64)
    place[labels[mask]] = np.flatnonzero(mask)
    return place[labels.ravel()]


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


def _principal(covariance: Floats, components: int, rng: np.random.Generator) -> Floats:
    """The leading eigenvectors as columns, by subspace iteration: a full decomposition takes longer than the search."""
    size = len(covariance)
    found = rng.standard_normal((size, min(components, size)), np.float32)
    for _ in range(6):
        found = np.linalg.qr(covariance @ found)[0]
    return np.ascontiguousarray(found)


def _chunks(indices: Index, size: int = CHUNK) -> Iterator[Index]:
    for start in range(0, len(indices), size):
        yield indices[start : start + size]
