from __future__ import annotations

import dataclasses
import typing

import pytest

from core import models
from core.errors import InputError
from core.generate import png_metadata, settings, sweeps
from core.generate.settings import KNOBS, DrawOptions, DrawSettings


def pocket_row():
    return models.row("text_to_image", "pocket-diffusion")


def test_the_options_of_a_call_are_the_settings_but_prompt_and_strength():
    hints = typing.get_type_hints(DrawSettings)
    assert typing.get_type_hints(DrawOptions) == {n: h for n, h in hints.items() if n not in ("prompt", "strength")}
    assert set(png_metadata.PARAMETER_TYPES) == set(hints)
    assert set(sweeps.SWEPT) == set(hints) - {"count", "model", "adapter"}


def test_every_default_passes_its_own_check():
    for field in dataclasses.fields(DrawSettings):
        if field.default not in (dataclasses.MISSING, None):  # None: the model's own
            assert KNOBS[field.name].check(field.name, field.default) == field.default


def test_what_nobody_said_is_the_models_own():
    row = pocket_row()
    resolved = settings.resolve_settings(row, DrawSettings(prompt=" a cat ", seed=7))
    assert (resolved.prompt, resolved.seed, resolved.model) == ("a cat", 7, "pocket-diffusion")
    assert (resolved.steps, resolved.guidance, resolved.size) == (row.spec.steps, row.spec.guidance, row.spec.size)
    assert settings.resolve_settings(row, DrawSettings(**resolved.as_parameters())) == resolved


def test_the_lora_and_a_strength_that_was_not_asked_for_are_no_parameters():
    asked = DrawSettings(prompt="a cat", adapter="mine.safetensors")
    assert set(asked.as_parameters()) == set(KNOBS) - {"adapter", "strength"}
    image = settings.resolve_image_settings(pocket_row(), dataclasses.replace(asked, strength=0.5))
    assert image.as_parameters()["strength"] == 0.5 and image.adapter == "mine.safetensors"


def test_along_edges_the_model_that_guides_is_named():
    control = models.row("edges_to_image", "pocket-controlnet")
    resolved = settings.resolve_edges_settings(control, pocket_row(), DrawSettings(prompt="a cat", strength=2))
    assert (resolved.model, resolved.strength) == ("pocket-controlnet", 2.0)


def test_a_strength_needs_a_picture():
    with pytest.raises(InputError, match="The strength needs a picture to begin with"):
        settings.resolve_settings(pocket_row(), DrawSettings(prompt="a cat", strength=0.5))


def test_seeds_go_on_from_zero_and_sides_are_never_too_small():
    assert settings.consecutive_seeds(2**32 - 2, 3) == [2**32 - 2, 2**32 - 1, 0]
    assert settings.round_to_step(10, 8) == 64 and settings.round_to_step(99, 8) == 96
