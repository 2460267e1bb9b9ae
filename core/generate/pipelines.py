"""Pipelines of diffusers: loaded in the right precision and place, lent with a sampler, turned to other uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from core import models
from core.generate.samplers import space_scheduler
from core.generate.steps import use_scheduler
from core.models import weights
from core.models.catalog import Row
from core.models.catalog.specs import DiffusionSpec
from core.models.memory import offload, precision


def load(row: Row, path: Path, device: str) -> Any:
    """Any `AutoPipelineForText2Image`."""
    from diffusers import AutoPipelineForText2Image

    return from_folder(AutoPipelineForText2Image, row, path, device)


def from_folder(kind: Any, row: Row, path: Path, device: str) -> Any:
    """A pipeline of that kind: half precision where that is fast, from the Hub's fp16 files if it has them."""
    from diffusers.utils import logging

    logging.disable_progress_bar()
    settings = {
        "dtype": precision.weights_dtype(row, device),
        "variant": row.spec_as(DiffusionSpec).variant,
        "use_safetensors": True,
    }
    pipeline = kind.from_pretrained(path, **settings, **weights.load_parts(path, **settings), local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = space_scheduler(pipeline.scheduler)
    return offload.place_pipeline(pipeline, row, device)


@contextmanager
def borrow_pipeline(row: models.Row, control: models.Row | None = None, *, sampler: str | None = None) -> Iterator[Any]:
    """The row's pipeline with a sampler, and with the ControlNet of `control` where there is one."""
    with ExitStack() as stack:
        _, pipeline = stack.enter_context(models.borrow(row.task, row.name))
        stack.enter_context(offload.unload_after(pipeline))
        stack.enter_context(use_scheduler(pipeline, sampler))
        if control is not None:
            _, net = stack.enter_context(models.borrow(control.task, control.name))
            pipeline = _derive_controlnet(pipeline, net)
        yield pipeline


def derive_image_to_image(pipeline: Any) -> Any:
    """The same networks as an image-to-image pipeline."""
    from diffusers import AutoPipelineForImage2Image, Flux2KleinPipeline

    if isinstance(pipeline, Flux2KleinPipeline):
        from core.generate.flux_img2img import Flux2KleinImg2ImgPipeline

        return offload.derive_pipeline(Flux2KleinImg2ImgPipeline, pipeline)
    return offload.derive_pipeline(AutoPipelineForImage2Image, pipeline)


def _derive_controlnet(pipeline: Any, net: Any) -> Any:
    """The same networks with a ControlNet beside them."""
    from diffusers import AutoPipelineForText2Image

    return offload.derive_pipeline(AutoPipelineForText2Image, pipeline, controlnet=net)
