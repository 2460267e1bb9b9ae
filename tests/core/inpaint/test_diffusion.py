from __future__ import annotations

import contextlib
import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core import inpaint, models
from core.errors import InputError, ModelUnavailable
from core.inpaint import diffusion
from core.inpaint.diffusion import DiffusionInpainter
from core.models.catalog.specs import DiffusionSpec


def test_diffusion_says_how_to_get_its_weights(image, mask, hub):
    with pytest.raises(ModelUnavailable, match="prefetch sd-inpainting"):
        inpaint.fill(image, mask, method="diffusion")


def test_a_tiny_stable_diffusion(image, mask, hub):
    row = dataclasses.replace(
        models.row("inpaint", "sd-inpainting"),
        spec=DiffusionSpec(size=64, steps=2, guidance=7.5),
    )
    inpainter = diffusion.load(row, hub("sd-inpainting"), "cpu")
    inpainter.pipeline.safety_checker = None
    steps = []
    first = inpainter(image, mask, prompt="a cat", seed=1, on_step=steps.append)
    assert first.shape == image.shape
    assert (first[~mask] == image[~mask]).all()
    assert (inpainter(image, mask, prompt="a cat", seed=1) == first).all()
    assert (inpainter(image, mask, prompt="a cat", seed=2) != first).any()
    assert [s.index for s in steps] == list(range(1, steps[0].total + 1))


@pytest.mark.parametrize("prompt", ["猫", "con mèo", "꽯뛟", "???"])
def test_a_prompt_that_is_not_read_gets_the_sentence_before_anything_loads(image, mask, hub, prompt):
    with pytest.raises(InputError, match=f"'{prompt.split()[-1]}' is neither".replace("?", "[?]")):
        inpaint.fill(image, mask, method="diffusion", prompt=prompt)


@pytest.fixture
def prompts_seen(monkeypatch):
    """What a network that changes nothing is told to draw."""
    seen = []

    @contextlib.contextmanager
    def lend(*_):
        yield None, lambda picture, hole, **given: seen.append(given["prompt"]) or picture

    monkeypatch.setattr(models, "borrow", lend)
    return seen


@pytest.mark.parametrize(
    ("prompt", "english"),
    [("파란 고양이", "blue cat"), ("🐱", "cat face"), ("ａ cat", "a cat"), ("a café", "a café"), ("", "")],
)
def test_a_prompt_is_read_in_english_and_told_where_it_was_another(image, mask, prompts_seen, prompt, english):
    found = inpaint.fill(image, mask, method="diffusion", model="sd-inpainting", prompt=prompt)
    assert prompts_seen == [english] and found.encoded == (english if prompt in ("파란 고양이", "🐱") else "")
    assert found.left_out == ()


def test_a_method_that_takes_no_prompt_looks_at_none(image, mask):
    found = inpaint.fill(image, mask, method="telea", prompt="猫")
    assert found.encoded == "" and found.left_out == ()


@pytest.mark.parametrize(
    ("prompt", "english", "left_out"),
    [("파란 꽯뛟 고양이", "blue cat", ("꽯뛟",)), ("a cat, 猫", "a cat", ("猫",)), ("뛟뛟과 개", "dog", ("뛟뛟과",))],
)
def test_a_prompt_is_read_as_far_as_it_is_understood(image, mask, prompts_seen, prompt, english, left_out):
    found = inpaint.fill(image, mask, method="diffusion", model="sd-inpainting", prompt=prompt)
    assert (prompts_seen, found.encoded, found.left_out) == ([english], english, left_out)


class FakeInpaintPipeline:
    """Draws the picture it was given, every value `shift` higher."""

    def __init__(self, shift=0, flagged=False):
        self.shift, self.flagged, self.seen = shift, flagged, {}

    def __call__(self, **given):
        self.seen = given
        drawn = np.asarray(given["image"]).astype(int) + self.shift
        return SimpleNamespace(
            images=[Image.fromarray(drawn.clip(0, 255).astype(np.uint8))], nsfw_content_detected=[self.flagged]
        )


SPEC = DiffusionSpec(size=64, steps=3, guidance=5.0)


def test_the_pipeline_sees_the_square_around_the_hole():
    image = np.random.default_rng(0).integers(0, 256, (100, 200, 3), dtype=np.uint8)
    mask = np.zeros((100, 200), bool)
    mask[40:50, 150:160] = True
    pipeline = FakeInpaintPipeline()
    filled = DiffusionInpainter(pipeline, SPEC)(image, mask, prompt="grass", seed=4)
    seen = np.asarray(pipeline.seen["image"])
    assert (seen == image[13:77, 123:187]).all()
    assert (np.asarray(pipeline.seen["mask_image"]) > 0).sum() == 100
    assert (filled == image).all()
    assert (pipeline.seen["width"], pipeline.seen["height"]) == (64, 64)
    assert pipeline.seen["prompt"] == "grass"
    assert pipeline.seen["num_inference_steps"] == 3
    assert pipeline.seen["generator"].initial_seed() == 4


def test_a_colour_shift_of_the_network_is_taken_back():
    image = np.full((64, 64, 3), 120, np.uint8)
    mask = np.zeros((64, 64), bool)
    mask[20:44, 20:44] = True
    filled = DiffusionInpainter(FakeInpaintPipeline(shift=17), SPEC)(image, mask)
    assert np.abs(filled.astype(int) - 120).max() <= 1


def test_a_refused_picture_is_an_error(image, mask):
    with pytest.raises(InputError, match="safety checker"):
        DiffusionInpainter(FakeInpaintPipeline(flagged=True), SPEC)(image, mask)
