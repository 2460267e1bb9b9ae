"""Pipelines that run out of memory unless they are given less at once."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from core import generate, models
from core.errors import OutOfMemory
from core.generate import sweeps
from core.inpaint.diffusion import DiffusionInpainter
from core.models.catalog.specs import DiffusionSpec

SMALL = {"steps": 2, "size": 64, "model": "sd-turbo"}


@contextmanager
def limit_input_size(part, most, error=None):
    """A network that takes inputs of at most this many numbers; yields how often it was asked."""
    calls = []

    def check(_, given):
        calls.append(given[0].shape)
        if given[0].numel() > most:
            raise error or torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    hook = part.register_forward_pre_hook(check)
    try:
        yield calls
    finally:
        hook.remove()


@pytest.fixture
def pipeline(tiny_sd_turbo):
    return models.load("text_to_image", "sd-turbo")


ONE = 4 * 8 * 8  # numbers in the code of one picture of 64 x 64


def test_pictures_drawn_one_after_the_other_are_those_drawn_at_once(pipeline) -> None:
    wanted = generate.text_to_image("a cat", seed=3, count=3, sampler="euler-ancestral", **SMALL)
    with limit_input_size(pipeline.unet, ONE):
        found = generate.text_to_image("a cat", seed=3, count=3, sampler="euler-ancestral", **SMALL)
    assert (wanted.pieces, found.pieces) == ("", "turns")
    assert found.parameters == wanted.parameters
    for one, other in zip(found.images, wanted.images, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1
    assert generate.text_to_image("a cat", count=2, **SMALL).pieces == "", "only while memory is scarce"


def test_the_pocket_model_too(monkeypatch) -> None:
    small = {"prompt": "a cat", "seed": 5, "count": 2, "steps": 4, "size": 128, "model": "pocket-diffusion"}
    wanted = generate.text_to_image(**small).images
    unet = models.load("text_to_image", "pocket-diffusion").unet
    with limit_input_size(unet, 2 * unet.config.in_channels * 16 * 16):  # with and without the words
        found = generate.text_to_image(**small)
    assert found.pieces == "turns"
    for one, other in zip(found.images, wanted, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_the_same_from_a_picture(pipeline, picture) -> None:
    knobs = {"strength": 0.5, "count": 2, **SMALL}
    wanted = generate.image_to_image(picture("cat"), "a cat", **knobs).images
    with limit_input_size(pipeline.unet, ONE):
        found = generate.image_to_image(picture("cat"), "a cat", **knobs)
    assert found.pieces == "turns"
    for one, other in zip(found.images, wanted, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_steps_are_told_anew_and_go_on_over_all_pictures(pipeline) -> None:
    seen = []
    with limit_input_size(pipeline.unet, ONE):
        generate.text_to_image("a cat", count=2, on_step=seen.append, **SMALL)
    assert [(step.index, step.total) for step in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_large_picture_is_decoded_in_tiles_and_is_no_smaller(pipeline) -> None:
    large = {"steps": 1, "size": 384, "model": "sd-turbo"}
    wanted = generate.text_to_image("a cat", **large).images[0]
    switches = pipeline.vae.use_tiling, pipeline.vae.tile_sample_min_size
    with limit_input_size(pipeline.vae.decoder, 4 * 32 * 32) as calls:
        found = generate.text_to_image("a cat", **large)
    assert found.pieces == "tiles" and found.images[0].shape == (384, 384, 3)
    assert calls[:2] == [(1, 4, 48, 48)] * 2 and set(calls[2:]) == {
        (1, 4, 32, 32),
        (1, 4, 24, 32),
        (1, 4, 32, 24),
        (1, 4, 24, 24),
    }
    assert np.abs(found.images[0].astype(int) - wanted).mean() < 16, "seams aside it is the same"
    assert (pipeline.vae.use_tiling, pipeline.vae.tile_sample_min_size) == switches


def test_what_fits_in_no_way_gets_a_sentence_and_the_next_call_works(pipeline) -> None:
    with limit_input_size(pipeline.unet, 0) as calls, pytest.raises(OutOfMemory) as caught:
        generate.text_to_image("a cat", count=2, **SMALL)
    assert [shape[0] for shape in calls] == [2, 2, 1], "at once, again, one after the other"
    assert str(caught.value).startswith("SD-Turbo needs more memory for this than this machine has free.")
    assert "smaller size, fewer pictures or a smaller model" in str(caught.value)
    assert "그림 수를 줄이거나" in caught.value.message_in("ko")
    assert models.load("text_to_image", "sd-turbo") is pipeline, "it was in use and is still here"
    assert len(generate.text_to_image("a cat", count=2, **SMALL).images) == 2


def test_another_fault_passes_through(pipeline) -> None:
    fault = RuntimeError("CUDA error: device-side assert triggered")
    with limit_input_size(pipeline.unet, 0, fault) as calls, pytest.raises(RuntimeError, match="device-side"):
        generate.text_to_image("a cat", count=2, **SMALL)
    assert len(calls) == 1


def test_between_two_prompts_too(pipeline) -> None:
    wanted = sweeps.interpolate_prompts("a cat", "a dog", count=2, **SMALL).images[0]
    own, fails = pipeline.unet.forward, [True]

    def fail_once(*given, **rest):
        if fails:
            fails.clear()
            raise MemoryError
        return own(*given, **rest)

    pipeline.unet.forward = fail_once
    try:
        found = sweeps.interpolate_prompts("a cat", "a dog", count=2, **SMALL).images[0]
    finally:
        del pipeline.unet.forward
    assert all(np.array_equal(one, other) for one, other in zip(found, wanted, strict=True))


class TilingOnlyPipeline:
    """A pipeline that cannot decode a picture as a whole."""

    def __init__(self):
        self.calls = 0
        self.vae = SimpleNamespace(use_slicing=False, use_tiling=False, enable_slicing=lambda: None)
        self.vae.enable_tiling = lambda: setattr(self.vae, "use_tiling", True)

    def __call__(self, **given):
        self.calls += 1
        if not self.vae.use_tiling:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return SimpleNamespace(images=[Image.fromarray(255 - np.asarray(given["image"]))])


def test_a_hole_is_filled_in_tiles() -> None:
    image, hole = np.full((512, 512, 3), 100, np.uint8), np.zeros((512, 512), bool)
    hole[200:300, 200:300] = True
    painter = TilingOnlyPipeline()
    inpainter = DiffusionInpainter(painter, DiffusionSpec(size=512, steps=1, guidance=1.0))
    filled = inpainter(image, hole)
    assert inpainter.pieces == "tiles"
    assert painter.calls == 3 and not painter.vae.use_tiling
    assert (filled[~hole] == 100).all() and filled.shape == image.shape
