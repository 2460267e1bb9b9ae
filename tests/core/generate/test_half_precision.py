"""What only a GPU does: pipelines in half precision, here on the CPU, which is slow but computes the same."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core import generate, inpaint, models
from core.generate import lora
from core.models.memory import devices, footprint, offload
from tests.stand_ins import tiny_hub

RED = np.full((64, 64, 3), (200, 30, 30), np.uint8)
NAMES = ("sd-turbo", "sdxl-turbo", "flux2-klein")
GUIDED = ("sd15", "controlnet-canny", "sd-inpainting")
LINES = np.zeros((64, 64), np.float32)
LINES[20:44, 20:44] = 1


@pytest.fixture(scope="module", autouse=True)
def half_precision_pipelines(tmp_path_factory):
    """The loaders believe in a GPU of any size, and whatever they put there stays on the CPU."""
    place = offload.place_pipeline
    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add, pytest.MonkeyPatch.context() as patch:
        from diffusers import ControlNetModel

        for name in NAMES + GUIDED:
            add(name)
        tiny_hub.override_options(patch, "sd-inpainting", size=64, steps=2)
        put = ControlNetModel.to
        patch.setattr(ControlNetModel, "to", lambda net, where: net if where == "cuda" else put(net, where))
        patch.setattr(devices, "device", lambda: "cuda")
        patch.setattr(offload, "free_bytes", lambda device: 10**12)
        patch.setattr(offload, "place_pipeline", lambda pipeline, row, device: place(pipeline, row, "cpu"))
        yield
        models.release()


def small_settings(name):
    return {"steps": 2, "size": 64, "model": name}


@pytest.mark.parametrize(("name", "precision"), zip(NAMES, (torch.float16, torch.float16, torch.bfloat16), strict=True))
def test_a_picture_and_its_steps_are_those_of_full_precision(name, precision, monkeypatch) -> None:
    steps = []
    found = generate.text_to_image("a cat", seed=3, on_step=steps.append, **small_settings(name)).images[0]
    pipeline = models.load("text_to_image", name)
    assert {net.dtype for net in pipeline.components.values() if hasattr(net, "parameters")} == {precision}
    last = steps[-1]
    assert last.preview.shape == (8, 8, 3) and last.preview.std() > 0
    pipeline.to(torch.float32)
    wanted = generate.text_to_image("a cat", seed=3, on_step=steps.append, **small_settings(name)).images[0]
    pipeline.to(precision)
    assert np.abs(found.astype(int) - wanted).mean() < 3 < found.std()
    assert np.abs(last.preview.astype(int) - steps[-1].preview).mean() < 3


def draw_along_lines():
    return generate.edges_to_image(LINES, "a cat", seed=3, steps=2, size=64, model="controlnet-canny").images[0]


def test_along_edges_a_picture_is_that_of_full_precision() -> None:
    found = draw_along_lines()
    parts = [models.load("text_to_image", "sd15"), models.load("edges_to_image", "controlnet-canny")]
    assert [part.dtype for part in parts] == [torch.float16] * 2
    for part in parts:
        part.to(torch.float32)
    wanted = draw_along_lines()
    for part in parts:
        part.to(torch.float16)
    assert np.abs(found.astype(int) - wanted).mean() < 3 < found.std()


def test_a_controlnet_counts_what_it_takes_from_the_start() -> None:
    models.release()
    net = models.load("edges_to_image", "controlnet-canny")
    draw_along_lines()
    (counted,) = (status.bytes for status in models.status() if status.row.name == "controlnet-canny")
    # after a picture it is as it came: what the cache counted when it was loaded still holds
    assert counted == footprint.model_bytes(net) == 2 * sum(p.numel() for p in net.parameters())


def test_a_hole_is_drawn_as_in_full_precision() -> None:
    call = {"prompt": "a cat", "seed": 3, "method": "diffusion", "model": "sd-inpainting"}
    found = inpaint.fill(RED, LINES > 0, **call).image
    pipeline = models.load("inpaint", "sd-inpainting").pipeline
    assert pipeline.unet.dtype == pipeline.vae.dtype == pipeline.text_encoder.dtype == torch.float16
    pipeline.to(torch.float32)
    wanted = inpaint.fill(RED, LINES > 0, **call).image
    pipeline.to(torch.float16)
    assert np.abs(found.astype(int) - wanted)[LINES > 0].mean() < 3 < found[LINES > 0].std()


def test_an_autoencoder_left_wide_by_a_lack_of_memory_is_narrow_again() -> None:
    small_xl = {"steps": 1, "size": 64, "model": "sdxl-turbo"}
    wanted = generate.text_to_image("a cat", **small_xl).images[0]
    vae, left = models.load("text_to_image", "sdxl-turbo").vae, [torch.OutOfMemoryError("CUDA out of memory.")]

    def fail(_, given):
        used.append(given[0].dtype)
        if left:
            raise left.pop()

    used: list[torch.dtype] = []
    hook = vae.decoder.register_forward_pre_hook(fail)
    try:
        found = generate.text_to_image("a cat", **small_xl).images[0]
    finally:
        hook.remove()
    assert used == [torch.float32] * 2 and vae.dtype == torch.float16
    assert np.array_equal(found, wanted)


def test_a_lesson_learns_what_it_learns_in_full_precision() -> None:
    pictures = [np.random.default_rng(i).integers(0, 256, (64, 64, 3), np.uint8) for i in range(2)]

    def teach_adapter() -> torch.Tensor:
        adapter = lora.train_lora(pictures, "a sticker", steps=10, size=64, model="sd-turbo")
        return torch.cat([t.float().ravel() for name, t in sorted(adapter.tensors.items()) if "lora_B" in name])

    pipeline = models.load("text_to_image", "sd-turbo")
    assert pipeline.unet.dtype == torch.float16
    half = teach_adapter()
    pipeline.to(torch.float32)
    wide = teach_adapter()
    pipeline.to(torch.float16)
    assert torch.nn.functional.cosine_similarity(half, wide, dim=0) > 0.99


def test_a_small_error_over_many_numbers_still_teaches() -> None:
    class Gain(torch.nn.Module):
        dtype, device = torch.float16, torch.device("cpu")

        def __init__(self) -> None:
            super().__init__()
            self.gain = torch.nn.Parameter(torch.tensor(1.001))

        def forward(self, noisy, at, encoder_hidden_states, return_dict):
            return (noisy * self.gain.half(),)

    # nothing but noise is left, which the network is to name: 0.1% too much in each of 524,288 numbers
    config = SimpleNamespace(num_train_timesteps=10, prediction_type="epsilon")
    scheduler, net = SimpleNamespace(config=config, alphas_cumprod=torch.zeros(10)), Gain()
    learner = lora._LoraTrainer(net, 0)
    learner._train_step(torch.zeros(3, 4, 128, 128), lora._PromptStates(torch.zeros(2, 1, 1), {}), scheduler)
    assert float(net.gain.detach()) == pytest.approx(1.001 - lora.LEARNING_RATE, abs=1e-4)
