from __future__ import annotations

import numpy as np
import pytest

from core import generate
from core.errors import Cancelled, InputError
from core.generate import sweeps

SMALL = {"steps": 2, "size": 64, "model": "sd-turbo"}


def is_close(a, b):
    return np.abs(a.astype(int) - b).max() <= 2


def test_each_picture_is_what_the_same_call_draws(tiny_sd_turbo):
    found = sweeps.sweep_parameters("a cat", ("steps", [1, 3]), ("seed", [5, 6]), size=64, model="sd-turbo")
    assert found.x == ("steps", (1, 3)) and found.y == ("seed", (5, 6))
    for row, seed in zip(found.images, (5, 6), strict=True):
        for image, steps in zip(row, (1, 3), strict=True):
            alone = generate.text_to_image("a cat", steps=steps, seed=seed, size=64, model="sd-turbo")
            assert np.array_equal(image, alone.images[0])
    assert found.parameters["steps"] == 1 and found.parameters["seed"] == 5
    assert found.model == "sd-turbo" and found.seconds > 0


def test_prompts_can_be_what_differs_and_a_picture_where_it_begins(tiny_sd_turbo, picture):
    both = sweeps.sweep_parameters("", ("prompt", ["a cat", "a dog"]), **SMALL).images[0]
    assert not np.array_equal(both[0], both[1])
    photo = picture("astronaut")
    strip = sweeps.sweep_parameters("a cat", ("strength", [0.1, 1.0]), image=photo, steps=10, size=64, model="sd-turbo")
    alone = generate.image_to_image(photo, "a cat", strength=0.1, steps=10, size=64, model="sd-turbo")
    assert np.array_equal(strip.images[0][0], alone.images[0])


def test_each_picture_is_told_and_the_work_can_be_stopped(tiny_sd_turbo):
    told = []
    sweeps.sweep_parameters("a cat", ("seed", [1, 2, 3]), on_step=told.append, **SMALL)
    assert [(cell.index, cell.total) for cell in told] == [(1, 3), (2, 3), (3, 3)]
    assert [cell.values for cell in told] == [{"seed": 1}, {"seed": 2}, {"seed": 3}]

    def stop(cell):
        raise Cancelled

    with pytest.raises(Cancelled):
        sweeps.sweep_parameters("a cat", ("seed", [1, 2, 3]), on_step=stop, **SMALL)


@pytest.mark.slow
def test_interpolation_goes_from_one_prompt_to_the_other(tiny_sd_turbo):
    told = []
    found = sweeps.interpolate_prompts(
        "a cat", "a dog", count=5, seed=3, steps=2, guidance=2.0, model="sd-turbo", on_step=told.append
    )
    assert found.x == ("share", (0.0, 0.25, 0.5, 0.75, 1.0)) and len(told) == 5
    pictures = found.images[0]
    for image, prompt in ((pictures[0], "a cat"), (pictures[-1], "a dog")):
        alone = generate.text_to_image(prompt, seed=3, steps=2, guidance=2.0, model="sd-turbo")
        assert is_close(image, alone.images[0])
    assert not np.array_equal(pictures[0], pictures[2]) and not np.array_equal(pictures[2], pictures[4])


def test_interpolation_takes_the_knobs_of_drawing(tiny_sd_turbo):
    knobs = {"negative": "a car", "steps": 2, "guidance": 3.0, "size": 64, "sampler": "euler", "model": "sd-turbo"}
    found = sweeps.interpolate_prompts("a cat", "a dog", count=2, **knobs).images[0]
    for image, prompt in zip(found, ("a cat", "a dog"), strict=True):
        assert is_close(image, generate.text_to_image(prompt, **knobs).images[0])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"x": ("magic", [1])}, "knob must be one of prompt, negative, steps"),
        ({"x": ("steps", [])}, "At least one value is needed for steps"),
        ({"x": ("steps", [1]), "y": ("steps", [2])}, "Two different knobs are needed, but steps came twice"),
        (
            {"x": ("seed", list(range(7))), "y": ("steps", list(range(1, 7)))},
            "At most 36 pictures can be drawn at once, but 42",
        ),
        ({"x": ("steps", [150]), "y": ("seed", list(range(20)))}, "At most 1500 steps can be taken in all, but 3000"),
        ({"x": ("weight", [0, 1])}, "There is no LoRA whose weight could be turned"),
        ({"x": ("steps", ["many"])}, "steps must be a whole number from 1 to 150, but 'many' came"),
        ({"x": ("guidance", [float("nan")])}, "guidance must be a number"),
        ({"x": ("strength", [0.5])}, "The strength needs a picture to begin with"),
        ({"x": ("sampler", ["magic"])}, "sampler must be one of"),
    ],
)
def test_wrong_sweeps_get_a_sentence(tiny_sd_turbo, wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        sweeps.sweep_parameters("a cat", **wrong, model="sd-turbo")


def test_a_wrong_last_value_is_refused_before_the_first_picture(tiny_sd_turbo, picture):
    told = []
    with pytest.raises(InputError, match="guidance must be a number from 0 to 30, but 80 came"):
        sweeps.sweep_parameters("a cat", ("guidance", [1, 2, 80]), on_step=told.append, **SMALL)
    strengths = ("strength", [1, 0.1])
    with pytest.raises(InputError, match="at least 10 steps are needed"):
        sweeps.sweep_parameters("a cat", strengths, image=picture("astronaut"), on_step=told.append, **SMALL)
    assert not told


@pytest.mark.parametrize(("wrong", "sentence"), [({"count": 1}, "from 2 to 16"), ({"second": 5}, "must be text")])
def test_wrong_interpolations_get_a_sentence(tiny_sd_turbo, wrong, sentence):
    with pytest.raises(InputError, match=sentence):
        sweeps.interpolate_prompts(**({"first": "a cat", "second": "a dog", "model": "sd-turbo"} | wrong))


@pytest.mark.parametrize("knob", ["prompt", "negative"])
@pytest.mark.parametrize("word", ["猫", "con mèo", "꽯뛟"])
def test_a_word_that_is_not_read_is_refused_before_the_first_picture(hub, knob, word):
    told = []
    with pytest.raises(InputError, match=f"'{word.split()[-1]}' is neither"):
        sweeps.sweep_parameters("a cat", (knob, ["a dog", word]), on_step=told.append, **SMALL)
    for pair in (("a cat", word), (word, "a cat")):
        with pytest.raises(InputError, match=f"'{word.split()[-1]}' is neither"):
            sweeps.interpolate_prompts(*pair, on_step=told.append, **SMALL)
    assert told == []


def test_words_that_are_not_understood_are_left_out_and_told(tiny_sd_turbo):
    found = sweeps.sweep_parameters("", ("prompt", ["고양이 꽯뛟", "a dog", "개 猫"]), **SMALL)
    assert found.left_out == ("꽯뛟", "猫")
    between = sweeps.interpolate_prompts("고양이 꽯뛟", "뛟뛟 개", count=2, **SMALL)
    assert between.left_out == ("꽯뛟", "뛟뛟")


def test_what_is_told_of_a_sweep_can_be_sent(tiny_sd_turbo):
    told = []
    found = sweeps.sweep_parameters("", ("prompt", ["ｃａｔ\ud800", "dog\u202e"]), on_step=told.append, **SMALL)
    assert found.x == ("prompt", ("cat", "dog")) and [cell.values["prompt"] for cell in told] == ["cat", "dog"]
    between = sweeps.interpolate_prompts("a ｃａｔ\ud800", "a dog\ud800", count=2, **SMALL)
    assert (between.parameters["prompt"], between.parameters["second"]) == ("a cat", "a dog")
