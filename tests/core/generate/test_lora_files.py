"""Which LoRA files act on which full row, and how exactly, on the tiny repositories."""

from __future__ import annotations

import json
import struct

import accelerate
import numpy as np
import pytest
import torch

from core import generate, models
from core.errors import Cancelled, InputError
from core.generate import lora
from core.models.memory import offload as placement
from core.models.memory.offload import OffloadPlan
from tests.stand_ins import tiny_loras
from tests.stand_ins.tiny_loras import Lora

pytestmark = pytest.mark.usefixtures("load_tiny")  # whose rows are drawn with


def draw_cat(name, **changes):
    steps = 2 if name == "sd15" else 1
    return generate.text_to_image("a cat", **{"steps": steps, "size": 64, "model": name} | changes).images[0]


def redraw_cat(name, adapter=None):
    photo = np.full((64, 64, 3), (200, 30, 30), np.uint8)
    return generate.image_to_image(photo, "a cat", strength=0.5, steps=2, size=64, adapter=adapter, model=name).images[
        0
    ]


def build_lora(name, naming):
    pipeline = models.load("text_to_image", name)
    return (tiny_loras.transformer_lora if name == "flux2-klein" else tiny_loras.unet_lora)(naming, pipeline)


def layer_matrix(net, layer):
    """What a layer does, as a matrix (out, in)."""
    module = net.get_submodule(layer)
    bias = module.bias if module.bias is not None else 0
    each = torch.eye(module.weight.shape[1], dtype=module.weight.dtype)
    with torch.no_grad():
        if module.weight.ndim == 4:  # a convolution of 1 x 1
            return module(each[..., None, None])[..., 0, 0].sub(bias).T
        return module(each).sub(bias).float().T


def is_clean(pipeline):
    nets = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    left = [name for net in nets for name, _ in net.named_modules() if "lora" in name]
    return not left and not any(hasattr(net, "peft_config") for net in nets)


UNETS = ("peft", "bare", "down-up", "processor", "peft-text", "kohya", "kohya-text-alone")
ACCEPTED = [("sd15", naming) for naming in UNETS]
ACCEPTED += [("sdxl-turbo", naming) for naming in ("peft", "down-up", "peft-text", "kohya", "sgm")]
ACCEPTED += [("sd-turbo", "kohya")]
ACCEPTED += [("flux2-klein", naming) for naming in ("peft", "bare", "double", "double-down", "base-model", "kohya")]


@pytest.mark.parametrize(("name", "naming"), ACCEPTED)
def test_a_file_acts_as_its_strength_times_b_times_a(name, naming, tmp_path) -> None:
    found, pipeline = build_lora(name, naming), models.load("text_to_image", name)
    file, parts = found.save(tmp_path / "some.safetensors"), pipeline.components
    before = {where: layer_matrix(parts[where[0]], where[1]) for where in found.means}
    plain = draw_cat(name)
    with lora.use_lora(pipeline, file, 0.5):
        for (part, layer), change in found.means.items():
            torch.testing.assert_close(
                layer_matrix(parts[part], layer), before[part, layer] + 0.5 * change, atol=2e-5, rtol=2e-5
            )
    assert (draw_cat(name, adapter=file) != plain).mean() > 0.1
    assert np.array_equal(draw_cat(name, adapter=file, weight=0), plain)
    assert np.array_equal(draw_cat(name), plain), "it is gone again"
    assert is_clean(pipeline)


def test_a_files_own_strength_is_also_read_where_diffusers_writes_it(tmp_path) -> None:
    """In the file's head: one alpha, another for some layers, and divided by the rank's root where that is said."""
    found, unet = build_lora("sd15", "peft"), models.load("text_to_image", "sd15").unet
    told = {"unet.r": 2, "unet.lora_alpha": 8, "unet.alpha_pattern": {"attn2.to_k": 1}}
    for root in (False, True):
        about = {"lora_adapter_metadata": json.dumps(told | {"unet.use_rslora": root})}
        file = found.save(tmp_path / f"{root}.safetensors", about)
        before = {layer: layer_matrix(unet, layer) for _, layer in found.means}
        with lora.use_lora(models.load("text_to_image", "sd15"), file, 1):
            for (_, layer), change in found.means.items():
                strength = (1 if layer.endswith("attn2.to_k") else 8) / 2 ** (0.5 if root else 1)
                torch.testing.assert_close(
                    layer_matrix(unet, layer), before[layer] + strength * change, atol=1e-4, rtol=1e-4
                )


def test_layers_may_differ_in_rank(tmp_path) -> None:
    found, unet = build_lora("sd15", "peft"), models.load("text_to_image", "sd15").unet
    wider = {}
    for name, tensor in found.tensors.items():
        twice = "attn1.to_q" in name  # rank 4 that means twice as much
        wider[name] = torch.cat([tensor] * 2, 0 if "lora_A" in name else 1) if twice else tensor
    file = Lora(wider, {}).save(tmp_path / "some.safetensors")
    before = {layer: layer_matrix(unet, layer) for _, layer in found.means}
    with lora.use_lora(models.load("text_to_image", "sd15"), file, 1):
        for (_, layer), change in found.means.items():
            wanted = before[layer] + (2 if layer.endswith("attn1.to_q") else 1) * change
            torch.testing.assert_close(layer_matrix(unet, layer), wanted, atol=2e-5, rtol=2e-5)


def edit_lora(name, naming, edit):
    """The file with one of its tensors edited: `edit` takes a name and a tensor, and gives those to have instead."""
    tensors = dict(build_lora(name, naming).tensors)
    first = next(name for name in tensors if not name.endswith(".alpha"))
    return Lora({**edit(first, tensors.pop(first)), **tensors}, {})


def double_columns(name, tensor):
    return {name: torch.cat([tensor, tensor], 1)}


def cut_to_rank_0(name, tensor):
    return {name: tensor[:0]}


def rename_to_loha(name, tensor):
    return {name.replace("lora_down", "hada_w1_a"): tensor}


def add_dora_scale(name, tensor):
    return {name: tensor, name.partition(".")[0] + ".dora_scale": tensor}


def add_unknown_layer(name, tensor):
    other = "lora_unet_some_layer.lora_{}.weight"
    return {name: tensor, other.format("down"): tensor, other.format("up"): tensor.T}


def set_alphas_to_nan(found):
    nan = {name: torch.tensor(torch.nan) for name in found.tensors if name.endswith(".alpha")}
    return Lora({**found.tensors, **nan}, {})


REFUSED = {
    "SD 1.5's on SDXL": ("sdxl-turbo", lambda: build_lora("sd15", "peft"), "lora_shape"),
    "SD 1.5's of kohya on SDXL": ("sdxl-turbo", lambda: build_lora("sd15", "kohya"), "lora_shape"),
    "SDXL's on SD 1.5": ("sd15", lambda: build_lora("sdxl-turbo", "peft"), "lora_shape"),
    "SDXL's text encoders on SD 1.5": ("sd15", lambda: build_lora("sdxl-turbo", "kohya-text-alone"), "lora_foreign"),
    "SDXL's block numbers on SD 1.5": ("sd15", lambda: build_lora("sdxl-turbo", "sgm"), "lora_shape"),
    "klein's on SD 1.5": ("sd15", lambda: build_lora("flux2-klein", "peft"), "lora_foreign"),
    "klein's of kohya on SDXL": ("sdxl-turbo", lambda: build_lora("flux2-klein", "kohya"), "lora_family"),
    "klein's double blocks on SD 1.5": ("sd15", lambda: build_lora("flux2-klein", "double"), "lora_foreign"),
    "SD 1.5's on klein": ("flux2-klein", lambda: build_lora("sd15", "peft"), "lora_foreign"),
    "SD 1.5's of kohya on klein": ("flux2-klein", lambda: build_lora("sd15", "kohya"), "lora_foreign"),
    "a wrong shape": ("sd15", lambda: edit_lora("sd15", "kohya", double_columns), "lora_shape"),
    "a wrong shape in a transformer": (
        "flux2-klein",
        lambda: edit_lora("flux2-klein", "peft", double_columns),
        "lora_shape",
    ),
    "half of a pair": ("sd15", lambda: edit_lora("sd15", "peft", lambda n, t: {}), "lora_rank"),
    "half of kohya's pair": ("sd15", lambda: edit_lora("sd15", "kohya", lambda n, t: {}), "lora_rank"),
    "half of klein's of kohya": (
        "flux2-klein",
        lambda: edit_lora("flux2-klein", "kohya", lambda n, t: {}),
        "lora_rank",
    ),
    "half of klein's pair": ("flux2-klein", lambda: edit_lora("flux2-klein", "double", lambda n, t: {}), "lora_rank"),
    "rank 0": ("sd15", lambda: edit_lora("sd15", "peft", cut_to_rank_0), "lora_rank"),
    "rank 0 of kohya": ("sd15", lambda: edit_lora("sd15", "kohya", cut_to_rank_0), "lora_rank"),
    "NaN": ("sd15", lambda: edit_lora("sd15", "kohya", lambda n, t: {n: t * torch.nan}), "lora_number"),
    "infinity": ("flux2-klein", lambda: edit_lora("flux2-klein", "kohya", lambda n, t: {n: t / 0}), "lora_number"),
    "whole numbers": ("sd15", lambda: edit_lora("sd15", "peft", lambda n, t: {n: t.to(torch.int8)}), "lora_number"),
    "NaN as alpha": ("sd15", lambda: set_alphas_to_nan(build_lora("sd15", "kohya")), "lora_number"),
    "LoHa": ("sd15", lambda: edit_lora("sd15", "kohya", rename_to_loha), "lora_more"),
    "DoRA": ("sdxl-turbo", lambda: edit_lora("sdxl-turbo", "kohya", add_dora_scale), "lora_more"),
    "a layer more": ("flux2-klein", lambda: edit_lora("flux2-klein", "kohya", add_unknown_layer), "lora_foreign"),
    "both block names": (
        "sdxl-turbo",
        lambda: tiny_loras.merge_loras(build_lora("sdxl-turbo", "sgm"), build_lora("sdxl-turbo", "kohya")),
        "lora_foreign",
    ),
    "a learnt word": ("sd15", lambda: Lora({"emb_params": torch.ones(2, 32)}, {}), "lora_is_word"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_and_leaves_no_trace(case, tmp_path) -> None:
    name, make, key = REFUSED[case]
    file, plain = make().save(tmp_path / "some.safetensors"), draw_cat(name)
    with pytest.raises(InputError) as caught:
        draw_cat(name, adapter=file)
    assert caught.value.key == f"text_to_image.{key}"
    assert all(20 < len(caught.value.message_in(language)) < 250 for language in ("en", "ko"))
    assert np.array_equal(draw_cat(name), plain) and is_clean(models.load("text_to_image", name))


@pytest.mark.parametrize(
    ("ending", "content", "key"),
    [
        ("safetensors", b"just some words\n" * 20, "lora_file"),
        ("safetensors", struct.pack("<Q", 2**40) + b"{}", "lora_file"),
        ("safetensors", struct.pack("<Q", 200) + b"{", "lora_file"),
        ("safetensors", b"", "lora_file"),
        ("bin", b"any", "lora_suffix"),
        ("PT", b"any", "lora_suffix"),
    ],
)
def test_what_is_no_such_file_is_refused(ending, content, key, tmp_path) -> None:
    file = tmp_path / f"some.{ending}"
    file.write_bytes(content)
    for name in ("sd15", "flux2-klein"):
        with pytest.raises(InputError) as caught:
            draw_cat(name, adapter=file)
        assert caught.value.key == f"text_to_image.{key}"


def test_the_pocket_models_file_is_none_of_a_full_one(tmp_path) -> None:
    pocket = models.load("text_to_image", "pocket-diffusion")
    mine = tiny_loras.unet_lora("peft", pocket).save(tmp_path / "some.safetensors")
    with pytest.raises(InputError, match=r"The LoRA must be made for this model.*choose the model it was trained for"):
        draw_cat("sd15", adapter=mine)
    knobs = {"model": "pocket-diffusion", "steps": 1, "size": 64}
    assert (draw_cat("", **knobs, adapter=mine) != draw_cat("", **knobs)).any()
    with pytest.raises(InputError, match="The LoRA must be made for this model"):
        draw_cat("", **knobs, adapter=build_lora("sd15", "kohya-text-alone").save(tmp_path / "other.safetensors"))


@pytest.mark.parametrize("error", [Cancelled, RuntimeError])
@pytest.mark.parametrize("name", ["sd15", "sdxl-turbo", "flux2-klein"])
def test_the_next_visitor_has_none_of_it_however_a_call_ended(name, error, tmp_path) -> None:
    file, plain = build_lora(name, "kohya").save(tmp_path / "some.safetensors"), draw_cat(name)

    def stop(step):
        raise error

    with pytest.raises(error):
        draw_cat(name, adapter=file, on_step=stop)
    assert np.array_equal(draw_cat(name), plain) and is_clean(models.load("text_to_image", name))


def test_what_fails_half_way_in_is_taken_out(tmp_path, monkeypatch) -> None:
    file, plain, put = (
        build_lora("sdxl-turbo", "kohya").save(tmp_path / "a.safetensors"),
        draw_cat("sdxl-turbo"),
        lora._inject_adapter,
    )

    def fails(net, tensors, weight):
        put(net, tensors, weight)
        if net is models.load("text_to_image", "sdxl-turbo").text_encoder_2:
            raise RuntimeError("full")

    monkeypatch.setattr(lora, "_inject_adapter", fails)
    with pytest.raises(RuntimeError, match="full"):
        draw_cat("sdxl-turbo", adapter=file)
    assert np.array_equal(draw_cat("sdxl-turbo"), plain) and is_clean(models.load("text_to_image", "sdxl-turbo"))


OFFLOADED = [("sdxl-turbo", "model"), ("sdxl-turbo", "sequential"), ("sd15", "sequential"), ("flux2-klein", "model")]


@pytest.mark.parametrize(("name", "offload"), OFFLOADED)
def test_an_offloaded_pipeline_takes_it_and_gives_it_back(name, offload, tmp_path, monkeypatch) -> None:
    file = build_lora(name, "kohya").save(tmp_path / "some.safetensors")
    everything = (
        lambda: draw_cat(name, adapter=file),
        lambda: draw_cat(name),
        lambda: redraw_cat(name, file),
        lambda: redraw_cat(name),
    )
    wanted = [call() for call in everything]
    layers = accelerate.cpu_offload
    # "cpu:0", which diffusers makes of it, is another device than "cpu" to accelerate
    monkeypatch.setattr(accelerate, "cpu_offload", lambda part, _, **how: layers(part, torch.device("cpu"), **how))
    monkeypatch.setattr(placement, "choose_plan", lambda *_, **__: OffloadPlan(offload))
    models.release()

    def stop(step):
        raise Cancelled

    try:
        with pytest.raises(Cancelled):
            draw_cat(name, adapter=file, on_step=stop)
        for call, meant in zip(everything, wanted, strict=True):
            assert np.abs(call().astype(int) - meant).max() <= 1
        assert (wanted[2] != wanted[3]).mean() > 0.1, "it acts on a picture to begin with, too"
        assert placement.offload_plan(models.load("text_to_image", name)).offload == offload
    finally:
        models.release()
