"""One scale of PatchMatch inpainting: a similar source for every patch over the hole, and the vote for its colours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.images import RGB, Mask
from core.inpaint import blending

Floats = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]
CHUNK, PEEL_CHUNK = 16384, 2048
PEEL_SOURCES = 4096


class PyramidLevel:
    """One scale: its channels, the hole, and for every target patch the most similar source found so far.

    Pixels, and patches by their centre, are flat indices y * width + x. Shifts are differences of such indices; a shift
    over the right edge lands in the next row, which is just one more candidate.

    Args:
        channels, mask, blocked, places: a `MaskedImage`; `mask` is its hole.
        radius, nearness: those of `PatchMatch`.
    """

    def __init__(
        self, channels: npt.NDArray[Any], mask: Mask, radius: int, blocked: Mask, places: Floats, nearness: float = 0
    ) -> None:
        self.h, self.w, self.depth = channels.shape
        self.radius = radius
        self.flat = np.array(channels).reshape(-1, self.depth)
        self.source = source_mask(mask | blocked, radius)
        self.target = _inner_centres(mask.shape, radius) & ~source_mask(mask, radius)
        self.targets, self.sources, self.hole = (np.flatnonzero(m) for m in (self.target, self.source, mask))
        self.slot = np.full(self.h * self.w, -1, np.int64)  # of a target in `targets`
        self.slot[self.targets] = np.arange(len(self.targets))
        self.depths = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3).ravel()
        reach = np.arange(-radius, radius + 1)
        self.offsets = (reach[:, None] * self.w + reach).ravel()
        self.places, self.nearness = places.reshape(-1, 2), nearness
        self.nearest: Index = np.empty(0, np.int64)  # source of each target
        self.distance: Floats = np.empty(0, np.float32)  # squared, to that source

    def current_picture(self) -> RGB:
        """The picture as completed so far, uint8 RGB (H, W, 3)."""
        return self.flat[:, :3].reshape(self.h, self.w, 3).clip(0, 255).round().astype(np.uint8)

    # search

    def project_patches(self, components: int, rng: np.random.Generator) -> None:
        """Fits the principal components of the source patches and projects the sources on them."""
        sample = rng.choice(self.sources, min(len(self.sources), 4000), replace=False)
        patches = self._gather_patches(sample)
        patches -= patches.mean(axis=0)
        self.basis = _principal_components(patches.T @ patches, components, rng)
        self.projected = np.zeros((self.h * self.w, self.basis.shape[1]), np.float32)
        for part in _split_chunks(self.sources):
            self.projected[part] = self._gather_patches(part) @ self.basis
        spread = float(self.projected[sample].var(axis=0).sum())
        self.pull = np.float32(self.nearness * spread)

    def initialise_randomly(self, rng: np.random.Generator) -> None:
        """A random source for every target, improved by four rounds of search."""
        self.nearest = rng.choice(self.sources, len(self.targets))
        self._update_distances()
        for _ in range(4):
            self.search_patches(rng, uniform=True)

    def initialise_from(self, below: PyramidLevel, *, hard: bool = False) -> PyramidLevel:
        """Takes over the sources of the coarser scale, scaled up, and votes once."""
        stretch_y, stretch_x = self.h / below.h, self.w / below.w
        y, x = np.divmod(self.targets, self.w)
        cell = (y / stretch_y).astype(np.int64) * below.w + (x / stretch_x).astype(np.int64)
        cell = _nearest_indices(below.target)[cell]
        found = below.slot[cell]
        dy = below.nearest[found] // below.w - cell // below.w
        dx = below.nearest[found] % below.w - cell % below.w
        y = (y + (dy * stretch_y).round().astype(np.int64)).clip(0, self.h - 1)
        x = (x + (dx * stretch_x).round().astype(np.int64)).clip(0, self.w - 1)
        self.nearest = _nearest_indices(self.source)[y * self.w + x]
        self.distance = below.distance[found]
        self.vote_colours(hard=hard)
        return self

    def search_and_vote(self, rounds: int, rng: np.random.Generator) -> None:
        """Searches and votes in turn, at most `rounds` times."""
        for _ in range(rounds):
            self._update_distances()
            self.search_patches(rng, uniform=True)
            if self.vote_colours() < 0.3:
                break

    def _gather_patches(self, centres: Index) -> Floats:
        """Patches (n, side * side * channels), row by row."""
        row = (2 * self.radius + 1) * self.depth
        step = self.flat.strides[0]
        rows = np.lib.stride_tricks.as_strided(
            self.flat, (len(self.flat) - 2 * self.radius, row), (step, self.flat.itemsize), writeable=False
        )
        starts = np.arange(-self.radius, self.radius + 1) * self.w - self.radius
        # the length in figures: where a thin hole vanishes at a coarse scale there is no patch that it follows from
        return np.asarray(rows[centres[:, None] + starts]).reshape(len(centres), len(starts) * row)

    def _update_distances(self) -> None:
        """Projects the targets as they are now, and updates the distances to their sources."""
        self.wanted = np.concatenate([self._gather_patches(part) @ self.basis for part in _split_chunks(self.targets)])
        difference = self.projected[self.nearest] - self.wanted
        self.distance = np.einsum("ij,ij->i", difference, difference) + self._distance_penalty(
            self.nearest, self.targets
        )

    def _distance_penalty(self, candidates: Index, targets: Index) -> Floats:
        """Penalty for sources far from their target: similar things lie near each other, often at one height."""
        away = self.places[candidates] - self.places[targets]
        return np.asarray(self.pull * np.einsum("ij,ij->i", away, away))

    def search_patches(self, rng: np.random.Generator, *, uniform: bool) -> None:
        """One round of PatchMatch for all targets at once: propagation from the neighbours, then random search."""
        for jump in (8, 4, 2, 1):
            for shift in (jump, jump * self.w, -jump, -jump * self.w):
                neighbour = (self.targets - shift).clip(0, len(self.slot) - 1)
                slot = self.slot[neighbour]
                self._try_candidates(self.nearest[slot] + shift, slot >= 0)
        every = np.ones(len(self.targets), bool)
        for _ in range(2 if uniform else 0):
            self._try_candidates(rng.choice(self.sources, len(self.targets)), every)
        reach = max(self.h, self.w) // 2
        while reach >= 1:
            dy, dx = rng.integers(-reach, reach + 1, (2, len(self.targets)))
            self._try_candidates(self.nearest + dy * self.w + dx, every)
            reach //= 2

    def _try_candidates(self, candidates: Index, allowed: Mask) -> None:
        """Replaces the sources of targets whose candidate is a source and more similar."""
        allowed = allowed & (candidates >= 0) & (candidates < len(self.slot))
        candidates = np.where(allowed, candidates, 0)
        slots = np.flatnonzero(allowed & self.source.ravel()[candidates])
        candidates = candidates[slots]
        difference = self.projected[candidates]
        difference -= self.wanted[slots]
        distance = np.einsum("ij,ij->i", difference, difference)
        if self.nearness:
            distance += self._distance_penalty(candidates, self.targets[slots])
        better = distance < self.distance[slots]
        self.nearest[slots[better]] = candidates[better]
        self.distance[slots[better]] = distance[better]

    # vote

    def vote_colours(self, *, hard: bool = False) -> float:
        """Gives every pixel of the hole the colour its patches vote for; returns the mean absolute change of a value.

        Args:
            hard: take the colour of the best patch alone, which keeps copies sharp, instead of a weighted mean.
        """
        change = np.float64(0)
        for pixels in _split_chunks(self.hole):
            colours = self.flat[self._best_sources(pixels)] if hard else self._weighted_mean(pixels)
            change += np.abs(colours - self.flat[pixels]).sum()
            self.flat[pixels] = colours
        return float(change / (len(self.hole) * self.depth))

    def finalise_colours(self, rng: np.random.Generator) -> None:
        """A last search without random restarts, and a hard vote."""
        self._update_distances()
        self.search_patches(rng, uniform=False)
        self.vote_colours(hard=True)

    def blend_seams(self) -> None:
        """Hides the seams around the hole and inside it by Poisson blending."""
        hole = np.zeros((self.h, self.w), bool)
        hole.ravel()[self.hole] = True
        came = np.zeros(self.h * self.w, np.int64)
        for part in _split_chunks(self.hole):
            came[part] = self._best_sources(part)
        shift = blending.poisson_blend(self.flat[:, :3].reshape(self.h, self.w, 3), hole, came.reshape(self.h, self.w))
        self.flat[self.hole, :3] = (self.flat[self.hole, :3] + shift).clip(0, 255).astype(self.flat.dtype)

    def _weighted_mean(self, pixels: Index) -> Floats:
        """The weighted mean of the votes for each pixel, (n, channels) (Wexler et al. 2007, section 3.2).

        A patch at distance d weighs exp(-d / 2 sigma^2), with sigma^2 the third quartile of the distances over the
        pixel, and 1.3 times less for every pixel that its centre is deeper in the hole.
        """
        distance, weight, said = self._collect_votes(pixels)
        distance = distance - distance.min(axis=1, keepdims=True)
        quartile = 3 * (distance.shape[1] - 1) // 4
        spread = np.partition(distance, quartile, axis=1)[:, quartile, None]
        weight = weight * np.exp(-distance / (2 * np.maximum(spread, 1e-3)))
        weight /= weight.sum(axis=1, keepdims=True)
        return np.asarray(np.einsum("po,poc->pc", weight, self.flat[said]))

    def _best_sources(self, pixels: Index) -> Index:
        """The flat index (n,) that the best patch over each pixel copies it from."""
        distance, weight, said = self._collect_votes(pixels)
        best = (distance / weight).argmin(axis=1)
        return np.asarray(said[np.arange(len(pixels)), best])

    def _collect_votes(self, pixels: Index) -> tuple[Floats, Floats, Index]:
        """Distance, weight by depth and source pixel of the patches over each pixel, each (n, side * side)."""
        y, x = np.divmod(pixels, self.w)
        r = self.radius
        # near the picture's edge fewer patches fit: the nearest one that does votes in place of the others
        oy, ox = np.divmod(np.arange((2 * r + 1) ** 2), 2 * r + 1)
        cy = (y[:, None] - oy + r).clip(r, self.h - 1 - r)
        cx = (x[:, None] - ox + r).clip(r, self.w - 1 - r)
        centre = cy * self.w + cx
        slot = self.slot[centre]
        weight = np.float32(1.3) ** (self.depths[pixels][:, None] - self.depths[centre])
        # a patch that does not reach the hole is no target and has no vote
        distance = np.where(slot >= 0, self.distance[slot], np.float32(np.inf))
        return distance, weight, self.nearest[slot] + pixels[:, None] - centre

    def fill_by_diffusion(self) -> None:
        """A smooth first guess: the colours around the hole, interpolated by pull-push."""
        known = np.ones((self.h, self.w), np.float32)
        known.ravel()[self.hole] = 0
        for part in (slice(0, 3), slice(3, self.depth)):
            values = self.flat[:, part].astype(np.float32).reshape(self.h, self.w, -1)
            guess = blending.pull_push(values, known).reshape(len(self.flat), -1)
            self.flat[self.hole, part] = guess[self.hole]

    def fill_by_peeling(self, rng: np.random.Generator) -> None:
        """A textured first guess, ring by ring from the border inwards (Efros and Leung 1999).

        Each pixel is the centre of a source that is like the known pixels around it: one drawn at random from those
        whose distance is within a tenth of the best.
        """
        chosen = rng.choice(self.sources, min(len(self.sources), PEEL_SOURCES), replace=False)
        sources = self._gather_patches(chosen)
        squares = sources**2
        known = np.ones((self.h, self.w), bool)
        known.ravel()[self.hole] = False
        while not known.all():
            ring = np.flatnonzero(cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~known)
            for part in _split_chunks(ring, PEEL_CHUNK):
                patches, weight = self._gather_known_patches(part, known)
                distance = (patches**2).sum(axis=1, keepdims=True) - 2 * patches @ sources.T + weight @ squares.T
                distance = distance.clip(0) / weight.sum(axis=1, keepdims=True)
                near = distance <= 1.1 * distance.min(axis=1, keepdims=True) + 1e-4
                draw = np.where(near, rng.random(near.shape, np.float32), -1).argmax(axis=1)
                self.flat[part] = self.flat[chosen[draw]]
            known.ravel()[ring] = True

    def _gather_known_patches(self, centres: Index, known: Mask) -> tuple[Floats, Floats]:
        """Patches with 0 where pixels are unknown, and masks with 1 where known; both (n, side * side * channels)."""
        r = self.radius
        y, x = np.divmod(centres, self.w)
        oy, ox = np.divmod(np.arange((2 * r + 1) ** 2), 2 * r + 1)
        cells = (y[:, None] + oy, x[:, None] + ox)
        weight = np.pad(known, r)[cells].astype(np.float32)
        channels = np.pad(self.flat.reshape(self.h, self.w, -1), ((r, r), (r, r), (0, 0)))[
            cells
        ]  # (n, side * side, channels)
        patches = channels * weight[..., None]
        return patches.reshape(len(centres), -1), weight.repeat(self.depth, axis=1)


def source_mask(mask: Mask, radius: int) -> Mask:
    """Centres of the patches that lie inside the picture and outside the mask, bool (H, W)."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    touched = cv2.dilate(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
    return np.asarray(_inner_centres(mask.shape, radius) & ~touched)


def _inner_centres(shape: tuple[int, ...], radius: int) -> Mask:
    """Centres of the patches that lie inside the picture, bool `shape`."""
    inner = np.zeros(shape, bool)
    inner[radius : shape[0] - radius, radius : shape[1] - radius] = True
    return inner


def _nearest_indices(mask: Mask) -> Index:
    """For every pixel the flat index of the nearest pixel of `mask`, (H * W,)."""
    _, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place = np.zeros(labels.max() + 1, np.int64)
    place[labels[mask]] = np.flatnonzero(mask)
    return np.asarray(place[labels.ravel()])


def _principal_components(covariance: Floats, components: int, rng: np.random.Generator) -> Floats:
    """The leading eigenvectors as columns, by subspace iteration: a full decomposition would take longer."""
    size = len(covariance)
    found = rng.standard_normal((size, min(components, size)), np.float32)
    for _ in range(6):
        found = np.linalg.qr(covariance @ found)[0]
    return np.ascontiguousarray(found)


def _split_chunks(indices: Index, size: int = CHUNK) -> Iterator[Index]:
    for start in range(0, len(indices), size):
        yield indices[start : start + size]
