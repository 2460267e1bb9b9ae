"""A diffusers inpainting pipeline, run on the part of a picture around the hole (Rombach et al. 2022, section 4.5)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from core import windows
from core.generate import pipelines
from core.generate.run import extract_images
from core.images import RGB, Mask
from core.inpaint import blending
from core.models.catalog import Row
from core.models.catalog.specs import DiffusionSpec
from core.models.memory import offload, out_of_memory
from core.models.protocols import FillStep

SIDE_MULTIPLE = 8  # sides of what the pipeline draws are multiples of this


class DiffusionInpainter:
    """A `protocols.Inpainter` around any pipeline that `AutoPipelineForInpainting` loads.

    Args:
        pipeline: takes `prompt`, `image` and `mask_image`.
        spec: the side of the square that the model was trained on, steps and guidance.

    Attributes:
        pieces: "tiles" where the last picture was decoded in tiles for want of memory, else "".
    """

    def __init__(self, pipeline: Any, spec: DiffusionSpec) -> None:
        self.pipeline = pipeline
        self.pieces, self._size = "", spec.size
        self._settings = {"num_inference_steps": spec.steps, "guidance_scale": spec.guidance}

    def __call__(
        self, image: RGB, mask: Mask, *, prompt: str = "", seed: int = 0, on_step: Callable[[Any], None] | None = None
    ) -> RGB:
        """The picture, uint8 RGB (H, W, 3), with the hole filled; the model sees only a square around the hole.

        Raises:
            InputError: the model's safety checker refused the result.
        """
        window = windows.square_window(mask, self._size)
        crop, hole = image[window], mask[window]
        drawn = self._run_pipeline(crop, hole, prompt, seed, on_step)
        filled = image.copy()
        filled[window][hole] = blending.match_colors(drawn, crop, ~hole)[hole]
        return filled

    def _run_pipeline(
        self, crop: RGB, hole: Mask, prompt: str, seed: int, on_step: Callable[[Any], None] | None
    ) -> RGB:
        """The pipeline's answer to the crop, at the crop's size."""
        import torch

        h, w = crop.shape[:2]
        scale = self._size / max(h, w)
        height, width = (max(SIDE_MULTIPLE, SIDE_MULTIPLE * round(side * scale / SIDE_MULTIPLE)) for side in (h, w))
        small = Image.fromarray(crop).resize((width, height), Image.Resampling.LANCZOS)
        # a pixel that the hole touches belongs to it at every scale
        covered = cv2.resize(hole.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA) > 0
        call = {"prompt": prompt, "image": small, "mask_image": Image.fromarray(covered.astype(np.uint8) * 255)}
        call |= {"height": height, "width": width, "callback_on_step_end": _step_callback(on_step)}

        self.pieces = ""

        def draw_whole() -> Any:
            # drawn on the CPU, so that a seed means the same picture on every device
            dice = torch.Generator().manual_seed(seed)
            with offload.unload_after(self.pipeline):
                return self.pipeline(**call, **self._settings, generator=dice)

        def draw_in_tiles() -> Any:
            self.pieces = "tiles"
            with offload.use_vae_tiling(self.pipeline, self._size):
                return draw_whole()

        ways = [draw_whole, draw_in_tiles] if offload.can_tile(self.pipeline, self._size) else [draw_whole]
        with offload.inference_context(self.pipeline):
            output = out_of_memory.retry_smaller(*ways)
        (drawn,) = extract_images(output, "inpaint.refused")
        return np.asarray(Image.fromarray(drawn).resize((w, h), Image.Resampling.LANCZOS))


def _step_callback(on_step: Callable[[Any], None] | None) -> Callable[..., dict[str, Any]] | None:
    """`on_step` as a pipeline's `callback_on_step_end`; None for None."""
    if on_step is None:
        return None

    def report_step(pipeline: Any, index: int, _timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        on_step(FillStep(index=index + 1, total=pipeline.num_timesteps, preview=None))
        return tensors

    return report_step


def load(row: Row, path: Path, device: str) -> DiffusionInpainter:
    """Any `AutoPipelineForInpainting` in the diffusers folder format."""
    from diffusers import AutoPipelineForInpainting

    pipeline = pipelines.from_folder(AutoPipelineForInpainting, row, path, device)
    return DiffusionInpainter(pipeline, row.spec_as(DiffusionSpec))
