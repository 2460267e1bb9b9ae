"""What only a GPU does: pipelines in half precision, here on the CPU, which is slow but computes the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core import generate, models
from core.models import placement
from tests import tiny_hub

RED = np.full((64, 64, 3), (200, 30, 30), np.uint8)
NAMES = ("sd-turbo", "sdxl-turbo", "flux2-klein")


@pytest.fixture(scope="module", autouse=True)
def halved(tmp_path_factory):
    """The loaders believe in a GPU of any size, and whatever they put there stays on the CPU."""
    place = placement.place
    with tiny_hub.installed(tmp_path_factory.mktemp("hub")) as add, pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            add(name)
        patch.setattr(models, "device", lambda: "cuda")
        patch.setattr(placement, "free_bytes", lambda device: 10**12)
        patch.setattr(placement, "place", lambda pipeline, row, device: place(pipeline, row, "cpu"))
        yield
        models.release()


def small(name):
    return {"steps": 2, "size": 64, "model": name}


@pytest.mark.parametrize(("name", "precision"), zip(NAMES, (torch.float16, torch.float16, torch.bfloat16), strict=True))
def test_a_picture_and_its_steps_are_those_of_full_precision(name, precision, monkeypatch) -> None:
    steps = []
    found = generate.text_to_image("a cat", seed=3, on_step=steps.append, **small(name)).images[0]
    pipeline = models.load("text_to_image", name)
    assert {net.dtype for net in pipeline.components.values() if hasattr(net, "parameters")} == {precision}
    last = steps[-1]
    assert last.preview.shape == (8, 8, 3) and last.preview.std() > 0
    pipeline.to(torch.float32)
    wanted = generate.text_to_image("a cat", seed=3, on_step=steps.append, **small(name)).images[0]
    pipeline.to(precision)
    assert np.abs(found.astype(int) - wanted).mean() < 3 < found.std()
    assert np.abs(last.preview.astype(int) - steps[-1].preview).mean() < 3


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
