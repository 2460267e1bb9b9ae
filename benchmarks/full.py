"""Full-size architectures with random weights, on whatever device there is: seconds and peak memory.

python -m benchmarks.full [--shapes sd-turbo sam-vit-b clip] [--batches 1 4 8] [--compile]

Random weights take as long as real ones. A GPU computes in half precision, channels last beside the usual layout, and
with --compile through torch.compile too; a CPU in float32, and without being asked only what it does in a minute or so.
The last line is what `generate.text_to_image` adds to the bare pipeline: turns taken one after the other.
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
from core.models import loaders, shortage, sources

SIDE, PROMPT = 512, "a cat on a blue chair"


@dataclass(frozen=True)
class Shape:
    """An architecture: how it is built, what to call with so many pictures, and whether a CPU is asked too.

    Attributes:
        parts: the networks that `run` calls; to compile a module changes what calling it does, and nothing else.
    """

    build: Callable[[], Any]
    run: Callable[[Any, int], object]
    parts: tuple[str, ...]
    on_cpu: bool = False
    anchor: str = "-"


def draw(pipeline: Any, batch: int) -> object:
    """One step of a distilled model, 512 px."""
    return pipeline(
        PROMPT, num_inference_steps=1, guidance_scale=0.0, height=SIDE, width=SIDE, num_images_per_prompt=batch
    )


def draw_slowly(pipeline: Any, batch: int) -> object:
    """20 steps with guidance, 512 px."""
    return pipeline(
        PROMPT, num_inference_steps=20, guidance_scale=7.5, height=SIDE, width=SIDE, num_images_per_prompt=batch
    )


def embed(net: Any, batch: int) -> object:
    """Segment Anything's image encoder at 1024 px."""
    import torch

    weight = next(net.parameters())
    return net.image_encoder(torch.zeros(batch, 3, 1024, 1024, device=weight.device, dtype=weight.dtype))


def look(net: Any, batch: int) -> object:
    """CLIP's image encoder at 224 px."""
    import torch

    weight = next(net.parameters())
    return net.get_image_features(torch.zeros(batch, 3, 224, 224, device=weight.device, dtype=weight.dtype))


NETS, SEES = ("unet", "vae.decoder"), ("image_encoder",)
SHAPES = {
    "sd-turbo": Shape(full_shapes.sd_turbo, draw, NETS, on_cpu=True, anchor="38 ms, one step, A100"),
    "sd15": Shape(full_shapes.sd15, draw_slowly, NETS),
    "sdxl-turbo": Shape(full_shapes.sdxl, draw, NETS, anchor="207 ms, one step, A100"),
    "sam-vit-b": Shape(lambda: full_shapes.sam("vit_b"), embed, SEES, on_cpu=True, anchor="90 ms float32, A100"),
    "sam-vit-h": Shape(lambda: full_shapes.sam("vit_h"), embed, SEES),
    "clip-vit-b32": Shape(full_shapes.clip, look, ("vision_model",), on_cpu=True),
}


def main() -> None:
    """The command line."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--shapes", nargs="+", choices=SHAPES)
    flags.add_argument("--batches", nargs="+", type=int)
    flags.add_argument("--compile", action="store_true")
    options = flags.parse_args()
    gpu = models.device() == "cuda"
    chosen = options.shapes or [name for name, shape in SHAPES.items() if gpu or shape.on_cpu]
    batches = options.batches or ([1, 4, 8] if gpu else [1])
    print(f"{machine()}\n\n| shape | as | pictures | seconds | peak GB | published |\n|---|---|---|---|---|---|")
    for name in chosen:
        for line in measured(name, batches, compiled=options.compile):
            print(line, flush=True)
    if "sd-turbo" in chosen:
        print(f"\ntext_to_image over the bare pipeline (sd-turbo's shape): {overhead()}")


def machine() -> str:
    """The device's name and the versions that matter."""
    import diffusers
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    threads = f"{torch.get_num_threads()} threads of a {platform.machine()} CPU"
    return f"{gpu or threads}, torch {torch.__version__}, diffusers {diffusers.__version__}"


def measured(name: str, batches: Sequence[int], *, compiled: bool) -> Iterator[str]:
    """One line of the table for each layout and each number of pictures."""
    import torch

    shape = SHAPES[name]
    shortage.relieve()  # of the shape before, which would count
    model = quiet(full_shapes.on(models.device(), precision(), shape.build))
    for layout in ("usual", "channels last", *(["compiled"] if compiled else [])):
        for part in shape.parts:
            net = operator.attrgetter(part)(model).eval()
            net.to(memory_format=torch.contiguous_format if layout == "usual" else torch.channels_last)
            if layout == "compiled":
                net.compile()
        for batch in batches:
            cells = figures(functools.partial(shape.run, model, batch))
            kind = f"{str(precision()).removeprefix('torch.')}, {layout}"
            yield f"| {name} | {kind} | {batch} | {cells} | {shape.anchor if batch == 1 else '-'} |"


def figures(run: Callable[[], object]) -> str:
    """Seconds and peak as cells of the table; where it failed, its fault, and the next line has its turn."""
    try:
        seconds, peak = timed(run)
    # a small GPU, or a machine without the compiler that torch.compile wants
    except Exception as error:
        shortage.forget(error)
        failed = f"{type(error).__name__} | -"
    else:
        return f"{seconds:.3f} | {peak:.1f}" if seconds < 1 else f"{seconds:.1f} | {peak:.1f}"
    shortage.relieve()
    return failed


def precision() -> Any:
    """What models compute in here."""
    import torch

    return torch.float16 if models.device() == "cuda" else torch.float32


def quiet(model: Any) -> Any:
    """A pipeline without its bar."""
    if hasattr(model, "set_progress_bar_config"):
        model.set_progress_bar_config(disable=True)
    return model


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Median seconds, and the highest memory meanwhile in GB: the GPU's, or the process's where there is none."""
    import torch

    gpu = torch.cuda.is_available()
    with torch.inference_mode():
        run()
        settle()
        forget_peak()
        times = []
        for _ in range(5 if gpu else 1):
            start = time.perf_counter()
            run()
            settle()
            times.append(time.perf_counter() - start)
    return statistics.median(times), peak_bytes() / 1e9


def settle() -> None:
    """Waits for what was asked of the GPU."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


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

    A CPU that others use too is not steady to a few percent over calls of many seconds; the second figure is.
    """
    import torch

    rounds = 50 if torch.cuda.is_available() else 3
    pipeline = quiet(full_shapes.on(models.device(), precision(), full_shapes.sd_turbo))
    given = {"num_inference_steps": 1, "guidance_scale": 0.0, "height": SIDE, "width": SIDE}
    inside = watched(pipeline.text_encoder, pipeline.unet, pipeline.vae.decoder)

    def bare() -> None:
        with torch.inference_mode():
            np.asarray(pipeline(PROMPT, generator=torch.Generator().manual_seed(0), **given).images[0])

    def ours() -> None:
        generate.text_to_image(PROMPT, model="sd-turbo")

    def lap(call: Callable[[], None]) -> tuple[float, float]:
        inside.clear()
        start = time.perf_counter()
        call()
        whole = time.perf_counter() - start
        return whole, whole - sum(inside)

    kept_here = mock.patch.object(sources, "fetch", return_value=Path())
    with kept_here, mock.patch.object(loaders, "diffusers_text_to_image", return_value=pipeline):
        lap(ours), lap(bare)
        laps = np.array([(lap(ours), lap(bare)) for _ in range(rounds)])
    ratio = np.median(laps[:, 0, 0] / laps[:, 1, 0])
    rest = np.median(laps[:, :, 1], axis=0)
    said = f"{ratio:.3f} times"
    # a GPU's networks only take orders while they are called
    return said if torch.cuda.is_available() else f"{said}; outside the networks {rest[0]:.3f} s, bare {rest[1]:.3f} s"


def watched(*nets: Any) -> list[float]:
    """Seconds that will have been spent in calls of the networks, as terms of a sum."""
    terms: list[float] = []
    for net in nets:
        net.register_forward_pre_hook(lambda *_: terms.append(-time.perf_counter()))
        net.register_forward_hook(lambda *_: terms.append(time.perf_counter()))
    return terms


if __name__ == "__main__":
    main()
