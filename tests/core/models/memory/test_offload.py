"""Where pipelines are put, with devices of pretended size; the hooks of accelerate are the real ones, on the CPU."""

from __future__ import annotations

from types import SimpleNamespace

import accelerate
import numpy as np
import pytest
import torch

from core import generate, inpaint, models
from core.errors import Cancelled, ModelUnavailable, OutOfMemory
from core.generate import lora, sweeps
from core.models import manager
from core.models.memory import offload as placement
from core.models.memory.offload import HEADROOM, OffloadPlan, choose_plan
from tests.stand_ins import tiny_hub

GB = 10**9
SD = {"unet": 1732 * 10**6, "text_encoder": 681 * 10**6, "vae": 167 * 10**6}  # SD-Turbo in float16
CHECKED = {**SD, "safety_checker": 608 * 10**6}
KLEIN = {"transformer": 7751 * 10**6, "text_encoder": 8045 * 10**6, "vae": 168 * 10**6}
PICTURE = 2 * 2**30  # 1024 x 1024 in float16
PINNED = frozenset({"safety_checker"})
WHOLE, MODEL, SEQUENTIAL = "none", "model", "sequential"
SMALL = {"steps": 2, "size": 64, "model": "sd-turbo"}


@pytest.mark.parametrize(
    ("device", "parts", "free", "expected"),
    [
        ("cuda", SD, 24 * GB, OffloadPlan(WHOLE)),
        ("cuda", SD, 16 * GB, OffloadPlan(WHOLE, sliced=True)),
        ("cuda", SD, 4 * GB, OffloadPlan(WHOLE, sliced=True, tiled=True)),
        ("cuda", SD, sum(SD.values()) + HEADROOM, OffloadPlan(WHOLE, sliced=True, tiled=True)),
        ("cuda", SD, sum(SD.values()) + HEADROOM - 1, OffloadPlan(MODEL, sliced=True)),
        ("cuda", SD, SD["unet"] + HEADROOM, OffloadPlan(MODEL, sliced=True)),
        ("cuda", SD, SD["unet"] + HEADROOM - 1, OffloadPlan(SEQUENTIAL, sliced=True)),
        ("cuda", SD, 2 * GB, OffloadPlan(SEQUENTIAL, sliced=True, tiled=True)),
        ("cuda", SD, 0, OffloadPlan(SEQUENTIAL, sliced=True, tiled=True)),
        ("cuda", CHECKED, SD["unet"] + HEADROOM, OffloadPlan(SEQUENTIAL, sliced=True)),
        ("cuda", CHECKED, SD["unet"] + 608 * 10**6 + HEADROOM, OffloadPlan(MODEL, sliced=True)),
        ("cuda", KLEIN, 40 * GB, OffloadPlan(WHOLE)),
        ("cuda", KLEIN, 16 * GB, OffloadPlan(MODEL, sliced=True)),
        ("cuda", KLEIN, 8 * GB, OffloadPlan(SEQUENTIAL, sliced=True)),
        ("cpu", SD, 0, OffloadPlan(WHOLE, sliced=True, tiled=True)),
        ("cpu", SD, 24 * GB, OffloadPlan(WHOLE)),
        ("mps", KLEIN, 8 * GB, OffloadPlan(WHOLE, sliced=True, tiled=True)),
        ("mps", SD, 10 * GB, OffloadPlan(WHOLE, sliced=True)),
    ],
)
def test_the_quickest_plan_that_fits_is_taken(device, parts, free, expected) -> None:
    assert choose_plan(parts, free, device=device, picture=PICTURE, pinned=PINNED) == expected


def test_what_cannot_be_offloaded_stays_whole() -> None:
    assert choose_plan(SD, 2 * GB, device="cuda", offloads=False).offload == WHOLE
    assert not placement._can_offload(SimpleNamespace(model_cpu_offload_seq=None))
    assert placement._can_offload(SimpleNamespace(model_cpu_offload_seq="unet->vae"))


def test_a_large_picture_takes_what_its_widest_maps_take() -> None:
    config = SimpleNamespace(block_out_channels=(128, 256, 512, 512), force_upcast=False)
    vae = SimpleNamespace(config=config, dtype=torch.float16)
    assert placement.decoding_bytes(vae, 1024) == 4 * 256 * 1024**2 * 2 == PICTURE
    config.force_upcast = True  # SDXL's overflows in half precision
    assert placement.decoding_bytes(vae, 1024) == 2 * PICTURE
    assert placement.decoding_bytes(None, 1024) == 0


def test_a_row_takes_half_on_a_gpu_where_its_files_are_half() -> None:
    row = models.row("text_to_image", "sd-turbo")
    assert (placement.weight_bytes(row, "cpu"), placement.weight_bytes(row, "mps")) == (row.memory, row.memory)
    assert placement.weight_bytes(row, "cuda") == row.download < row.memory
    pocket = models.row("text_to_image", "pocket-diffusion")
    assert placement.weight_bytes(pocket, "cuda") == pocket.memory


def test_free_is_what_nobody_has_and_what_torch_keeps_for_reuse(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (3 * GB, 24 * GB))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: 8 * GB)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: 6 * GB)
    assert placement.free_bytes("cuda") == 5 * GB
    # of a 24 GB GPU others have 13 GB: nothing of that is ours to fill
    assert manager._memory_budget("cuda", 6 * GB) == 11 * GB - HEADROOM
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 10 * GB)
    monkeypatch.setattr(torch.mps, "current_allocated_memory", lambda: 9 * GB)
    assert placement.free_bytes("mps") == GB
    assert placement.free_bytes("cpu") > 0 < manager._memory_budget("cpu", 0)


class FakeGpuPipeline:
    """A GPU of so many bytes with whatever else is on it, and a pipeline of three parts for it."""

    model_cpu_offload_seq = "text_encoder->unet->vae"

    def __init__(self, room):
        self.room, self.tries = room, []
        sizes = {"text_encoder": 20, "unet": 70, "vae": 10}
        self.components = {name: torch.nn.Linear(size, 1, bias=False) for name, size in sizes.items()}

    def to(self, device, **_):
        self._take(device, sum(part.weight.nbytes for part in self.components.values()) if device == "cuda" else 0)

    def enable_model_cpu_offload(self, device):
        self._take("model", max(part.weight.nbytes for part in self.components.values()))

    def enable_sequential_cpu_offload(self, device):
        self._take("sequential", 4)

    def remove_all_hooks(self):
        self.tries.append("unhooked")

    def _take(self, how, size):
        self.tries.append(how)
        if size > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 280 bytes.")


@pytest.mark.parametrize(
    ("room", "offload", "tries"),
    [
        (400, WHOLE, ["cuda"]),
        (300, MODEL, ["cuda", "unhooked", "cpu", "cuda", "unhooked", "cpu", "model"]),
        (100, SEQUENTIAL, [*["cuda", "unhooked", "cpu"] * 2, "model", "unhooked", "cpu", "sequential"]),
    ],
)
def test_what_did_not_fit_after_all_is_tried_smaller(monkeypatch, room, offload, tries) -> None:
    monkeypatch.setattr(placement, "free_bytes", lambda device: 64 * GB)  # somebody else was quicker
    row = models.row("text_to_image", "sd-turbo")
    pipeline = FakeGpuPipeline(room)
    assert placement.place_pipeline(pipeline, row, "cuda") is pipeline
    assert pipeline.tries == tries and placement.offload_plan(pipeline).offload == offload


def test_what_fits_in_no_way_gets_a_sentence(monkeypatch) -> None:
    monkeypatch.setattr(placement, "free_bytes", lambda device: 300 * 10**6)
    pipeline = FakeGpuPipeline(0)
    with pytest.raises(ModelUnavailable) as caught:
        placement.place_pipeline(pipeline, models.row("text_to_image", "sd-turbo"), "cuda")
    assert "SD-Turbo needs about 2580 MB of memory, but only 300 MB are free" in str(caught.value)
    assert "2580 MB" in caught.value.message_in("ko") and "다른 프로그램" in caught.value.message_in("ko")
    assert pipeline.tries[-1] == "cpu", "nothing is left on the device"


def test_another_fault_is_not_taken_for_a_lack_of_memory(monkeypatch) -> None:
    monkeypatch.setattr(placement, "free_bytes", lambda device: 64 * GB)
    pipeline = FakeGpuPipeline(400)
    pipeline.to = lambda device, **_: (_ for _ in ()).throw(RuntimeError("CUDA error: device-side assert"))
    with pytest.raises(RuntimeError, match="device-side"):
        placement.place_pipeline(pipeline, models.row("text_to_image", "sd-turbo"), "cuda")


@pytest.fixture
def force_offload(tiny_sd_turbo, monkeypatch):
    """SD-Turbo in its smallest form, loaded by a plan; the CPU stands in for the GPU."""
    layers = accelerate.cpu_offload

    def use(offload):
        models.release()
        monkeypatch.setattr(placement, "choose_plan", lambda *_, **__: OffloadPlan(offload))

    # "cpu:0", which diffusers makes of it, is another device than "cpu" to accelerate
    monkeypatch.setattr(accelerate, "cpu_offload", lambda part, _, **how: layers(part, torch.device("cpu"), **how))
    yield use
    models.release()


@pytest.mark.parametrize("offload", [MODEL, SEQUENTIAL])
def test_an_offloaded_pipeline_draws_the_same_in_every_way(tiny_sd_turbo, force_offload, picture, offload) -> None:
    photo, seen = picture("cat"), []

    def draw_everything():
        yield from generate.text_to_image("a cat", count=2, **SMALL).images
        yield from generate.image_to_image(photo, "a cat", strength=0.5, on_step=seen.append, **SMALL).images
        yield from sweeps.interpolate_prompts("a cat", "a dog", count=2, **SMALL).images[0]
        yield from generate.text_to_image("a cat", adapter=adapter, weight=2, **SMALL).images
        yield from generate.text_to_image("a cat", **SMALL).images

    adapter = lora.train_lora([photo], "a thing", steps=10, rank=2, size=64, model="sd-turbo")
    whole = list(draw_everything())
    bytes_whole = {s.row.name: (s.offload, s.bytes) for s in models.status()}["sd-turbo"]
    force_offload(offload)
    for found, wanted in zip(draw_everything(), whole, strict=True):
        assert np.abs(found.astype(int) - wanted).max() <= 1
    assert np.abs(whole[-2].astype(int) - whole[-1]).max() > 1, "the LoRA acted"
    assert [step.preview.std() > 0 for step in seen] == [True, True]
    assert {s.row.name: (s.offload, s.bytes) for s in models.status()}["sd-turbo"] == (offload, bytes_whole[1])
    assert bytes_whole[0] == WHOLE


@pytest.mark.parametrize("offload", [MODEL, SEQUENTIAL])
def test_edges_and_holes_are_drawn_the_same_offloaded(hub, force_offload, monkeypatch, offload) -> None:
    tiny_hub.override_options(monkeypatch, "sd-inpainting", size=64, steps=2)
    for name in ("sd15", "controlnet-canny", "sd-inpainting"):
        hub(name)
    lines, grey = np.zeros((64, 64), np.float32), np.full((64, 64, 3), 90, np.uint8)
    lines[20:40, 20:40] = 1

    def draw_both():
        yield generate.edges_to_image(lines, "a cat", steps=2, size=64, model="controlnet-canny").images[0]
        yield inpaint.fill(grey, lines > 0, method="diffusion", prompt="a cat", model="sd-inpainting").image

    models.release()
    whole = list(draw_both())
    force_offload(offload)
    for found, wanted in zip(draw_both(), whole, strict=True):
        assert np.abs(found.astype(int) - wanted).max() <= 1 < wanted.std()
    found = {s.row.name: s.offload for s in models.status() if s.state == "loaded"}
    assert found["sd15"] == found["sd-inpainting"] == offload and found["controlnet-canny"] == WHOLE


def test_a_model_can_be_taught_after_it_drew_part_by_part(force_offload, picture) -> None:
    force_offload(MODEL)
    generate.text_to_image("a cat", **SMALL)
    pipeline = models.load("text_to_image", "sd-turbo")
    assert not any(weight.is_inference() for weight in pipeline.unet.parameters())
    found = lora.train_lora([picture("cat")], "a thing", steps=10, rank=2, size=64, model="sd-turbo")
    assert np.isfinite(found.losses).all()


def test_teaching_layer_by_layer_is_refused(force_offload, picture) -> None:
    force_offload(SEQUENTIAL)
    with pytest.raises(OutOfMemory, match="SD-Turbo needs more memory"):
        lora.train_lora([picture("cat")], "a thing", steps=10, rank=2, size=64, model="sd-turbo")


def test_no_part_stays_on_the_device_however_a_call_ends(force_offload, picture, monkeypatch) -> None:
    force_offload(MODEL)
    pipeline, rests = models.load("text_to_image", "sd-turbo"), []

    def rest(self):
        rests.append(self)

    monkeypatch.setattr(type(pipeline), "maybe_free_model_hooks", rest)

    def stop(step):
        raise Cancelled

    with pytest.raises(Cancelled):
        generate.image_to_image(picture("cat"), "a cat", strength=1, on_step=stop, **SMALL)
    assert rests and all(each is pipeline for each in rests), "the derived pipeline does not know its hooks"


def test_tiles_are_for_large_pictures_and_leave_no_trace(tiny_sd_turbo) -> None:
    pipeline = models.load("text_to_image", "sd-turbo")
    vae = pipeline.vae
    assert not placement.can_tile(pipeline, 256) and placement.can_tile(pipeline, 264)
    before = (vae.use_slicing, vae.use_tiling, vae.tile_sample_min_size, vae.tile_latent_min_size)
    vae.tile_sample_min_size, vae.tile_latent_min_size = 1024, 128  # as SDXL's
    for side, tile in ((264, 256), (768, 384), (1024, 512), (2048, 512)):
        with placement.use_vae_tiling(pipeline, side):
            assert (vae.use_slicing, vae.use_tiling) == (True, True)
            assert (vae.tile_sample_min_size, vae.tile_latent_min_size) == (tile, tile // 8)
        assert (vae.use_slicing, vae.use_tiling, vae.tile_sample_min_size) == (False, False, 1024)
    vae.use_slicing, vae.use_tiling, vae.tile_sample_min_size, vae.tile_latent_min_size = before


def test_a_tight_plan_sets_the_autoencoder(tiny_sd_turbo, monkeypatch) -> None:
    models.release()
    monkeypatch.setattr(placement, "free_bytes", lambda device: 0)
    vae = models.load("text_to_image", "sd-turbo").vae
    assert vae.use_slicing and vae.use_tiling
    assert generate.text_to_image("a cat", **SMALL).pieces == "", "too small for tiles"
    models.release()
