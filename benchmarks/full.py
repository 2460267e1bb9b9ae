"""Full-size architectures with random weights, on whatever device there is: seconds and peak memory.

python -m benchmarks.full [--shapes sd-turbo sam-vit-b clip-vit-b32] [--batches 1 4 8] [--compile]

Random weights take as long as real ones. A GPU computes in half precision, as the app's loaders have it, channels last
beside the usual layout, and with --compile through torch.compile too; a CPU in float32, and without being asked only
what it does in a minute or so. The last line is what `generate.text_to_image` adds to the bare pipeline, in turns.
"""

from __future__ import annotations

import argparse
import functools
import operator
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks import full_shapes
from core import generate, models
from core.generate import pipelines
from core.models import torchvision_shim
from core.models.files import sources
from core.models.memory import out_of_memory, precision

SIDE, PROMPT = 512, "a cat on a blue chair"
AIM = 1.03  # times the bare pipeline's seconds
CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Shape:
    """An architecture: how it is built, what to call with so many pictures, and whether a CPU is asked too.

    Attributes:
        parts: the networks that `run` calls; to compile a module changes what calling it does, and nothing else.
        row: of the catalogue, in whose precision the weights of what draws are.
        halved: networks whose weights are float32 but that compute in half precision on a GPU.
        anchor: what others published.
    """

    build: Callable[[], Any]
    run: Callable[[Any, int], object]
    parts: tuple[str, ...]
    on_cpu: bool = False
    row: str = ""
    halved: tuple[str, ...] = ()
    anchor: str = "-"


def draw_one_step(pipeline: Any, batch: int) -> object:
    """One step of a distilled model, 512 px."""
    return pipeline(
        PROMPT, num_inference_steps=1, guidance_scale=0.0, height=SIDE, width=SIDE, num_images_per_prompt=batch
    )


def draw_slowly(pipeline: Any, batch: int) -> object:
    """20 steps with guidance, 512 px."""
    return pipeline(
        PROMPT, num_inference_steps=20, guidance_scale=7.5, height=SIDE, width=SIDE, num_images_per_prompt=batch
    )


def run_sam_encoder(net: Any, batch: int) -> object:
    """Segment Anything's image encoder at 1024 px."""
    import torch

    weight = next(net.parameters())
    return net.image_encoder(torch.zeros(batch, 3, 1024, 1024, device=weight.device, dtype=weight.dtype))


def run_clip_encoder(net: Any, batch: int) -> object:
    """CLIP's image encoder at 224 px."""
    import torch

    weight = next(net.parameters())
    return net.get_image_features(torch.zeros(batch, 3, 224, 224, device=weight.device, dtype=weight.dtype))


NETS, SEES, EYES = ("unet", "vae.decoder"), ("image_encoder",), ("vision_model",)
SAM_B = "90 ms float32, 15 ms compiled bfloat16, A100"
SHAPES = {
    "sd-turbo": Shape(
        full_shapes.sd_turbo, draw_one_step, NETS, on_cpu=True, row="sd-turbo", anchor="38 ms, one step, A100"
    ),
    "sd15": Shape(full_shapes.sd15, draw_slowly, NETS, row="sd15"),
    "sdxl-turbo": Shape(full_shapes.sdxl, draw_one_step, NETS, row="sdxl-turbo", anchor="207 ms, one step, A100"),
    "sam-vit-b": Shape(lambda: full_shapes.sam("vit_b"), run_sam_encoder, SEES, on_cpu=True, halved=SEES, anchor=SAM_B),
    "sam-vit-h": Shape(lambda: full_shapes.sam("vit_h"), run_sam_encoder, SEES, halved=SEES),
    "clip-vit-b32": Shape(full_shapes.clip, run_clip_encoder, EYES, on_cpu=True, halved=EYES),
}


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--shapes", nargs="+", choices=SHAPES)
    flags.add_argument("--batches", nargs="+", type=int)
    flags.add_argument("--compile", action="store_true")
    options = flags.parse_args()
    torchvision_shim.ensure_torchvision()
    gpu = models.device() == "cuda"
    chosen = options.shapes or [name for name, shape in SHAPES.items() if gpu or shape.on_cpu]
    batches = options.batches or ([1, 4, 8] if gpu else [1])
    print(f"{machine()}\n\n| shape | as | pictures | seconds | peak GB | published |\n|---|---|---|---|---|---|")
    for name in chosen:
        for line in measure_shape(name, batches, compiled=options.compile):
            print(line, flush=True)
    if "sd-turbo" in chosen:
        print(f"\ntext_to_image over the bare pipeline (sd-turbo's shape): {overhead()}")


def machine() -> str:
    """The device's name and the versions that matter."""
    import diffusers
    import torch

    place = models.device()
    names = {"cuda": torch.cuda.get_device_name, "mps": lambda: f"MPS of {processor()}"}
    threads = f"{processor()}, {torch.get_num_threads()} threads"
    name = names[place]() if place in names else threads
    return f"{name}, torch {torch.__version__}, diffusers {diffusers.__version__}"


def processor() -> str:
    """The CPU's model where the system tells it, else its kind."""
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{model} ({platform.machine()})" if model else platform.machine()


def measure_shape(name: str, batches: Sequence[int], *, compiled: bool) -> Iterator[str]:
    """One line of the table for each layout and each number of pictures."""
    import torch

    shape = SHAPES[name]
    out_of_memory.free_memory()  # of the shape before, which would count
    model, computes_in = build_model(shape)
    for layout in ("usual", "channels last", *(["compiled"] if compiled else [])):
        for part in shape.parts:
            net = operator.attrgetter(part)(model).eval()
            net.to(memory_format=torch.contiguous_format if layout == "usual" else torch.channels_last)
            if layout == "compiled":
                net.compile()
        for batch in batches:
            cells = figures(functools.partial(shape.run, model, batch))
            yield f"| {name} | {computes_in}, {layout} | {batch} | {cells} | {shape.anchor if batch == 1 else '-'} |"


def figures(run: Callable[[], object]) -> str:
    """Seconds and peak as cells of the table; where it failed, its fault, and the next line has its turn."""
    try:
        seconds, peak = time_run(run)
    # a small GPU, or a machine without the compiler that torch.compile wants
    except Exception as error:
        out_of_memory.release_frames(error)
        failed = f"{type(error).__name__} | -"
    else:
        return f"{seconds:.3f} | {peak:.1f}" if seconds < 1 else f"{seconds:.1f} | {peak:.1f}"
    out_of_memory.free_memory()
    return failed


def build_model(shape: Shape) -> tuple[Any, str]:
    """The networks as the app's loaders have them, and what they compute in."""
    import torch

    device = models.device()
    draws = bool(shape.row)
    dtype = precision.weights_dtype(models.row("text_to_image", shape.row), device) if draws else torch.float32
    model = hide_progress_bar(full_shapes.build_on(device, dtype, shape.build))
    for part in shape.halved:
        precision.use_half_precision(operator.attrgetter(part)(model), device)
    autocast = f"{precision.HALF_DTYPES[device]} autocast" if shape.halved and device in precision.HALF_DTYPES else ""
    return model, autocast or str(dtype).removeprefix("torch.")


def hide_progress_bar(model: Any) -> Any:
    """A pipeline without its bar."""
    if hasattr(model, "set_progress_bar_config"):
        model.set_progress_bar_config(disable=True)
    return model


def time_run(run: Callable[[], object]) -> tuple[float, float]:
    """Median seconds, and the highest memory meanwhile in GB: the GPU's, or the process's where there is none."""
    import torch

    with torch.inference_mode():
        run()
        models.synchronize_device()
        forget_peak()
        times = []
        for _ in range(1 if models.device() == "cpu" else 5):
            start = time.perf_counter()
            run()
            models.synchronize_device()
            times.append(time.perf_counter() - start)
    return statistics.median(times), peak_bytes() / 1e9


def forget_peak() -> None:
    """What was used until now does not count."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    elif Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> float:
    """The most since then; not a number where the system does not say."""
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated())
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((float(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), float("nan"))


def overhead() -> str:
    """What our call adds to the pipeline's own: the median ratio, and the seconds of each outside the networks.

    A CPU that others use too is not steady to a few percent over calls of many seconds; the second figure is. The aim
    is AIM.
    """
    import torch

    on_cpu = models.device() == "cpu"
    out_of_memory.free_memory()  # of the shape before, and of the row's own model
    pipeline, _ = build_model(SHAPES["sd-turbo"])
    given = {"num_inference_steps": 1, "guidance_scale": 0.0, "height": SIDE, "width": SIDE}
    inside = record_network_seconds(pipeline.text_encoder, pipeline.unet, pipeline.vae.decoder)

    def bare() -> None:
        with torch.inference_mode():
            np.asarray(pipeline(PROMPT, generator=torch.Generator().manual_seed(0), **given).images[0])

    def ours() -> None:
        generate.text_to_image(PROMPT, model="sd-turbo", size=SIDE)

    def lap(call: Callable[[], None]) -> tuple[float, float]:
        inside.clear()
        start = time.perf_counter()
        call()
        whole = time.perf_counter() - start
        return whole, whole - sum(inside)

    kept_here = mock.patch.object(sources, "fetch_weights", return_value=Path())
    with kept_here, mock.patch.object(pipelines, "load", return_value=pipeline):
        lap(ours), lap(bare)
        laps = np.array([(lap(ours), lap(bare)) for _ in range(3 if on_cpu else 50)])
    ratio = np.median(laps[:, 0, 0] / laps[:, 1, 0])
    rest = np.median(laps[:, :, 1], axis=0)
    said = f"{ratio:.3f} times (aim: at most {AIM})"
    # a GPU's networks only take orders while they are called
    return f"{said}; outside the networks {rest[0]:.4f} s, bare {rest[1]:.4f} s" if on_cpu else said


def record_network_seconds(*nets: Any) -> list[float]:
    """Seconds that will have been spent in calls of the networks, as terms of a sum."""
    terms: list[float] = []
    for net in nets:
        net.register_forward_pre_hook(lambda *_: terms.append(-time.perf_counter()))
        net.register_forward_hook(lambda *_: terms.append(time.perf_counter()))
    return terms


if __name__ == "__main__":
    main()
