"""What every kind of model does on a GPU that only says so: no tensor is left behind on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core import classify, edges, generate, inpaint, models, segment, zeroshot
from core.generate import attention_maps, lora
from core.models.memory import devices, offload
from tests.stand_ins import pretended_gpu, tiny_hub

CUT = np.zeros((64, 64), bool)
CUT[20:40, 20:40] = True
FULL = ("sd-turbo", "flux2-klein", "lama", "sam-vit-b", "sam2-tiny", "clip-vit-b32", "sd15", "controlnet-canny")
FULL += ("sd-inpainting", "grounding-dino", "owlv2", "resnet50", "convnext-tiny", "convnextv2-tiny", "hed")
SMALL = {"steps": 2, "size": 64, "model": "sd-turbo"}


@pytest.fixture(scope="module", autouse=True)
def gpu(tmp_path_factory):
    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add, pytest.MonkeyPatch.context() as patch:
        for name in FULL:
            add(name)
        tiny_hub.override_options(patch, "sd-inpainting", size=64, steps=2)
        patch.setattr(devices, "device", lambda: "cuda")
        patch.setattr(offload, "free_bytes", lambda device: 10**12)
        with pretended_gpu.pretend_gpu():
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


@pytest.mark.slow
def test_pictures_are_drawn_taught_and_explained(picture) -> None:
    steps = []
    generate.text_to_image("a cat", count=2, on_step=steps.append, **SMALL)
    assert steps[-1].preview.std() > 0
    net = models.load("text_to_image", "sd-turbo").unet
    assert net.device == pretended_gpu.GPU and net.dtype == torch.float16
    adapter = lora.train_lora([picture("cat")], "my cat", steps=10, rank=2, size=64, model="sd-turbo")
    assert np.isfinite(adapter.losses).all()
    generate.image_to_image(picture("cat"), "a cat", strength=0.5, adapter=adapter, **SMALL)
    assert attention_maps.word_maps("a cat", **SMALL).words == ("a", "cat")
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


def test_pictures_are_drawn_along_edges_and_into_holes() -> None:
    drawn = generate.edges_to_image(CUT.astype(np.float32), "a cat", steps=2, size=64, model="controlnet-canny")
    net = models.load("edges_to_image", "controlnet-canny")
    assert net.device == pretended_gpu.GPU and net.dtype == torch.float16 and drawn.images[0].shape == (64, 64, 3)
    grey = np.full((64, 64, 3), 90, np.uint8)
    filled = inpaint.fill(grey, CUT, method="diffusion", prompt="a cat", model="sd-inpainting").image
    assert models.load("inpaint", "sd-inpainting").pipeline.unet.device == pretended_gpu.GPU
    assert (filled[~CUT] == 90).all() and (filled[CUT] != 90).any()


@pytest.mark.parametrize("name", ["resnet50", "convnext-tiny", "convnextv2-tiny"])
def test_full_classifiers_see(name, picture) -> None:
    image = picture("cat")
    assert classify.predict(image, model=name).probabilities.shape == (5,)
    assert models.load("classify", name).net.get_classifier().weight.device == pretended_gpu.GPU
    assert classify.feature_maps(image, next(iter(classify.list_layers(name).names)), model=name).total > 1
    classify.explain(image, model=name)


@pytest.mark.parametrize("name", ["hed", "learned"])
def test_edges_are_found(name, picture) -> None:
    assert edges.detect(picture("cat"), name, longest=96).edges.any()


@pytest.mark.parametrize("name", ["grounding-dino", "owlv2"])
def test_detectors_find_boxes(name, picture) -> None:
    with models.borrow("detect", name) as (_, detector):
        found = detector(picture("cat"), ["cat"], threshold=0.0)
        assert detector.net.device == pretended_gpu.GPU
    assert len(found.scores) and np.isfinite(found.boxes).all()
