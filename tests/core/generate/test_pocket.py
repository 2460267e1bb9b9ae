"""The pocket Stable Diffusion as it is shipped: what diffusers makes of its folder, and whether it draws the prompt."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

from benchmarks import text_to_image as benchmark
from core import generate, images, models, samples
from core.generate import pocket
from core.models.files import sources

KINDS = ("", "Img2Img", "Inpaint", "ControlNet")


@pytest.fixture(scope="module")
def pocket_folder() -> Path:
    found = sources.locate_weights(models.row("text_to_image", "pocket-diffusion"))
    assert found is not None
    return found


def text_parts(folder: Path) -> dict[str, object]:
    """What is not in the folder: tokenizer and text encoder come from a Python package."""
    path = sources.locate_weights(models.row("zeroshot", "concept-space"))
    assert path is not None
    tokenizer, encoder = pocket.load_text_encoder(path, folder / pocket.PRIOR_FILE, "cpu")
    return {"tokenizer": tokenizer, "text_encoder": encoder}


@pytest.mark.parametrize("kind", KINDS)
def test_the_pipelines_of_diffusers_load_the_folder_and_draw(pocket_folder: Path, kind: str) -> None:
    import diffusers
    import torch

    parts = text_parts(pocket_folder)
    if kind == "ControlNet":
        parts["controlnet"] = diffusers.ControlNetModel.from_pretrained(
            pocket_folder / "controlnet", dtype=torch.float32
        )
    pipeline = getattr(diffusers, f"StableDiffusion{kind}Pipeline").from_pretrained(
        pocket_folder, dtype=torch.float32, local_files_only=True, **parts
    )
    pipeline.set_progress_bar_config(disable=True)
    face = Image.fromarray(images.crop_to_square(images.to_rgb(samples.sample_path("face")), 128))
    hole = Image.fromarray(np.pad(np.full((64, 64), 255, np.uint8), 32))
    given = {
        "": {"height": 128, "width": 128},
        "Img2Img": {"image": face, "strength": 0.5},
        "Inpaint": {"image": face, "mask_image": hole, "height": 128, "width": 128},
        "ControlNet": {"image": face},
    }[kind]
    drawn = pipeline("a cat", num_inference_steps=4, generator=torch.Generator().manual_seed(0), **given).images[0]
    assert drawn.size == (128, 128) and np.asarray(drawn).std() > 10
    if kind == "Inpaint":
        away = np.abs(np.asarray(drawn, np.int16) - np.asarray(face))
        assert away[:24].mean() < 8 < away[40:88, 40:88].mean(), "what is not in the hole stays"


def test_what_is_shipped_is_small_and_of_half_precision(pocket_folder: Path) -> None:
    files = list(pocket_folder.rglob("*.safetensors"))
    assert {file.parent.name for file in files} == {"unet", "vae", "prior", "controlnet"}
    assert sum(file.stat().st_size for file in files) < 80e6
    for file in files:
        with safe_open(file, "numpy") as kept:
            assert all(kept.get_slice(name).get_dtype() == "F16" for name in kept.keys())  # noqa: SIM118


@pytest.mark.slow
def test_it_draws_what_it_is_told() -> None:
    index = benchmark.Index()
    rows = benchmark.prompts()[:40:2]
    drawn = [generate.text_to_image(english, seed=i).images[0] for i, (english, _, _) in enumerate(rows)]
    hits = [bool(right & set(near)) for (*_, right), near in zip(rows, index.nearest(drawn), strict=True)]
    assert np.mean(hits) >= 0.5, "60% of all 200 are found; a third of these by luck would be a miracle"


def test_korean_draws_the_same_as_its_english() -> None:
    korean, english = (generate.text_to_image(prompt, steps=4) for prompt in ("빨간 사과", "red apple"))
    assert korean.encoded == english.encoded
    assert (korean.images[0] == english.images[0]).all()


@pytest.mark.parametrize("prompt", ["an apple", "a tomato"])
def test_the_edges_say_where_the_thing_ends(prompt):
    edges = np.zeros((128, 128, 3), np.uint8)
    cv2.rectangle(edges, (24, 44), (104, 100), (255, 255, 255), 1)
    wanted = np.zeros((128, 128), bool)
    wanted[44:101, 24:105] = True

    def overlap(picture: images.RGB) -> float:
        drawn = picture.min(2) < 200
        return float((drawn & wanted).sum() / (drawn | wanted).sum())

    along = generate.edges_to_image(edges, prompt, steps=10, model="pocket-controlnet").images[0]
    free = generate.text_to_image(prompt, steps=10, model="pocket-diffusion").images[0]
    assert overlap(along) > 0.75 > overlap(free) + 0.15
