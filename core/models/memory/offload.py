"""Where a diffusers pipeline computes and where its weights wait, chosen by the bytes that are free.

On a GPU it stays there whole where it fits with room to compute; else its parts come one at a time (model offload), or
layer by layer (sequential offload), by the hooks of accelerate. On a CPU and on MPS it is always whole. Where a picture
of the row's largest size would not fit beside that, the autoencoder takes it in tiles.
"""

from __future__ import annotations

import gc
import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from core.errors import ModelUnavailable
from core.models.catalog.row import MB, Row
from core.models.memory import out_of_memory
from core.models.memory.footprint import model_bytes

HEADROOM = 2**30  # bytes for what is computed beside the weights
MAX_PICTURES = 8  # of one call, at most
FULL_SIZE_MAPS = 4  # at full resolution at once: what comes in, its normalised and its activated form, what comes out
SMALLEST_TILE, LARGEST_TILE = 256, 512  # sides in pixels
OFFLOADS = ("none", "model", "sequential")


@dataclass(frozen=True)
class OffloadPlan:
    """How a pipeline is kept.

    Attributes:
        offload: "none" (whole on the device), "model" (one part at a time comes from the CPU) or "sequential" (one
            layer at a time).
        sliced: the autoencoder takes several pictures one after the other; the same numbers come out.
        tiled: it takes a picture of more than 512 pixels in overlapping tiles; seams differ a little.
    """

    offload: str = "none"
    sliced: bool = False
    tiled: bool = False


NO_OFFLOAD = OffloadPlan()


def choose_plan(
    parts: Mapping[str, int],
    free: int,
    *,
    device: str,
    picture: int = 0,
    pinned: frozenset[str] = frozenset(),
    offloads: bool = True,
) -> OffloadPlan:
    """The plan that is quickest among those that fit.

    Args:
        parts: bytes of each network, by its name in the pipeline.
        free: bytes that the device has left.
        device: "cuda", "mps" or "cpu".
        picture: bytes that the autoencoder takes for one picture of the largest size.
        pinned: parts that stay on the device whatever the plan is.
        offloads: whether this pipeline can be offloaded at all.
    """
    always = sum(size for name, size in parts.items() if name in pinned)
    loose = {name: size for name, size in parts.items() if name not in pinned}
    largest = max(loose.values(), default=0)
    if device != "cuda" or not offloads or sum(parts.values()) + HEADROOM <= free:
        offload, beside = "none", sum(parts.values())
    elif always + largest + HEADROOM <= free:
        offload, beside = "model", always + loose.get("vae", 0)
    else:
        offload, beside = "sequential", always
    return OffloadPlan(offload, sliced=beside + MAX_PICTURES * picture > free, tiled=beside + picture > free)


def place_pipeline(pipeline: Any, row: Row, device: str) -> Any:
    """Puts a pipeline from the CPU where it computes, whole if it can be, and returns it; `offload_plan` tells how.

    Raises:
        ModelUnavailable: not even the smallest plan fits, with every idle model gone.
    """
    for plan in _fallback_plans(_plan_pipeline(pipeline, row, device), device == "cuda" and _can_offload(pipeline)):
        try:
            _apply_plan(pipeline, plan, device)
        except Exception as error:
            if not out_of_memory.is_oom(error):
                raise
            out_of_memory.release_frames(error)
        else:
            pipeline.placed = plan
            return pipeline
        _move_to_cpu(pipeline)
        out_of_memory.free_memory()
    raise too_large_error(row, device)


def too_large_error(row: Row, device: str) -> ModelUnavailable:
    """The sentence for a model that does not fit into what is free."""
    needed, free = weight_bytes(row, device), max(0, free_bytes(device))
    return ModelUnavailable("errors.memory_load", name=row.title, megabytes=needed // MB, free=free // MB)


def weight_bytes(row: Row, device: str) -> int:
    """Bytes of the row's weights on that device; its files are in the precision in which a GPU computes."""
    return min(row.memory, row.download) if device == "cuda" and row.download else row.memory


def offload_plan(model: Any) -> OffloadPlan:
    """How a model is kept: a pipeline, or an object that holds one as `pipeline`."""
    found = getattr(getattr(model, "pipeline", model), "placed", NO_OFFLOAD)
    return found if isinstance(found, OffloadPlan) else NO_OFFLOAD


def free_bytes(device: str) -> int:
    """Bytes that can still be taken there; what torch keeps for reuse counts as free."""
    import psutil

    if device == "cpu":
        return int(psutil.virtual_memory().available)
    import torch

    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved() - torch.cuda.memory_allocated())
    # memory is shared there: what the driver recommends, but no more than the machine has left
    left = torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
    return int(min(left, psutil.virtual_memory().available))


def compute_device(part: Any) -> Any:
    """The torch device on which a network computes, which under offload is not where it waits."""
    if hasattr(part, "_hf_hook"):
        for module in part.modules():
            device = getattr(getattr(module, "_hf_hook", None), "execution_device", None)
            if device is not None:
                import torch

                return torch.device(device)
    return part.device


def derive_pipeline(kind: Any, pipeline: Any, **parts: Any) -> Any:
    """Another pipeline of diffusers with the same networks and `parts` beside them; nothing is loaded or copied."""
    other = kind.from_pipe(pipeline, **parts)
    other.set_progress_bar_config(disable=True)
    other.origin, other.placed = _original_pipeline(pipeline), offload_plan(pipeline)
    return other


def inference_context(pipeline: Any) -> Any:
    """A context in which nothing is recorded for gradients.

    Weights that hooks move within inference mode could not be learnt with afterwards.
    """
    import torch

    return torch.inference_mode() if offload_plan(pipeline).offload == "none" else torch.no_grad()


@contextmanager
def unload_after(pipeline: Any) -> Iterator[None]:
    """Afterwards no part of an offloaded pipeline is left on the device, however the block ended.

    And the autoencoder has its own precision again: diffusers widens SDXL's to decode, and leaves it wide where the
    memory runs out meanwhile, which its next call would fail at.
    """
    vae: Any = getattr(pipeline, "vae", None)
    precision = _weight_dtype(vae)
    try:
        yield
    except BaseException:
        if _weight_dtype(vae) != precision:
            vae.to(precision)
        raise
    finally:
        if offload_plan(pipeline).offload == "model":
            # a derived pipeline does not know the hooks, and an error comes before their end
            _original_pipeline(pipeline).maybe_free_model_hooks()


@contextmanager
def suspend_offload(pipeline: Any) -> Iterator[None]:
    """Layers may come and go in the block: a sequentially offloaded pipeline waits on the CPU, whole and unhooked."""
    origin = _original_pipeline(pipeline)
    if offload_plan(origin).offload != "sequential":
        yield
        return
    device = compute_device(origin.vae)
    _move_to_cpu(origin)
    try:
        yield
    finally:
        origin.enable_sequential_cpu_offload(device=device)


def _weight_dtype(net: Any) -> Any:
    """Of its first weight: to tell a network's dtype diffusers looks through all of it, which takes a while."""
    first = next(net.parameters(), None) if hasattr(net, "parameters") else None
    return getattr(first, "dtype", None)


def _original_pipeline(pipeline: Any) -> Any:
    return getattr(pipeline, "origin", pipeline)


@contextmanager
def use_vae_tiling(pipeline: Any, side: int) -> Iterator[None]:
    """The autoencoder takes a picture with that longest side in tiles for the length of the block."""
    vae = pipeline.vae
    kept = {name: getattr(vae, name) for name in _TILING_SETTINGS if hasattr(vae, name)}
    try:
        _enable_tiling(vae, side // 2)
        yield
    finally:
        for name, value in kept.items():
            setattr(vae, name, value)


def can_tile(pipeline: Any, side: int) -> bool:
    """Whether `use_vae_tiling` changes how a picture of that longest side is computed."""
    return side > SMALLEST_TILE and hasattr(getattr(pipeline, "vae", None), "use_tiling")


def decoding_bytes(vae: Any, side: int) -> int:
    """About what decoding one square picture takes beside the weights: a few maps of many channels at its full size."""
    config = getattr(vae, "config", None)
    channels = sorted(getattr(config, "block_out_channels", None) or (0,))[:2][-1]
    size = 4 if getattr(config, "force_upcast", False) else getattr(getattr(vae, "dtype", None), "itemsize", 4)
    return int(FULL_SIZE_MAPS * channels * side**2 * size)


_TILING_SETTINGS = ("use_slicing", "use_tiling", "tile_sample_min_size", "tile_latent_min_size")


def _plan_pipeline(pipeline: Any, row: Row, device: str) -> OffloadPlan:
    if device != "cpu":
        gc.collect()  # hooks make circles: what was evicted may still be there
    parts = {name: model_bytes(part) for name, part in pipeline.components.items() if hasattr(part, "parameters")}
    side = row.spec.largest_side or LARGEST_TILE
    return choose_plan(
        parts,
        # on a CPU they are there already
        free_bytes(device) + (sum(parts.values()) if device == "cpu" else 0),
        device=device,
        picture=decoding_bytes(getattr(pipeline, "vae", None), side),
        pinned=frozenset(getattr(pipeline, "_exclude_from_cpu_offload", ())),
        offloads=_can_offload(pipeline),
    )


def _fallback_plans(plan: OffloadPlan, offloads: bool) -> Iterator[OffloadPlan]:
    """What to try one after the other: the plan, the same with every idle model gone, then those that take less."""
    yield plan
    yield plan
    if offloads:
        for offload in OFFLOADS[OFFLOADS.index(plan.offload) + 1 :]:
            yield replace(plan, offload=offload)


def _can_offload(pipeline: Any) -> bool:
    known = getattr(pipeline, "model_cpu_offload_seq", None) is not None
    return known and importlib.util.find_spec("accelerate") is not None


def _apply_plan(pipeline: Any, plan: OffloadPlan, device: str) -> None:
    if plan.offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    elif plan.offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=device)
    else:
        pipeline.to(device)
    vae: Any = getattr(pipeline, "vae", None)
    if plan.sliced and hasattr(vae, "use_slicing"):
        vae.enable_slicing()
    if plan.tiled and hasattr(vae, "use_tiling"):
        _enable_tiling(vae, LARGEST_TILE)


def _enable_tiling(vae: Any, side: int) -> None:
    """Slices, and tiles of that side or of the next one that is allowed; the library's own may be as large as all."""
    vae.enable_slicing()
    vae.enable_tiling()
    if hasattr(vae, "tile_sample_min_size"):
        factor = vae.tile_sample_min_size / vae.tile_latent_min_size
        vae.tile_sample_min_size = max(SMALLEST_TILE, min(LARGEST_TILE, side, vae.tile_sample_min_size))
        vae.tile_latent_min_size = int(vae.tile_sample_min_size / factor)


def _move_to_cpu(pipeline: Any) -> None:
    """Takes back what came onto the device before it was full."""
    if hasattr(pipeline, "remove_all_hooks"):
        pipeline.remove_all_hooks()
    pipeline.to("cpu", silence_dtype_warnings=True)
