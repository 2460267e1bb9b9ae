"""SAM's own automatic mask generator, which says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from core.images import RGB, Mask

if TYPE_CHECKING:
    from segment_anything.modeling import Sam

# masks of a batch are made at full size: 32 clicks x 3 masks of a megapixel are 400 MB
BATCH = 32


def generate(sam: Sam, image: RGB, settings: Mapping[str, Any], on_step: Callable[[int, int], object]) -> list[Mask]:
    """Masks bool (H, W) of everything; `settings` are `SamAutomaticMaskGenerator`'s, `on_step` gets (done, total)."""
    from segment_anything import SamAutomaticMaskGenerator

    class Reporting(SamAutomaticMaskGenerator):  # type: ignore[misc]
        done = 0

        def _process_batch(self, points: Any, *rest: Any) -> Any:
            found = super()._process_batch(points, *rest)
            self.done += len(points)
            on_step(self.done, len(self.point_grids[0]))
            return found

    generator = Reporting(sam, points_per_batch=BATCH, **settings)
    return [found["segmentation"] for found in generator.generate(image)]
