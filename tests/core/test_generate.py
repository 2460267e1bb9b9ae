from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch
from PIL import Image

from core import generate, models
from core.engine import Local
from core.errors import Cancelled, InputError, ModelUnavailable
from core.generate import image_to_image, text_to_image
from tests import tiny_hub

SMALL = {"steps": 2, "size": 64}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    with tiny_hub.installed(tmp_path_factory.mktemp("hub")) as add:
        yield add("sd-turbo")


def test_a_picture_and_everything_that_made_it(tiny):
    found = text_to_image("a cat", negative="a dog", seed=7, count=2, **SMALL)
    assert [image.shape for image in found.images] == [(64, 64, 3)] * 2
    assert all(image.dtype == np.uint8 and image.std() > 0 for image in found.images)
    assert found.model == "sd-turbo" and found.seed == 7 and found.seconds > 0
    assert found.parameters == {
        "prompt": "a cat",
        "negative": "a dog",
        "steps": 2,
        "guidance": 0.0,
        "seed": 7,
        "size": 64,
        "count": 2,
        "model": "sd-turbo",
    }
    again = text_to_image(**found.parameters)
    assert all(np.array_equal(a, b) for a, b in zip(found.images, again.images, strict=True))


def test_the_ith_picture_has_seed_plus_i(tiny):
    both = text_to_image("a cat", seed=3, count=2, **SMALL).images
    second = text_to_image("a cat", seed=4, **SMALL).images[0]
    assert np.abs(both[1].astype(int) - second).max() <= 2
    assert np.abs(both[0].astype(int) - second).mean() > 2


def test_prompt_and_negative_matter_as_guidance_says(tiny):
    def draw(prompt, negative, guidance):
        return text_to_image(prompt, negative=negative, guidance=guidance, **SMALL).images[0]

    assert not np.array_equal(draw("a cat", "", 0), draw("a dog", "", 0))
    assert np.array_equal(draw("a cat", "", 1), draw("a cat", "a dog", 1)), "guidance 1 is off"
    assert not np.array_equal(draw("a cat", "", 7), draw("a cat", "a dog", 7))


def test_none_takes_the_options_of_the_row(tiny):
    row = models.row("text_to_image", "sd-turbo")
    used = text_to_image("a cat", size=64).parameters
    assert (used["steps"], used["guidance"]) == (row.options["steps"], row.options["guidance"]) == (1, 0.0)


def test_every_step_is_told_with_a_preview(tiny):
    seen = []
    text_to_image("a cat", count=2, on_step=seen.append, **SMALL)
    assert [(step.index, step.total) for step in seen] == [(1, 2), (2, 2)]
    # two latents of 8 x 8 and a gap of one, side by side, enlarged to 512
    assert all(step.preview.shape == (round(8 * 512 / 17), 512, 3) and step.preview.dtype == np.uint8 for step in seen)


def test_previews_are_estimates_of_the_end_for_every_sampler(tiny, monkeypatch):
    from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, PNDMScheduler

    pipeline = models.load("text_to_image", "sd-turbo")
    plain = pipeline.scheduler
    monkeypatch.setattr(pipeline, "scheduler", plain)
    for kind in (DDIMScheduler, PNDMScheduler, DPMSolverMultistepScheduler):
        pipeline.scheduler = kind.from_config(plain.config, skip_prk_steps=True)
        seen = []
        text_to_image("a cat", on_step=seen.append, steps=4, size=64)
        assert seen[-1].index == seen[-1].total == len(seen)
        assert "step" not in vars(pipeline.scheduler), "the scheduler is as it was"


def test_an_estimate_is_the_schedulers_own_formula():
    from diffusers import EulerDiscreteScheduler

    scheduler = EulerDiscreteScheduler()
    scheduler.set_timesteps(4)
    latents, noise = torch.full((1, 4, 2, 2), 3.0), torch.full((1, 4, 2, 2), 0.5)
    with generate._estimates(scheduler) as latest:
        scheduler.step(noise, scheduler.timesteps[0], latents, return_dict=False)
    expected = 3.0 - 0.5 * scheduler.sigmas[0]  # x_0 = x_t - sigma * noise
    assert torch.allclose(latest["x_0"], expected.expand(1, 4, 2, 2))


def test_latents_that_are_colours_are_previewed_exactly():
    class Shrinker:
        """An autoencoder whose latents are the colours of 8 x 8 blocks, in [-1, 1], and half of them."""

        device, dtype, config = torch.device("cpu"), torch.float32, type("Config", (), {"scaling_factor": 0.5})

        def encode(self, pixels):
            return type("Code", (), {"latents": torch.nn.functional.avg_pool2d(pixels, 8)})

    to_rgb = generate._latents_to_rgb(Shrinker())
    # a colour is 127.5 more than 255 times the latent
    assert np.allclose(to_rgb, [[255, 0, 0], [0, 255, 0], [0, 0, 255], [127.5] * 3], atol=1.5)
    red = torch.tensor([0.5, -0.5, -0.5]).reshape(1, 3, 1, 1).expand(1, 3, 8, 8)
    assert np.abs(generate._preview(to_rgb, red).astype(int) - [255, 0, 0]).max() <= 2


def test_closing_the_stream_stops_the_work_and_frees_the_model(tiny):
    models.load("text_to_image", "sd-turbo")
    before = threading.active_count()
    stream = Local().stream(text_to_image, "a cat", steps=150, size=256)
    assert next(stream).index == 1
    start = time.perf_counter()
    stream.close()
    assert threading.active_count() == before
    assert time.perf_counter() - start < 5, "one step at most is awaited"
    with models.borrow("text_to_image", "sd-turbo") as (_, pipeline):
        assert "step" not in vars(pipeline.scheduler)
    assert text_to_image("a cat", **SMALL).images[0].std() > 0


def test_what_on_step_raises_stops_the_work(tiny):
    seen = []

    def stop(step):
        seen.append(step)
        raise Cancelled

    with pytest.raises(Cancelled):
        text_to_image("a cat", on_step=stop, **SMALL)
    assert len(seen) == 1


def test_image_to_image_keeps_what_strength_leaves(tiny, picture):
    photo = picture("astronaut")
    little = image_to_image(photo, "a cat", strength=0.1, steps=20, size=64)
    much = image_to_image(photo, "a cat", strength=1, steps=20, size=64)
    assert little.images[0].shape == (64, 64, 3)
    assert little.parameters["strength"] == 0.1
    assert np.array_equal(image_to_image(photo, **little.parameters).images[0], little.images[0])
    assert not np.array_equal(little.images[0], much.images[0])


def test_image_to_image_runs_at_least_one_step_by_default(tiny, picture):
    seen = []
    found = image_to_image(picture("astronaut"), "a cat", strength=0.3, size=64, on_step=seen.append)
    assert found.parameters["steps"] == 4 and len(seen) == 1
    with pytest.raises(InputError, match="at least 4 steps are needed for one to run, but 3 came"):
        image_to_image(picture("astronaut"), "a cat", strength=0.3, steps=3, size=64)


@pytest.mark.parametrize(
    ("height", "width", "expected"), [(300, 600, (256, 128)), (10, 10, (256, 256)), (9, 900, (256, 64))]
)
def test_a_picture_is_scaled_to_multiples_of_eight(height, width, expected):
    assert generate._resized(np.zeros((height, width, 3), np.uint8), 256).size == expected


def test_a_long_prompt_says_what_is_not_read(tiny):
    # CLIP reads 77 tokens, two of which mark begin and end: "cat" is one token of the tiny vocabulary
    assert text_to_image("cat " * 75, **SMALL).unread == ""
    assert text_to_image("cat " * 75 + "dog dog", **SMALL).unread == "dog dog"


def test_pictures_that_the_safety_checker_refuses_are_not_shown(tiny, monkeypatch):
    from transformers import CLIPImageProcessor

    pipeline = models.load("text_to_image", "sd-turbo")
    monkeypatch.setattr(pipeline, "feature_extractor", CLIPImageProcessor())
    for verdict in ([False, False], [False, True]):
        monkeypatch.setattr(pipeline, "safety_checker", lambda images, clip_input, v=verdict: (images, v))
        if any(verdict):
            with pytest.raises(InputError, match="safety checker refused"):
                text_to_image("a cat", count=2, **SMALL)
        else:
            assert len(text_to_image("a cat", count=2, **SMALL).images) == 2


def test_edges_to_image_says_that_there_is_no_model_yet():
    with pytest.raises(ModelUnavailable, match="needs a ControlNet"):
        generate.edges_to_image(np.zeros((8, 8), np.float32), "a cat", steps=3)
    with pytest.raises(InputError):
        generate.edges_to_image(None, "a cat")


def test_an_absent_model_names_the_command(hub):
    with pytest.raises(ModelUnavailable, match=r"python -m core\.models prefetch sd-turbo"):
        text_to_image("a cat")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"prompt": ""}, "prompt must not be empty"),
        ({"prompt": " \n\t"}, "prompt must not be empty"),
        ({"prompt": "x" * 10_000}, "at most 2000 characters, but 10000 came"),
        ({"prompt": None}, "prompt must be text, but None came"),
        ({"prompt": ["a cat"]}, "prompt must be text"),
        ({"negative": 5}, "negative must be text, but 5 came"),
        ({"negative": "x" * 10_000}, "at most 2000 characters"),
        ({"steps": 0}, "steps must be a whole number from 1 to 150, but 0 came"),
        ({"steps": 151}, "but 151 came"),
        ({"steps": 2.5}, "but 2.5 came"),
        ({"steps": "4"}, "but '4' came"),
        ({"steps": True}, "but True came"),
        ({"steps": float("nan")}, "but nan came"),
        ({"guidance": -0.1}, "guidance must be a number from 0 to 30, but -0.1 came"),
        ({"guidance": float("nan")}, "but nan came"),
        ({"guidance": float("inf")}, "but inf came"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, but -1 came"),
        ({"seed": 2**32}, "but 4294967296 came"),
        ({"size": 60}, "size must be a whole number from 64 to 1024, but 60 came"),
        ({"size": 2048}, "but 2048 came"),
        ({"size": 100}, "multiple of 8, but 100 came: take 96"),
        ({"size": (64, 64)}, "size must be a whole number"),
        ({"count": 9}, "count must be a whole number from 1 to 8, but 9 came"),
        ({"model": "dall-e"}, "no text_to_image model named 'dall-e'; there are sd-turbo"),
        ({"model": "canny"}, "no text_to_image model named 'canny'"),
    ],
)
def test_wrong_values_get_a_sentence_before_anything_loads(hub, wrong, sentence):
    with pytest.raises(InputError) as caught:
        text_to_image(**({"prompt": "a cat"} | wrong))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("strength", [0, 1.1, float("nan"), "0.5", None])
def test_wrong_strengths_get_a_sentence(hub, strength):
    with pytest.raises(InputError, match=r"strength must be a number from 0.05 to 1"):
        image_to_image(np.zeros((8, 8, 3), np.uint8), "a cat", strength=strength)


def test_a_result_checks_itself():
    picture, facts = np.zeros((8, 8, 3), np.uint8), {"seed": 0, "parameters": {}, "model": "x", "seconds": 0.1}
    generate.Generated(images=(picture, picture), **facts)
    for wrong in ((), (picture, picture[:4]), (picture.astype(np.float32),), (picture[..., 0],)):
        with pytest.raises(AssertionError):
            generate.Generated(images=wrong, **facts)
    assert Image.fromarray(picture).size == (8, 8)
