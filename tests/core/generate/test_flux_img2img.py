"""FLUX.2 klein in its smallest form: a transformer that follows a flow, in the place of a U-Net."""

from __future__ import annotations

import numpy as np
import pytest

from core import generate, models
from core.errors import InputError
from core.generate import attention_maps, generation, latents, lora, sweeps
from core.generate import steps as denoising
from tests.stand_ins import tiny_hub

NAME = "flux2-klein"
SMALL = {"steps": 2, "size": 64, "model": NAME}
RED = np.full((64, 64, 3), (200, 30, 30), np.uint8)


@pytest.fixture(scope="module", autouse=True)
def klein(tmp_path_factory):
    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add:
        yield add(NAME)


def test_it_draws_and_shows_every_step() -> None:
    steps = []
    found = generate.text_to_image("a cat", seed=3, count=2, on_step=steps.append, **SMALL | {"steps": 3})
    assert [image.shape for image in found.images] == [(64, 64, 3)] * 2 and found.seed == 3
    assert not np.array_equal(*found.images) and found.unread == ""
    assert [(step.index, step.total) for step in steps] == [(1, 3), (2, 3), (3, 3)]
    levels = [step.level for step in steps]
    assert levels[0] == 1 and levels == sorted(levels, reverse=True) and levels[-1] > 0
    # two codes of 8 x 8 side by side
    assert all(step.preview.shape == step.noisy.shape == (8, 17, 3) for step in steps)
    again = generate.text_to_image("a cat", seed=3, **SMALL | {"steps": 3}).images[0]
    assert np.abs(again.astype(int) - found.images[0]).max() <= 1


def test_the_last_preview_is_the_finished_code() -> None:
    import torch

    pipeline = models.load("text_to_image", NAME)
    asked = {"prompt": "a cat", "height": 64, "width": 64, "num_inference_steps": 2, "output_type": "latent"}
    with denoising.record_steps(pipeline.scheduler) as now, torch.inference_mode():
        finished = pipeline(**asked, generator=torch.Generator().manual_seed(0)).images
    assert now["clean"].shape == (1, 16, 16), "16 tokens of 4 x 2 x 2 numbers"
    torch.testing.assert_close(latents.unpack_tokens(pipeline.vae, now["clean"]), finished)
    assert latents.unpack_tokens(pipeline.vae, finished) is finished


def test_a_sweep_of_a_knob_works_as_everywhere() -> None:
    found = sweeps.sweep_parameters("a cat", ("seed", [1, 2]), **SMALL)
    assert (found.images[0][0] != found.images[0][1]).any()


def test_a_picture_under_noise_lies_on_the_line_between_them(monkeypatch) -> None:
    import torch

    from core.generate import flux_img2img

    begun, prepare = [], flux_img2img.Flux2KleinImg2ImgPipeline.prepare_latents

    def tell(self, **given):
        begun.append(prepare(self, **given)[0])
        return begun[-1], prepare(self, **given)[1]

    monkeypatch.setattr(flux_img2img.Flux2KleinImg2ImgPipeline, "prepare_latents", tell)
    steps, wide = [], np.random.default_rng(0).integers(0, 255, (32, 64, 3), np.uint8)
    knobs = SMALL | {"steps": 4, "size": 128}
    found = generate.image_to_image(wide, "a cat", strength=0.5, count=2, on_step=steps.append, **knobs)
    assert found.images[0].shape == (64, 128, 3) and not np.array_equal(*found.images)
    assert [(step.index, step.total) for step in steps] == [(1, 2), (2, 2)]
    assert steps[0].noisy.shape == (8, 33, 3), "two codes of 8 x 16 side by side"
    pipeline, level = models.load("text_to_image", NAME), steps[0].level
    small = generation._resize_to_step(wide, 128, 16)
    with torch.no_grad():
        code = pipeline._encode_vae_image(pipeline.image_processor.preprocess(small).to(pipeline.vae.dtype), None)
    noise = torch.stack([torch.randn((16, 4, 8), generator=torch.Generator().manual_seed(s)) for s in (0, 1)])
    wanted = pipeline._pack_latents((1 - level) * code + level * noise.to(code))
    torch.testing.assert_close(begun[0].float(), wanted.float(), atol=0.02, rtol=0.02)


def test_strength_decides_how_much_of_the_picture_is_left() -> None:
    photo = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    knobs = {"size": 64, "model": NAME}
    little, much = (generate.image_to_image(photo, "a cat", strength=s, **knobs) for s in (0.1, 1))
    assert (little.parameters["steps"], much.parameters["steps"]) == (10, 4)
    free = generate.text_to_image("a cat", **knobs).images[0]
    assert np.abs(much.images[0].astype(int) - free).max() <= 1, "at 1 it is forgotten"
    assert (little.images[0] != free).mean() > 0.2
    other = generate.image_to_image(255 - photo, "a cat", strength=0.1, **knobs)
    assert (little.images[0] != other.images[0]).mean() > 0.2


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("no_negative", lambda: generate.text_to_image("a cat", negative="a dog", **SMALL)),
        ("own_sampler", lambda: generate.text_to_image("a cat", sampler="ddim", **SMALL)),
        ("no_unet", lambda: lora.train_lora([RED], "my cat", steps=10, size=64, model=NAME)),
        ("no_unet", lambda: attention_maps.word_maps("a cat", **SMALL)),
        ("no_unet", lambda: sweeps.interpolate_prompts("a cat", "a dog", count=2, **SMALL)),
    ],
)
def test_what_a_flow_cannot_do_is_refused_with_a_sentence(key, call) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == f"text_to_image.{key}"
    assert all(20 < len(caught.value.message_in(language)) < 250 for language in ("en", "ko"))


@pytest.mark.parametrize("size", [72, 1040])
def test_sides_are_multiples_of_16_up_to_1024(size) -> None:
    with pytest.raises(InputError):
        generate.text_to_image("a cat", **SMALL | {"size": size})
