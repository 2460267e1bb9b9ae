"""What every kind of model does on a GPU that only says so: no tensor is left behind on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core import classify, generate, inpaint, lora, models, segment, word_maps, zeroshot
from core.models import placement
from tests import pretended_gpu, tiny_hub

CUT = np.zeros((64, 64), bool)
CUT[20:40, 20:40] = True
FULL = ("sd-turbo", "flux2-klein", "lama", "sam-vit-b", "sam2-tiny", "clip-vit-b32")
SMALL = {"steps": 2, "size": 64, "model": "sd-turbo"}


@pytest.fixture(scope="module", autouse=True)
def gpu(tmp_path_factory):
    with tiny_hub.installed(tmp_path_factory.mktemp("hub")) as add, pytest.MonkeyPatch.context() as patch:
        for name in FULL:
            add(name)
        patch.setattr(models, "device", lambda: "cuda")
        patch.setattr(placement, "free_bytes", lambda device: 10**12)
        with pretended_gpu.plugged_in():
            yield
            models.release()


def test_it_fails_where_a_real_one_does() -> None:
    away, layer = torch.zeros(2, 3, device="cuda"), torch.nn.Linear(3, 3).to("cuda")
    assert str(away.device) == str(layer.weight.device) == str(layer(away).device) == "cuda:0"
    assert (away + 1).cpu().numpy().sum() == 6 and float(away.sum()) == 0
    for wrong in (
        lambda: away + torch.ones(2, 3),
        lambda: layer(torch.ones(2, 3)),
        lambda: torch.cat([away, away.cpu()]),
    ):
        with pytest.raises(RuntimeError, match="two devices"):
            wrong()
    with pytest.raises(TypeError, match="numpy"):
        away.numpy()
    with pytest.raises(RuntimeError, match="generator"):
        torch.randn(3, device="cuda", generator=torch.Generator())


def test_pictures_are_drawn_taught_and_explained(picture) -> None:
    steps = []
    generate.text_to_image("a cat", count=2, on_step=steps.append, **SMALL)
    assert steps[-1].preview.std() > 0
    net = models.load("text_to_image", "sd-turbo").unet
    assert net.device == pretended_gpu.GPU and net.dtype == torch.float16
    adapter = lora.teach([picture("cat")], "my cat", steps=10, rank=2, size=64, model="sd-turbo")
    assert np.isfinite(adapter.losses).all()
    generate.image_to_image(picture("cat"), "a cat", strength=0.5, adapter=adapter, **SMALL)
    assert word_maps.word_maps("a cat", **SMALL).words == ("a", "cat")
    generate.text_to_image("a cat", on_step=steps.append, **SMALL | {"model": "flux2-klein"})
    assert steps[-1].preview.std() > 0


@pytest.mark.parametrize("name", ["pocket-sam", "sam-vit-b", "sam2-tiny"])
def test_things_are_cut_out(name, picture) -> None:
    image = picture("cat")
    assert segment.embed(image, model=name).new
    segment.from_prompts(image, points=[(100, 100), (50, 60)], labels=[1, 0], model=name)
    segment.from_prompts(image, box=(10, 10, 100, 100), model=name)
    segment.everything(image, points_per_side=2, model=name)


def test_things_are_named_and_holes_are_filled(picture) -> None:
    image = picture("cat")
    for method in classify.METHODS:
        classify.explain(image, method=method)
    assert zeroshot.similarity([image], ["a cat"], model="clip-vit-b32").matrix.shape == (1, 1)
    assert zeroshot.similarity([image], ["a cat"], model="concept-space").matrix.shape == (1, 1)
    filled = inpaint.fill(np.full((64, 64, 3), 90, np.uint8), CUT, method="lama")
    assert filled.image.shape == (64, 64, 3)
