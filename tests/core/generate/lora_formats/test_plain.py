"""The forms of LoRA files act on the right layers, as strongly as they say, and leave no trace."""

from __future__ import annotations

import json

import pytest
import torch

from core import generate
from core.errors import InputError
from core.generate import lora, lora_files
from core.generate.lora_formats import plain
from tests.core.generate.test_lora_files import is_clean, layer_matrix
from tests.stand_ins import tiny_loras
from tests.stand_ins.tiny_loras import Lora

DICE = torch.Generator().manual_seed(3)
LAYER = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
CONV = "down_blocks.0.resnets.0.conv1"


def name_adapter(name, adapter):
    return name.replace(".weight", f".{adapter}.weight")


def rename(found, edit):
    return Lora({edit(name): tensor for name, tensor in found.tensors.items()}, found.means)


PEFT_NAMES = {
    "its class before the layers": lambda name: "base_model.model." + name.partition(".")[2],
    "its class behind the part": lambda name: name.replace("unet.", "unet.base_model.model.", 1),
    "its class before the part": lambda name: "base_model.model." + name,
    "its class twice": lambda name: "base_model.model.base_model.model." + name.partition(".")[2],
    "the usual adapter": lambda name: name_adapter(name, "default"),
    "an adapter of another name": lambda name: name_adapter("base_model.model." + name, "my_cat-v2"),
}


def assert_acts(pipeline, found, file, weight=0.5):
    parts = pipeline.components
    before = {where: layer_matrix(parts[where[0]], where[1]) for where in found.means}
    with lora.use_lora(pipeline, file, weight) as acting:
        for (part, layer), change in found.means.items():
            meant = before[part, layer] + weight * change
            torch.testing.assert_close(layer_matrix(parts[part], layer), meant, atol=3e-5, rtol=3e-5)
    for where, matrix in before.items():
        assert torch.equal(layer_matrix(parts[where[0]], where[1]), matrix)
    assert is_clean(pipeline)
    return acting


@pytest.mark.parametrize("naming", PEFT_NAMES)
def test_pefts_own_names(naming, load_tiny, tmp_path) -> None:
    pipeline = load_tiny("sd15")
    found = rename(tiny_loras.unet_lora("peft", pipeline), PEFT_NAMES[naming])
    acting = assert_acts(pipeline, found, found.save(tmp_path / "some.safetensors"))
    assert acting.notes.unscaled == ("class" in naming or "another" in naming)


def test_pefts_own_file_of_a_text_encoder(load_tiny, tmp_path) -> None:
    pipeline = load_tiny("sd15")
    pairs = tiny_loras.random_pairs(pipeline.text_encoder, tiny_loras.TEXT)
    found = tiny_loras.name_tensors(
        "text_encoder",
        pairs,
        lambda layer: tiny_loras.peft_names("base_model.model.text_model.", layer.removeprefix("text_model.")),
        None,
    )
    assert_acts(pipeline, found, found.save(tmp_path / "some.safetensors"))


@pytest.mark.parametrize("naming", ["peft", "double", "double-down"])
def test_pefts_names_on_a_transformer(naming, load_tiny, tmp_path) -> None:
    pipeline, found = load_tiny("flux2-klein"), tiny_loras.transformer_lora(naming, load_tiny("flux2-klein"))

    def edit(name):
        name = name.removeprefix("transformer.").removeprefix("diffusion_model.")
        return name_adapter(f"base_model.model.{name}", "default")

    found = rename(found, edit)
    parts, before = pipeline.components, {}
    for part, layer in found.means:
        before[layer] = layer_matrix(parts[part], layer)
    with lora.use_lora(pipeline, found.save(tmp_path / "some.safetensors"), 1):
        for (part, layer), change in found.means.items():
            torch.testing.assert_close(layer_matrix(parts[part], layer), before[layer] + change, atol=2e-2, rtol=2e-2)


def test_a_strength_that_peft_wrote_into_the_head_counts(load_tiny, tmp_path) -> None:
    found = rename(tiny_loras.unet_lora("peft", load_tiny("sd15")), PEFT_NAMES["its class before the layers"])
    about = {"lora_adapter_metadata": json.dumps({"r": 2, "lora_alpha": 6, "alpha_pattern": {"attn2.to_k": 1}})}
    means = {
        (part, layer): (1 if layer.endswith("attn2.to_k") else 6) / 2 * m for (part, layer), m in found.means.items()
    }
    acting = assert_acts(load_tiny("sd15"), Lora({}, means), found.save(tmp_path / "some.safetensors", about))
    assert not acting.notes.unscaled


def test_several_adapters_in_one_file(load_tiny, tmp_path) -> None:
    found = tiny_loras.unet_lora("peft", load_tiny("sd15")).tensors
    both = {name_adapter(name, adapter): t for name, t in found.items() for adapter in ("cat", "dog")}
    with (
        pytest.raises(InputError, match=r"several \('cat, dog'\)"),
        lora.use_lora(load_tiny("sd15"), Lora(both, {}).save(tmp_path / "a.safetensors"), 1),
    ):
        pass


@pytest.mark.parametrize("naming", ["kohya", "diffusers", "peft"])
@pytest.mark.parametrize("layer", [LAYER, "mid_block.attentions.0.proj_in"])
def test_a_whole_difference_is_added(naming, layer, load_tiny, tmp_path) -> None:
    pipeline = load_tiny("sd15")
    shape = pipeline.unet.get_submodule(layer).weight.shape
    change = torch.randn(shape, generator=DICE)
    name = {"kohya": "lora_unet_" + layer.replace(".", "_"), "peft": f"base_model.model.{layer}"}
    tensors = {name.get(naming, f"unet.{layer}") + ".diff": change.half()}
    tensors |= {n.removesuffix(".diff") + ".alpha": torch.tensor(7.0) for n in list(tensors) if naming == "kohya"}
    found = Lora(tensors, {("unet", layer): change.half().float().flatten(1)})
    assert_acts(pipeline, found, found.save(tmp_path / "some.safetensors"))


def test_a_whole_difference_of_flux_layers_that_are_one_there(load_tiny, tmp_path) -> None:
    pipeline = load_tiny("flux2-klein")
    net, width = pipeline.transformer, pipeline.transformer.transformer_blocks[0].attn.to_q.weight.shape[1]
    change = torch.randn(3 * width, width, generator=DICE)
    file = Lora({"diffusion_model.double_blocks.0.img_attn.qkv.diff": change}, {}).save(tmp_path / "some.safetensors")
    layers = [f"transformer_blocks.0.attn.to_{letter}" for letter in "qkv"]
    before = [layer_matrix(net, layer) for layer in layers]
    with lora.use_lora(pipeline, file, 1):
        for layer, was, rows in zip(layers, before, change.chunk(3), strict=True):
            torch.testing.assert_close(layer_matrix(net, layer), was + rows, atol=2e-2, rtol=2e-2)


def run_conv(net, layer):
    module = net.get_submodule(layer)
    weight = getattr(module, "base_layer", module).weight
    picture = torch.randn(1, weight.shape[1], 5, 5, generator=torch.Generator().manual_seed(0)).to(weight)
    with torch.no_grad():
        return module(picture)


@pytest.mark.parametrize("way", ["difference", "middle"])
def test_a_convolution(way, load_tiny, tmp_path) -> None:
    """Its whole difference, or three small ones after each other (LoCon with a middle)."""
    net, flat = load_tiny("sd15").unet, "lora_unet_" + CONV.replace(".", "_")
    out, width, *window = net.get_submodule(CONV).weight.shape
    down, middle, up = (torch.randn(*s, generator=DICE) for s in ((2, width, 1, 1), (2, 2, *window), (out, 2, 1, 1)))
    change = torch.einsum("or,rshw,si->oihw", up[..., 0, 0], middle, down[..., 0, 0])
    three = {"lora_down.weight": down, "lora_mid.weight": middle, "lora_up.weight": up, "alpha": torch.tensor(2.0)}
    tensors = {f"{flat}.{n}": t for n, t in (three if way == "middle" else {"diff": change}).items()}
    before = run_conv(net, CONV)
    picture = torch.randn(1, width, 5, 5, generator=torch.Generator().manual_seed(0))
    with lora.use_lora(load_tiny("sd15"), Lora(tensors, {}).save(tmp_path / "a.safetensors"), 0.5):
        meant = before + 0.5 * torch.nn.functional.conv2d(picture, change, padding=1)
        torch.testing.assert_close(run_conv(net, CONV), meant, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("windows", ["none where there is one", "one where there is none"])
def test_windows_of_one_pixel_may_be_left_out(windows, load_tiny, tmp_path) -> None:
    name = "sd15" if windows.startswith("none") else "sdxl-turbo"
    layer = "mid_block.attentions.0.proj_in"
    pairs = {layer: tiny_loras.random_pairs(load_tiny(name).unet, (layer,))[layer]}
    found = tiny_loras.name_tensors("unet", pairs, lambda n: tiny_loras.peft_names("unet.", n), None)
    edited = {n: t.flatten(1) if name == "sd15" else t[..., None, None] for n, t in found.tensors.items()}
    assert_acts(load_tiny(name), found, Lora(edited, {}).save(tmp_path / "some.safetensors"))


def test_learnt_words_are_left_out_and_said(load_tiny, tmp_path) -> None:
    found = tiny_loras.unet_lora("kohya", load_tiny("sd15"))
    words = {f"bundle_emb.{word}.string_to_param": torch.randn(2, 32) for word in ("mycat", "mydog")}
    file = Lora({**found.tensors, **words}, {}).save(tmp_path / "some.safetensors")
    assert assert_acts(load_tiny("sd15"), found, file).notes.words == ("mycat", "mydog")
    drawn = generate.text_to_image("a cat", steps=1, size=64, model="sd15", adapter=file)
    assert drawn.lora_notes == plain.LoraNotes(words=("mycat", "mydog"))
    drawn = generate.text_to_image("a cat", steps=1, size=64, model="sd15")
    assert drawn.lora_notes == plain.LoraNotes()
    alone = Lora(words, {}).save(tmp_path / "words.safetensors")
    with pytest.raises(InputError, match="holds only learnt words"), lora.use_lora(load_tiny("sd15"), alone, 1):
        pass


def test_a_head_of_too_many_brackets_says_nothing(load_tiny, tmp_path) -> None:
    found = tiny_loras.unet_lora("peft", load_tiny("sd15"))
    for deep in ("[" * 100_000, "[1]", '{"unet.alpha_pattern": [1]}'):
        file = found.save(tmp_path / "some.safetensors", {"lora_adapter_metadata": deep})
        assert len(lora_files.read_lora_file(file).matrices) == len(found.tensors)


@pytest.mark.parametrize("value", ["much", True, [1, 2], None, 1e9])
def test_a_strength_that_is_no_number(value, load_tiny, tmp_path) -> None:
    found = tiny_loras.unet_lora("peft", load_tiny("sd15"))
    about = {"lora_adapter_metadata": json.dumps({"unet.r": 2, "unet.lora_alpha": value})}
    file = found.save(tmp_path / "some.safetensors", about)
    if value is None:
        assert lora_files.read_lora_file(file).matrices
        return
    with pytest.raises(InputError, match="A LoRA must hold finite numbers"):
        lora_files.read_lora_file(file)
