"""Whatever comes over the network, every public endpoint answers, or refuses with a sentence of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from core import images, samples

HOSTILE = (-1e9, [1, "<b>x</b>"])
CHECKED = ("Slider", "Number", "Radio", "Dropdown", "Textbox")


def valid_value(parameter):
    if parameter["component"] == "Image":
        return handle_file(samples.sample_path("cat"))
    return parameter.get("parameter_default")


def list_endpoints(client):
    return client.view_api(return_format="dict")["named_endpoints"].items()


def test_names_read_well(client):
    names = [name for name, _ in list_endpoints(client)]
    assert len(names) > 25
    assert not [name for name in names if name[-1].isdigit() or "lambda" in name or "__" in name]


def test_hostile_values_get_a_sentence(url):
    client, bad = Client(url, verbose=False), []
    for name, endpoint in list_endpoints(client):
        parameters = endpoint["parameters"]
        good = [valid_value(parameter) for parameter in parameters]
        for i, parameter in enumerate(parameters):
            if parameter["component"] not in CHECKED:
                continue
            for value in HOSTILE:
                try:
                    client.predict(*good[:i], value, *good[i + 1 :], api_name=name)
                except (AppError, KeyError) as error:
                    if len(str(error)) < 20 or "upstream Gradio app" in str(error) or isinstance(error, KeyError):
                        bad.append((name, parameter["parameter_name"], value, str(error)[:80]))
    assert bad == [], bad


def test_prompts_of_ten_thousand_characters(client):
    for model in ("pocket-diffusion", "sd-turbo"):
        with pytest.raises(AppError, match="prompt may have at most 2000 characters, but 10000 came"):
            client.predict("x" * 10_000, "", model, 1, 0, 64, 0, 1, api_name="/text_to_image")


def test_a_prompt_of_nothing_is_drawn_without_one(client):
    for prompt in ("", "\x00"):
        _, picture, _, badge, *_ = client.predict(
            prompt, "", "pocket-diffusion", 1, 0, 64, 0, 1, api_name="/text_to_image"
        )
        assert images.to_rgb(Path(picture["value"]).read_bytes()).shape == (64, 64, 3)
        assert "unconditionally" in badge
