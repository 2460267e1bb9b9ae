"""An edge detector against the lines that people drew: precision, recall and F at a threshold, as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core import checks, images, samples
from core.edges import detection, metrics
from core.errors import InputError
from core.images import RGB, Mask
from core.results import Result, Stopwatch

SIGMA = 2.0  # of the blur before every classical detector: people draw things, not texture
FULL = 1020  # Canny's threshold for a step from black to white
BOTH, ONLY_EDGES, ONLY_PEOPLE = (0, 158, 115), (213, 94, 0), (86, 180, 233)


@dataclass(frozen=True, kw_only=True)
class EdgeComparison(Result):
    """A detector's lines compared with people's.

    Attributes:
        picture: uint8 (H, W, 3): green where both have a line, orange where only the detector has, blue only people.
        precision: share of the detector's pixels that people drew too, in [0, 1].
        recall: share of the people's pixels that the detector found, in [0, 1].
        f_score: the harmonic mean of both.
    """

    picture: RGB
    precision: float
    recall: float
    f_score: float


def compare_edges(image: object, drawn: object, *, method: str = "canny", threshold: float = 0.1) -> EdgeComparison:
    """A detector's lines at one threshold against what people drew (Martin, Fowlkes and Malik 2004).

    Args:
        image: what `images.to_rgb` accepts, (H, W).
        drawn: one map of boundaries or a list of them, one per person: what `images.to_mask` accepts, (H, W).
        method: one of `edges.METHODS`.
        threshold: in [0.001, 1], the least strength of a line; for Canny it is the high threshold (1 is a step from
            black to white), and the low one is 0.4 of it.

    Raises:
        InputError: a map is empty or of another size than the picture, no such method, or a threshold out of range.
        ModelUnavailable: the learned method's weights are not on this machine.
    """
    rgb = images.to_rgb(image)
    people = [
        _thin_lines(images.to_mask(one, rgb.shape[:2])) for one in (drawn if isinstance(drawn, list) else [drawn])
    ]
    level = checks.number("threshold", threshold, 0.001, 1)
    watch = Stopwatch()
    (found,) = edge_lines(rgb, method, [level])
    agreed = metrics.match_boundaries([found], people)
    precision, recall, f = (float(share[0]) for share in (agreed.precision, agreed.recall, agreed.f_score))
    shown = _draw_comparison(found, np.any(people, axis=0))
    return EdgeComparison(
        picture=shown, precision=precision, recall=recall, f_score=f, model=method, seconds=watch.seconds
    )


def edge_lines(image: RGB, method: str, thresholds: Sequence[float], **params: object) -> list[Mask]:
    """A detector's edges as lines one pixel wide, bool (H, W) for each threshold, as page and benchmark compare them.

    Every classical detector blurs by two pixels first. Canny thins by itself; of the other detectors only the ridges of
    the strength are kept. What reaches the threshold is skeletonised, as in BSDS500's benchmark, because ridges of
    probabilities near 1 are flat.

    Raises:
        InputError: no such method.
        ModelUnavailable: the learned method's weights are not on this machine.
    """
    checks.choice("method", method, detection.METHODS)
    blur = {} if detection.METHODS[method].colour else {"sigma": SIGMA}
    if method == "canny":
        steps = [(0.4 * FULL * level, FULL * level) for level in thresholds]
        found = [detection.detect(image, "canny", low=low, high=high, **blur).edges > 0 for low, high in steps]
    else:
        ridges = metrics.thin_edges(detection.detect(image, method, **blur, **params).edges)
        found = [ridges >= level for level in thresholds]
    return [thin_mask(one) for one in found]


def region_boundaries(labels: npt.NDArray[np.integer]) -> Mask:
    """The boundaries of regions (H, W): True where the number to the right or below is another one."""
    found = np.zeros(labels.shape, bool)
    found[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    found[:-1] |= labels[1:] != labels[:-1]
    return found


def example_boundaries(name: str) -> Mask:
    """The exact boundaries, bool (H, W), of a sample picture in `samples.TRUTHS`.

    Raises:
        InputError: there is none of that name.
    """
    return region_boundaries(samples.ground_truth(checks.choice("sample", name, samples.TRUTHS)))


def _thin_lines(drawn: Mask) -> Mask:
    """Lines one pixel wide, however thick the pen was."""
    if not drawn.any():
        raise InputError("edges.nothing_drawn")
    return thin_mask(drawn)


def thin_mask(mask: Mask) -> Mask:
    """A mask bool (H, W) thinned to lines one pixel wide."""
    from skimage.morphology import skeletonize

    return np.asarray(skeletonize(mask), bool)


def _draw_comparison(found: Mask, people: Mask) -> RGB:
    h, w = found.shape
    near = metrics.TOLERANCE * float(np.hypot(h, w))
    picture = np.full((h, w, 3), 255, np.uint8)
    picture[people & ~_dilate_lines(found, near)] = ONLY_PEOPLE
    picture[found] = ONLY_EDGES
    picture[found & _dilate_lines(people, near)] = BOTH
    return picture


def _dilate_lines(drawn: Mask, distance: float) -> Mask:
    away = cv2.distanceTransform((~drawn).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(away <= distance) if drawn.any() else np.zeros_like(drawn)
