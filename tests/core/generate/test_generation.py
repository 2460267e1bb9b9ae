from __future__ import annotations

import numpy as np
import pytest

from core import generate, models
from core.engine import Local
from core.errors import Cancelled, InputError, ModelUnavailable
from core.generate import generation, image_to_image, text_to_image

SMALL = {"steps": 2, "size": 64, "model": "sd-turbo"}


def test_a_picture_and_everything_that_made_it(tiny_sd_turbo):
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
        "sampler": None,
        "weight": 1.0,
        "model": "sd-turbo",
    }
    again = text_to_image(**found.parameters)
    assert all(np.array_equal(a, b) for a, b in zip(found.images, again.images, strict=True))


def test_the_ith_picture_has_seed_plus_i(tiny_sd_turbo):
    both = text_to_image("a cat", seed=3, count=2, **SMALL).images
    second = text_to_image("a cat", seed=4, **SMALL).images[0]
    assert np.abs(both[1].astype(int) - second).max() <= 2
    assert np.abs(both[0].astype(int) - second).mean() > 2


def test_prompt_and_negative_matter_as_guidance_says(tiny_sd_turbo):
    def draw(prompt, negative, guidance):
        return text_to_image(prompt, negative=negative, guidance=guidance, **SMALL).images[0]

    assert not np.array_equal(draw("a cat", "", 0), draw("a dog", "", 0))
    assert np.array_equal(draw("a cat", "", 1), draw("a cat", "a dog", 1)), "guidance 1 is off"
    assert not np.array_equal(draw("a cat", "", 7), draw("a cat", "a dog", 7))


def test_none_takes_the_options_of_the_row(tiny_sd_turbo):
    row = models.row("text_to_image", "sd-turbo")
    used = text_to_image("a cat", size=64, model="sd-turbo").parameters
    assert (used["steps"], used["guidance"]) == (row.spec.steps, row.spec.guidance) == (1, 0.0)


def test_every_step_is_told_with_what_it_began_with_and_what_it_expects(tiny_sd_turbo):
    seen = []
    text_to_image("a cat", count=2, on_step=seen.append, **SMALL)
    assert [(step.index, step.total) for step in seen] == [(1, 2), (2, 2)]
    # two latents of 8 x 8 and a gap of one, side by side
    assert all(step.preview.shape == step.noisy.shape == (8, 17, 3) for step in seen)
    assert seen[0].level > seen[1].level > 0, "noise only goes"
    assert seen[0].level == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("sampler", generate.SAMPLERS)
def test_every_sampler_draws_and_leaves_the_pipeline_as_it_was(tiny_sd_turbo, sampler):
    pipeline = models.load("text_to_image", "sd-turbo")
    own, seen = pipeline.scheduler, []
    used = set()

    def look(step):
        seen.append(step)
        used.add(type(pipeline.scheduler).__name__)

    found = text_to_image("a cat", on_step=look, steps=4, size=64, sampler=sampler, model="sd-turbo")
    assert found.parameters["sampler"] == sampler and found.images[0].std() > 0
    assert used == {generate.SAMPLERS[sampler]}
    assert seen[-1].index == seen[-1].total == len(seen)
    assert [step.level for step in seen] == sorted((step.level for step in seen), reverse=True)
    assert pipeline.scheduler is own and "step" not in vars(own)


@pytest.mark.parametrize("sampler", generate.SAMPLERS)
def test_every_sampler_takes_as_many_steps_as_the_page_offers(tiny_sd_turbo, sampler):
    found = text_to_image("a cat", steps=150, size=64, sampler=sampler, model="sd-turbo")
    assert found.images[0].std() > 0


def test_closing_the_stream_stops_the_work_and_frees_the_model(nothing_loaded, tiny_sd_turbo):
    taken = []
    hook = models.load("text_to_image", "sd-turbo").unet.register_forward_pre_hook(lambda *_: taken.append(True))
    stream = Local().stream(text_to_image, "a cat", steps=150, size=256, model="sd-turbo")
    assert next(stream).index == 1
    stream.close()
    hook.remove()
    assert not models.is_busy()
    assert len(taken) < 10, "of 150: those that were on their way, and one more"
    with models.borrow("text_to_image", "sd-turbo") as (_, pipeline):
        assert "step" not in vars(pipeline.scheduler)
    assert text_to_image("a cat", **SMALL).images[0].std() > 0


def test_what_on_step_raises_stops_the_work(tiny_sd_turbo):
    seen = []

    def stop(step):
        seen.append(step)
        raise Cancelled

    with pytest.raises(Cancelled):
        text_to_image("a cat", on_step=stop, **SMALL)
    assert len(seen) == 1


def test_image_to_image_keeps_what_strength_leaves(tiny_sd_turbo, picture):
    photo = picture("astronaut")
    little = image_to_image(photo, "a cat", strength=0.1, steps=20, size=64, model="sd-turbo")
    much = image_to_image(photo, "a cat", strength=1, steps=20, size=64, model="sd-turbo")
    assert little.images[0].shape == (64, 64, 3)
    assert little.parameters["strength"] == 0.1
    assert np.array_equal(image_to_image(photo, **little.parameters).images[0], little.images[0])
    assert not np.array_equal(little.images[0], much.images[0])


def test_little_strength_stays_nearer_to_the_picture(picture):
    drawing = picture("heart")
    pocket = {"size": 128, "steps": 10, "model": "pocket-diffusion"}
    little, much = (image_to_image(drawing, "a frog", strength=s, **pocket).images[0] for s in (0.2, 1))
    apart = [np.abs(found.astype(int) - drawing).mean() for found in (little, much)]
    assert apart[0] < apart[1] - 10


def test_edges_need_at_least_one(tiny_sd_turbo):
    with pytest.raises(InputError, match="White edges on black are needed, but there are none"):
        generate.edges_to_image(np.zeros((64, 64), np.float32), "a cat")
    for strength in (-1, 2.1, float("nan"), "1"):
        with pytest.raises(InputError, match="strength must be a number from 0 to 2"):
            generate.edges_to_image(np.ones((64, 64), np.float32), "a cat", strength=strength)


@pytest.mark.parametrize("draw", [image_to_image, generate.edges_to_image])
def test_an_unknown_knob_is_a_mistake_of_the_program(draw):
    with pytest.raises(TypeError, match="magic"):
        draw(np.ones((64, 64), np.float32), "a cat", magic=1)


def test_the_seed_after_the_highest_is_the_lowest(tiny_sd_turbo):
    last = text_to_image("a cat", seed=2**32 - 1, count=2, **SMALL).images[1]
    first = text_to_image("a cat", seed=0, **SMALL).images[0]
    assert np.abs(last.astype(int) - first).max() <= 2


def test_image_to_image_runs_at_least_one_step_by_default(tiny_sd_turbo, picture):
    seen = []
    small = {"size": 64, "model": "sd-turbo"}
    found = image_to_image(picture("astronaut"), "a cat", strength=0.3, on_step=seen.append, **small)
    assert found.parameters["steps"] == 4 and len(seen) == 1
    with pytest.raises(InputError, match="at least 4 steps are needed for one to run, but 3 came"):
        image_to_image(picture("astronaut"), "a cat", strength=0.3, steps=3, **small)


@pytest.mark.parametrize(
    ("height", "width", "expected"), [(300, 600, (256, 128)), (10, 10, (256, 256)), (9, 900, (256, 64))]
)
def test_a_picture_is_scaled_to_multiples_of_eight(height, width, expected):
    assert generation._resize_to_step(np.zeros((height, width, 3), np.uint8), 256, 8).size == expected


def test_a_long_prompt_says_what_is_not_read(tiny_sd_turbo):
    # CLIP reads 77 tokens, two of which mark begin and end: "cat" is one token of the tiny vocabulary
    assert text_to_image("cat " * 75, **SMALL).unread == ""
    assert text_to_image("cat " * 75 + "dog dog", **SMALL).unread == "dog dog"


def test_pictures_that_the_safety_checker_refuses_are_not_shown(tiny_sd_turbo, monkeypatch):
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


def test_an_absent_model_names_the_command(hub):
    with pytest.raises(ModelUnavailable, match=r"python -m core\.models prefetch sd-turbo"):
        text_to_image("a cat", model="sd-turbo")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
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
        ({"size": 76, "model": "pocket-diffusion"}, "multiple of 8, but 76 came: take 80"),
        ({"size": 512, "model": "pocket-diffusion"}, "size must be a whole number from 64 to 256, but 512 came"),
        ({"sampler": "magic"}, "sampler must be one of ddim, ddpm, euler"),
        ({"sampler": 5}, "sampler must be one of"),
        ({"weight": -1}, "weight must be a number from 0 to 2, but -1 came"),
        ({"weight": float("nan")}, "weight must be a number from 0 to 2, but nan came"),
        ({"prompt": "꽯뛟 뛟뛟"}, "reads English, and Korean through a dictionary"),
        ({"prompt": "a 猫"}, "'猫' is neither"),
        ({"prompt": "con mèo"}, "'mèo' is neither"),
        ({"prompt": "..."}, "'...' is neither"),
        ({"negative": "собака"}, "'собака' is neither"),
        ({"negative": "꽯뛟"}, "'꽯뛟' is neither"),
        ({"size": (64, 64)}, "size must be a whole number"),
        ({"count": 9}, "count must be a whole number from 1 to 8, but 9 came"),
        ({"model": "dall-e"}, "no text_to_image model named 'dall-e'; there are pocket-diffusion, sd-turbo"),
        ({"model": "canny"}, "no text_to_image model named 'canny'"),
    ],
)
def test_wrong_values_get_a_sentence_before_anything_loads(hub, wrong, sentence):
    with pytest.raises(InputError) as caught:
        text_to_image(**({"prompt": "a cat", "model": "sd-turbo"} | wrong))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("strength", [0, 1.1, float("nan"), "0.5", None])
def test_wrong_strengths_get_a_sentence(hub, strength):
    with pytest.raises(InputError, match=r"strength must be a number from 0.05 to 1"):
        image_to_image(np.zeros((8, 8, 3), np.uint8), "a cat", strength=strength)


def test_a_result_checks_itself():
    picture, facts = np.zeros((8, 8, 3), np.uint8), {"seed": 0, "parameters": {}, "model": "x", "seconds": 0.1}
    generate.GeneratedImages(images=(picture, picture), **facts)
    for wrong in ((), (picture, picture[:4]), (picture.astype(np.float32),), (picture[..., 0],)):
        with pytest.raises(AssertionError):
            generate.GeneratedImages(images=wrong, **facts)


def test_how_a_pipeline_is_called_is_looked_up_once(tiny_sd_turbo, monkeypatch) -> None:
    looked, own = [], generation.inspect.signature
    generation._takes_negative_prompt.cache_clear()
    monkeypatch.setattr(generation.inspect, "signature", lambda call: looked.append(call.__qualname__) or own(call))
    for _ in range(2):
        generate.text_to_image("a cat", steps=1, size=64, model="sd-turbo")
    assert looked.count("StableDiffusionPipeline.__call__") == 1
