"""What files add to biases and norm layers."""

from __future__ import annotations

import pytest
import torch

from core.errors import InputError
from core.generate import lora
from tests.stand_ins import tiny_loras
from tests.stand_ins.tiny_loras import Lora

NORM, BIASED = "down_blocks.1.resnets.0.norm1", "mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0"


def flatten(layer, prefix="lora_unet_"):
    return prefix + layer.replace(".", "_")


NAMES = {
    "a norm's weight": (flatten(NORM) + ".w_norm", "unet", NORM + ".weight"),
    "a norm's bias": (flatten(NORM) + ".b_norm", "unet", NORM + ".bias"),
    "a bias": (flatten(BIASED) + ".diff_b", "unet", BIASED + ".bias"),
    "a norm's weight as a difference": (f"unet.{NORM}.diff", "unet", NORM + ".weight"),
    "under peft's class": (f"base_model.model.{NORM}.diff_b", "unet", NORM + ".bias"),
    "of a text encoder": (
        flatten("text_model.encoder.layers.0.layer_norm1", "lora_te_") + ".w_norm",
        "text_encoder",
        "encoder.layers.0.layer_norm1.weight",
    ),
}


@pytest.mark.parametrize("case", NAMES)
def test_a_vector_is_added_and_taken_back_bit_for_bit(case, load_tiny, tmp_path) -> None:
    name, part, parameter = NAMES[case]
    pipeline = load_tiny("sd15")
    net = getattr(pipeline, part)
    parameters = dict(net.named_parameters())
    key = next(n for n in parameters if n.endswith(parameter))
    before = parameters[key].detach().clone()
    change = torch.linspace(-1, 2, len(before))
    beside = tiny_loras.unet_lora("kohya", pipeline)
    file = Lora({**beside.tensors, name: change}, {}).save(tmp_path / "some.safetensors")
    for weight in (0.5, 1):
        with lora.use_lora(pipeline, file, weight):
            torch.testing.assert_close(_value(net, key), before + weight * change)
        assert torch.equal(dict(net.named_parameters())[key], before)


def _value(net, key):
    """A parameter's value, whose layer may lie inside another for the moment."""
    layer, _, last = key.rpartition(".")
    module = net.get_submodule(layer)
    return getattr(getattr(module, "base_layer", module), last).detach()


def test_vectors_alone(load_tiny, tmp_path) -> None:
    pipeline = load_tiny("sd15")
    before = pipeline.unet.get_parameter(NORM + ".weight").detach().clone()
    file = Lora({flatten(NORM) + ".w_norm": torch.ones(len(before))}, {}).save(tmp_path / "some.safetensors")
    with lora.use_lora(pipeline, file, 1):
        torch.testing.assert_close(pipeline.unet.get_parameter(NORM + ".weight").detach(), before + 1)
    assert torch.equal(pipeline.unet.get_parameter(NORM + ".weight"), before)


@pytest.mark.parametrize(
    ("name", "vector", "model", "key"),
    [
        (flatten(NORM) + ".w_norm", torch.ones(5), "sd15", "lora_shape"),
        (flatten("no.such.norm") + ".w_norm", torch.ones(32), "sd15", "lora_beside"),
        (flatten(BIASED.replace("to_out.0", "to_q")) + ".diff_b", torch.ones(64), "sd15", "lora_beside"),
        (flatten("input_blocks.1.0.in_layers.0") + ".w_norm", torch.ones(32), "sdxl-turbo", "lora_beside"),
        ("lora_unet_double_blocks_0_img_norm.w_norm", torch.ones(32), "flux2-klein", "lora_beside"),
        (flatten(NORM) + ".w_norm", torch.full((32,), torch.nan), "sd15", "lora_number"),
    ],
)  # fmt: skip
def test_what_has_no_place_is_refused_and_leaves_no_trace(name, vector, model, key, load_tiny, tmp_path) -> None:
    pipeline = load_tiny(model)
    net = pipeline.unet if model != "flux2-klein" else pipeline.transformer
    before = {n: p.detach().clone() for n, p in net.named_parameters()}
    good = {flatten(NORM) + ".b_norm": torch.ones(32)} if model == "sd15" else {}
    file = Lora({**good, name: vector}, {}).save(tmp_path / "some.safetensors")
    with pytest.raises(InputError) as caught, lora.use_lora(pipeline, file, 1):
        pass
    assert caught.value.key == f"text_to_image.{key}"
    assert all(torch.equal(p, before[n]) for n, p in net.named_parameters())


def test_they_are_taken_back_however_a_call_ended(load_tiny, tmp_path) -> None:
    pipeline = load_tiny("sd15")
    before = pipeline.unet.get_parameter(NORM + ".bias").detach().clone()
    file = Lora({flatten(NORM) + ".b_norm": torch.ones(len(before))}, {}).save(tmp_path / "some.safetensors")
    with pytest.raises(RuntimeError, match="full"), lora.use_lora(pipeline, file, 1):
        raise RuntimeError("full")
    assert torch.equal(pipeline.unet.get_parameter(NORM + ".bias"), before)
