from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core import generate, models
from core.errors import Cancelled, InputError
from core.generate import lora

SMALL = {"steps": 2, "size": 64, "model": "sd-turbo"}


@pytest.fixture(scope="module")
def red_picture():
    return np.full((40, 60, 3), (200, 30, 30), np.uint8)


@pytest.fixture(scope="module")
def my_cat_lora(tiny_sd_turbo, red_picture):
    return lora.train_lora([red_picture, red_picture], "my cat", steps=10, rank=2, size=64, model="sd-turbo")


def draw_my_cat(**changes):
    return generate.text_to_image("my cat", **SMALL, **changes).images[0]


def test_learning_leaves_the_model_as_it_was(tiny_sd_turbo, red_picture):
    before = draw_my_cat()
    seen = []
    found = lora.train_lora([red_picture], "my cat", steps=12, rank=4, size=64, model="sd-turbo", on_step=seen.append)
    assert [(p.index, p.total) for p in seen] == [(i, 12) for i in range(1, 13)]
    assert len(found.losses) == 10 and found.word == "my cat" and found.model == "sd-turbo"
    assert all(t.shape[0 if "lora_A" in n else 1] == 4 for n, t in found.tensors.items())
    assert np.array_equal(draw_my_cat(), before)
    unet = models.load("text_to_image", "sd-turbo").unet
    assert all(p.requires_grad for p in unet.parameters()) and not hasattr(unet, "peft_config")


def test_the_weight_decides_how_much_it_acts(my_cat_lora):
    plain = draw_my_cat()
    assert np.array_equal(draw_my_cat(adapter=my_cat_lora, weight=0), plain)
    half, whole, double = (draw_my_cat(adapter=my_cat_lora, weight=w).astype(int) for w in (0.5, 1, 2))
    apart = [np.abs(picture - plain).mean() for picture in (half, whole, double)]
    assert 0 < apart[0] < apart[1] < apart[2]
    assert np.array_equal(draw_my_cat(), plain), "it is gone afterwards"


def test_a_seed_teaches_the_same_and_steps_teach_more(tiny_sd_turbo, red_picture):
    first, again = (
        lora.train_lora([red_picture], "my cat", steps=10, seed=3, size=64, model="sd-turbo") for _ in range(2)
    )
    assert all(torch.equal(first.tensors[n], again.tensors[n]) for n in first.tensors)
    long = lora.train_lora([red_picture], "my cat", steps=60, size=64, model="sd-turbo")
    assert np.mean(long.losses[-3:]) < np.mean(long.losses[:3])


def test_the_file_draws_the_same(my_cat_lora, tmp_path):
    file = my_cat_lora.save(tmp_path / "mine.safetensors")
    assert np.array_equal(draw_my_cat(adapter=file), draw_my_cat(adapter=my_cat_lora))
    assert set(load_file(file)) == set(my_cat_lora.tensors)


def test_another_programs_file_keeps_its_alpha(my_cat_lora, tmp_path):
    """Kohya's names; alpha over rank is how strongly it acts."""
    strong, renamed = dataclasses.replace(my_cat_lora, tensors={n: 6 * t for n, t in my_cat_lora.tensors.items()}), {}
    for name, tensor in strong.tensors.items():
        layer, _, kind = name.removeprefix("unet.").rpartition(".lora_")
        flat = "lora_unet_" + layer.replace(".", "_")
        renamed[f"{flat}.lora_{'down' if kind.startswith('A') else 'up'}.weight"] = tensor
        renamed[f"{flat}.alpha"] = torch.tensor(1.0)  # half of the rank
    file = tmp_path / "kohya.safetensors"
    save_file(renamed, file)
    half, whole = (draw_my_cat(adapter=strong, weight=weight).astype(int) for weight in (0.5, 1))
    found = draw_my_cat(adapter=file)
    assert np.abs(found - half).max() <= 2
    assert np.abs(found - whole).max() > 10


def test_a_model_in_half_precision_learns_in_full(tiny_sd_turbo, red_picture):
    """As on a GPU; in half precision Adam would divide 0 by 0."""
    with models.borrow("text_to_image", "sd-turbo") as (_, pipeline):
        pipeline.to(torch.float16)
        try:
            found = lora.train_lora([red_picture], "my cat", steps=10, size=64, model="sd-turbo")
        finally:
            pipeline.to(torch.float32)
    assert all(tensor.isfinite().all() for tensor in found.tensors.values())
    assert any(tensor.abs().max() > 0 for name, tensor in found.tensors.items() if "lora_B" in name)


def test_what_on_step_raises_stops_the_lesson(tiny_sd_turbo, red_picture):
    def stop(progress):
        raise Cancelled

    before = draw_my_cat()
    with pytest.raises(Cancelled):
        lora.train_lora([red_picture], "my cat", steps=10, size=64, model="sd-turbo", on_step=stop)
    assert np.array_equal(draw_my_cat(), before)


def test_a_pickle_is_refused_with_the_reason_and_never_opened(tiny_sd_turbo, tmp_path):
    class Bomb:
        def __reduce__(self):
            return pytest.fail, ("the pickle was opened",)

    for name in ("lora.pt", "lora.ckpt", "lora.bin", "lora.pkl"):
        file = tmp_path / name
        file.write_bytes(pickle.dumps(Bomb()))
        with pytest.raises(InputError, match=r"A LoRA must be a \.safetensors file.*pickles"):
            draw_my_cat(adapter=file)
    disguised = tmp_path / "lora.safetensors"
    disguised.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InputError, match="is a pickle or zip file under that name"):
        draw_my_cat(adapter=disguised)


def test_foreign_files_get_a_sentence(my_cat_lora, tmp_path):
    def save_tensors(tensors):
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.safetensors"
        save_file({name: tensor.clone() for name, tensor in tensors.items()}, file)
        return file

    name, tensor = next((n, t) for n, t in my_cat_lora.tensors.items() if "lora_A" in n)
    other = name.replace("lora_A", "lora_B")
    cases = [
        ({name: tensor}, "their ranks are 2 and 0"),
        ({name: tensor, other: my_cat_lora.tensors[other][:, :1].contiguous()}, "their ranks are 2 and 1"),
        ({name: tensor[0].contiguous()}, "belongs to no layer here"),
        ({name: tensor[:, :3].contiguous()}, "channels instead of"),
        ({"unet.no_such.layer.lora_A.weight": tensor}, "belongs to no layer here"),
        ({"whatever": tensor}, "weights of a network itself"),
        ({}, "this file is empty"),
        ({"unet.conv_norm_out.lora_A.weight": tensor[0].contiguous()}, "belongs to no layer here"),
        ({"unet.conv_in.lora_A.weight": torch.zeros(2, 4, 7, 7)}, "belongs to no layer here"),
        ({name: tensor[:0].contiguous(), other: my_cat_lora.tensors[other][:, :0].contiguous()}, "ranks are 0 and 0"),
        (
            {name: tensor, "text_encoder.layer.lora_A.weight": tensor},
            "'text_encoder.layer.lora_A.weight' belongs to no",
        ),
        ({name: tensor, "lora_te_text_model.lora_down.weight": tensor}, "their ranks are 2 and 0"),
        ({name: tensor, "unet.layer.dora_scale": tensor}, "this is a DoRA file"),
    ]
    before = draw_my_cat()
    for tensors, sentence in cases:
        with pytest.raises(InputError, match=sentence):
            draw_my_cat(adapter=save_tensors(tensors))
        assert np.array_equal(draw_my_cat(), before), "nothing stays behind"
    with pytest.raises(InputError, match="readable"):
        draw_my_cat(adapter=tmp_path / "absent.safetensors")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"pictures": []}, "1 to 10 pictures are needed to learn from, but 0 came"),
        ({"pictures": [np.zeros((8, 8, 3), np.uint8)] * 11}, "but 11 came"),
        ({"word": " "}, "word must not be empty"),
        ({"word": 5}, "word must be text"),
        ({"word": "\u200b\ufeff"}, "word must not be empty"),
        ({"word": "그 猫"}, "'猫' is neither"),
        ({"word": "con mèo"}, "'mèo' is neither"),
        ({"word": "кот 🇽🇽"}, "'кот' is neither"),
        ({"steps": 5}, "steps must be a whole number from 10 to 1000, but 5 came"),
        ({"rank": 0}, "rank must be a whole number from 1 to 16"),
        ({"seed": -1}, "seed must be"),
        ({"size": 32}, "size must be a whole number from 64 to 1024, but 32 came"),
    ],
)
def test_wrong_lessons_get_a_sentence(tiny_sd_turbo, red_picture, wrong, sentence):
    # a short one: where nothing is refused, the test fails soon
    lesson = {"pictures": [red_picture], "word": "my cat", "steps": 10, "size": 64, "model": "sd-turbo"}
    with pytest.raises(InputError, match=sentence):
        lora.train_lora(**(lesson | wrong))
