"""SDXL-Turbo and SD 1.5 in their smallest form: what pocket Stable Diffusion and SD-Turbo do, they do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core import generate, models
from core.errors import InputError
from core.generate import attention_maps, lora, pipelines, sweeps
from core.models.catalog.specs import DiffusionSpec
from tests.stand_ins import tiny_hub

RED = np.full((64, 64, 3), (200, 30, 30), np.uint8)
EDGES = np.zeros((64, 64), np.float32)
EDGES[20:44, 20] = EDGES[20:44, 43] = EDGES[20, 20:44] = EDGES[43, 20:44] = 1
NAMES = ("sdxl-turbo", "sd15")


@pytest.fixture(scope="module", autouse=True)
def tiny_pipelines(tmp_path_factory):
    with tiny_hub.use_empty_cache(tmp_path_factory.mktemp("hub")) as add:
        for name in (*NAMES, "controlnet-canny"):
            add(name)
        yield


def small_settings(name):
    return {"steps": 2, "size": 64, "model": name}


@pytest.mark.parametrize("name", NAMES)
def test_every_step_has_its_preview(name) -> None:
    steps = []
    knobs = small_settings(name) | {"steps": 3, "guidance": 3.0}
    found = generate.text_to_image("a cat", negative="a dog", count=2, on_step=steps.append, **knobs)
    assert len(found.images) == 2 and not np.array_equal(*found.images)
    assert steps[-1].index == steps[-1].total == len(steps)
    levels = [step.level for step in steps]
    assert levels == sorted(levels, reverse=True) and levels[0] > 0.9
    # two latents of 8 x 8 side by side
    assert all(step.preview.shape == step.noisy.shape == (8, 17, 3) for step in steps)
    without = generate.text_to_image("a cat", count=2, **knobs)
    assert any((a != b).any() for a, b in zip(found.images, without.images, strict=True)), "it avoids the dog"


@pytest.mark.parametrize("name", NAMES)
def test_a_sweep_between_two_prompts_ends_in_them(name) -> None:
    found = sweeps.interpolate_prompts("a cat", "a dog", count=3, guidance=2.0, **small_settings(name))
    for image, prompt in ((found.images[0][0], "a cat"), (found.images[0][-1], "a dog")):
        alone = generate.text_to_image(prompt, guidance=2.0, **small_settings(name)).images[0]
        assert np.abs(image.astype(int) - alone).max() <= 2
    assert (found.images[0][1] != found.images[0][0]).any()


@pytest.mark.parametrize("name", NAMES)
def test_words_have_their_places(name) -> None:
    found = attention_maps.word_maps("a cat beside dog", **small_settings(name))
    assert found.words == ("a", "cat", "beside", "dog")
    assert found.maps.shape == (4, 64, 64) and found.maps.max(axis=(1, 2)) == pytest.approx([1] * 4, abs=0.05)
    assert np.ptp(found.maps[1] - found.maps[3]) > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_word_is_taught_and_drawn(name, tmp_path) -> None:
    unet = models.load("text_to_image", name).unet
    before = [parameter.clone() for parameter in unet.parameters()]
    adapter = lora.train_lora([RED], "my cat", steps=40, rank=4, size=64, model=name)
    assert adapter.losses[-1] < adapter.losses[0]
    assert all(a.equal(b) for a, b in zip(before, unet.parameters(), strict=True))
    plain = generate.text_to_image("my cat", **small_settings(name)).images[0]
    file = adapter.save(tmp_path / "cat.safetensors")
    drawn = [generate.text_to_image("my cat", adapter=a, **small_settings(name)).images[0] for a in (adapter, file)]
    assert np.array_equal(*drawn) and (drawn[0] != plain).any()
    assert np.array_equal(generate.text_to_image("my cat", **small_settings(name)).images[0], plain), "it is gone again"


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_to_begin_with_takes_a_step_at_least(name) -> None:
    steps, photo = [], np.random.default_rng(0).integers(0, 255, (48, 80, 3), np.uint8)
    knobs = {"size": 128, "model": name}
    found = generate.image_to_image(photo, "a cat", strength=0.3, on_step=steps.append, **knobs)
    own = models.row("text_to_image", name).spec.steps
    assert found.images[0].shape == (80, 128, 3) and found.parameters["steps"] == max(own, 4)
    assert len(steps) == steps[-1].total >= 1
    much = generate.image_to_image(photo, "a cat", strength=1, **knobs | {"steps": 4})
    assert (found.images[0] != much.images[0]).mean() > 0.2
    with pytest.raises(InputError, match="at least 4 steps are needed for one to run, but 3 came"):
        generate.image_to_image(photo, "a cat", strength=0.3, **knobs | {"steps": 3})


def test_the_texts_summary_and_the_pictures_size_reach_the_network(monkeypatch) -> None:
    unet, seen = models.load("text_to_image", "sdxl-turbo").unet, []
    hook = unet.register_forward_pre_hook(lambda _, __, given: seen.append(given), with_kwargs=True)
    lora.train_lora([RED], "my cat", steps=10, size=64, model="sdxl-turbo")
    hook.remove()
    more = seen[0]["added_cond_kwargs"]
    assert more["text_embeds"].shape == (8, 24)
    assert more["time_ids"].tolist() == [[64, 64, 0, 0, 64, 64]] * 8
    assert seen[0]["encoder_hidden_states"].shape == (8, 77, 64), "both text encoders side by side"


def test_edges_change_what_is_drawn() -> None:
    knobs = small_settings("controlnet-canny")
    free, along = (generate.edges_to_image(EDGES, "a cat", strength=s, **knobs) for s in (0, 1))
    assert (free.images[0] != along.images[0]).mean() > 0.5
    assert along.model == "controlnet-canny" and along.task == "edges_to_image"


def test_the_safety_checker_of_sd15_refuses_with_a_sentence(monkeypatch) -> None:
    pipeline = models.load("text_to_image", "sd15")
    monkeypatch.setattr(
        type(pipeline.safety_checker), "forward", lambda self, clip_input, images: (images, [True] * len(images))
    )
    with pytest.raises(InputError) as caught:
        generate.text_to_image("a cat", **small_settings("sd15"))
    assert caught.value.key == "text_to_image.refused"


@pytest.mark.parametrize(
    ("device", "spec", "variant", "precision"),
    [
        ("cpu", {}, "fp16", "torch.float32"),
        ("mps", {"dtype": "bfloat16"}, "fp16", "torch.float32"),
        ("cuda", {}, "fp16", "torch.float16"),
        ("cuda", {"variant": None, "dtype": "bfloat16"}, None, "torch.bfloat16"),
    ],
)
def test_files_and_precision_are_the_rows(device, spec, variant, precision, tmp_path, monkeypatch) -> None:
    class FakePipelineClass:
        scheduler = object()

        @classmethod
        def from_pretrained(cls, path, **settings):
            cls.settings = settings
            return cls()

        def set_progress_bar_config(self, **_):
            pass

    monkeypatch.setattr(pipelines.offload, "place_pipeline", lambda pipeline, row, device: pipeline)
    row = dataclasses.replace(
        models.row("text_to_image", "sd15"), spec=DiffusionSpec(steps=1, guidance=0, size=64, **spec)
    )
    pipelines.from_folder(FakePipelineClass, row, tmp_path, device)
    assert FakePipelineClass.settings["variant"] == variant and str(FakePipelineClass.settings["dtype"]) == precision
    assert FakePipelineClass.settings["use_safetensors"] and FakePipelineClass.settings["local_files_only"]
