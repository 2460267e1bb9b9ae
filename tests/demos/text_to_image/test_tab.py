from __future__ import annotations

import numpy as np
import pytest
from gradio_client.exceptions import AppError

from core import generate, images
from tests.demos.text_to_image.samples import KNOBS


def is_within_a_level(picture, expected):
    return picture.shape == expected.shape and np.abs(picture.astype(int) - expected).max() <= 1


def test_api_draws_what_core_draws(hub, client):
    hub("sd-turbo")
    preview, result, gallery, badge, code, *_ = client.predict(*KNOBS, api_name="/text_to_image")
    same = {"negative": "a dog", "steps": 4, "guidance": 0, "size": 64, "seed": 7, "count": 2, "model": "sd-turbo"}
    expected = generate.text_to_image("a cat", **same)
    assert not preview["visible"]
    # lossless: an older thread of the server may add up with another number of threads, which rounds otherwise
    assert is_within_a_level(images.to_rgb(result["value"]), expected.images[0])
    assert is_within_a_level(images.to_rgb(gallery["value"][1]["image"]), expected.images[1])
    assert "SD-Turbo" in badge and "seed=7" in code


def test_api_tells_each_step(hub, client):
    hub("sd-turbo")
    job = client.submit(*KNOBS, api_name="/text_to_image")
    job.result()
    told = [str(outputs[3]) for outputs in job.outputs()]
    assert "Step 1 of 4" in told[0]
    assert "Step 4 of 4" in told[-2]
    assert "SD-Turbo" in told[-1]


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (0, "x" * 10_000, "at most 2000 characters, but 10000 came"),
        (1, "x" * 10_000, "negative may have at most 2000 characters"),
        (0, None, "prompt must be text, but None came"),
        (2, "nope", "no text_to_image model named 'nope'; there are pocket-diffusion, sd-turbo"),
        (2, [5], r"Model must be one of its choices, but \[5\] came"),
        (3, 2.5, "steps must be a whole number"),
        (3, 1000, "from 1 to 150, but 1000 came"),
        (3, "abc", "Steps must be a number from 1 to 150, but 'abc' came"),
        (4, [1], "Guidance must be a number from 0 to 30"),
        (5, 8, "size must be a whole number from 64 to 1024, but 8 came"),
        (6, -1, "but -1 came"),
        (6, 2**40, "but 1099511627776 came"),
        (7, True, "Pictures must be a number from 1 to 8, but True came"),
        (5, 100, "multiple of 8, but 100 came: take 96"),
        (8, "magic", "sampler must be one of ddim"),
        (8, [1], "Sampler must be one of its choices"),
        (6, None, "seed must be a whole number from 0 to 4294967295, but None came"),
    ],
)
def test_api_refuses_bad_values_with_a_sentence(hub, client, place, value, sentence):
    knobs = [value if i == place else knob for i, knob in enumerate(KNOBS)]
    with pytest.raises(AppError, match=sentence):
        client.predict(*knobs, api_name="/text_to_image")


def test_api_names_the_command_when_the_model_is_absent(hub, client):
    with pytest.raises(AppError, match=r"python -m core\.models prefetch sd-turbo"):
        client.predict(*KNOBS, api_name="/text_to_image")
