"""SAM's own automatic mask generator, with progress."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from core.images import RGB, Mask
from core.models.memory import out_of_memory

# masks of a batch are made at full size: 32 clicks x 3 masks of a megapixel are 400 MB; a few where memory is scarce
BATCH_SIZES = (32, 4)


def generate_masks(
    predictor: Any, image: RGB, settings: Mapping[str, Any], on_step: Callable[[int, int], object]
) -> list[Mask]:
    """Masks bool (H, W) of everything in a picture; the batch size does not change them.

    Args:
        predictor: a `segment_anything.SamPredictor`, or one with its methods, whose picture is `image`.
        image: HWC uint8 RGB.
        settings: `SamAutomaticMaskGenerator`'s.
        on_step: called with the number of clicks answered and their total; where memory ran out it starts again at 0.
    """
    return out_of_memory.retry_smaller(
        *(functools.partial(_generate_in_batches, predictor, image, settings, on_step, n) for n in BATCH_SIZES)
    )


def _generate_in_batches(
    predictor: Any, image: RGB, settings: Mapping[str, Any], on_step: Callable[[int, int], object], batch: int
) -> list[Mask]:
    from segment_anything import SamAutomaticMaskGenerator

    class ReportingGenerator(SamAutomaticMaskGenerator):  # type: ignore[misc]
        done = 0

        def _process_batch(self, points: Any, *rest: Any) -> Any:
            found = super()._process_batch(points, *rest)
            self.done += len(points)
            on_step(self.done, len(self.point_grids[0]))
            return found

    # the constructor makes a predictor of this stand-in for a network; ours takes its place
    nothing = SimpleNamespace(image_encoder=SimpleNamespace(img_size=0))
    generator = ReportingGenerator(nothing, points_per_batch=batch, **settings)
    generator.predictor = FixedImagePredictor(predictor)
    return [found["segmentation"] for found in generator.generate(image)]


class FixedImagePredictor:
    """A predictor whose picture is already set: the generator's calls to set and reset it do nothing."""

    def __init__(self, predictor: Any) -> None:
        self._predictor = predictor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._predictor, name)

    def set_image(self, image: RGB) -> None:
        """Does nothing: the generator would set the whole picture, which is set."""

    def reset_image(self) -> None:
        """Does nothing."""
