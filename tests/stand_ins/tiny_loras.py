"""Random LoRAs of rank 2 for a tiny pipeline, in the names of the programs that write such files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

RANK, ALPHA = 2, 4.0
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
INSIDE = (*ATTENTION, "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
Pair = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Lora:
    """Tensors as a file has them, and what the file means.

    Attributes:
        tensors: by name.
        means: what is added to a weight at strength 1, by part and layer of the pipeline.
    """

    tensors: Mapping[str, torch.Tensor]
    means: Mapping[tuple[str, str], torch.Tensor]

    def save(self, path: Path, about: dict[str, str] | None = None) -> Path:
        save_file({name: tensor.contiguous().clone() for name, tensor in self.tensors.items()}, path, metadata=about)
        return path


def random_pairs(net: Any, endings: tuple[str, ...]) -> dict[str, Pair]:
    """A (rank, in) and B (out, rank) for the layers of those names."""
    dice = torch.Generator().manual_seed(0)
    found = {}
    for name, layer in net.named_modules():
        if name.endswith(endings):
            out, width, *window = layer.weight.shape
            a, b = torch.randn(RANK, width, generator=dice) * 0.3, torch.randn(out, RANK, generator=dice)
            found[name] = (a.reshape(*a.shape, *window), b.reshape(*b.shape, *window))
    return found


def name_tensors(
    part: str, found: Mapping[str, Pair], name: Callable[[str], tuple[str, str]], alpha: Callable[[str], str] | None
) -> Lora:
    """The pairs under the names of A and of B, with an alpha of every layer where that has a name."""
    tensors, means = {}, {}
    for index, (layer, (a, b)) in enumerate(found.items()):
        tensors |= dict(zip(name(layer), (a, b), strict=True))
        strength = 1.0
        if alpha is not None:
            tensors[alpha(layer)] = torch.tensor(ALPHA / (1 + index % 3))  # not of all layers the same
            strength = ALPHA / (1 + index % 3) / RANK
        means[part, layer] = strength * b.flatten(1) @ a.flatten(1)
    return Lora(tensors, means)


def merge_loras(*loras: Lora) -> Lora:
    return Lora(
        {name: tensor for lora in loras for name, tensor in lora.tensors.items()},
        {layer: change for lora in loras for layer, change in lora.means.items()},
    )


def peft_names(part: str, layer: str) -> tuple[str, str]:
    return f"{part}{layer}.lora_A.weight", f"{part}{layer}.lora_B.weight"


def down_up_names(part: str, layer: str, dot: str = ".") -> tuple[str, str]:
    return f"{part}{layer}.lora{dot}down.weight", f"{part}{layer}.lora{dot}up.weight"


def processor_names(layer: str) -> tuple[str, str]:
    """As the first LoRAs of diffusers were named."""
    block, _, last = layer.removesuffix(".0").rpartition(".")
    return (f"unet.{block}.processor.{last}_lora.down.weight", f"unet.{block}.processor.{last}_lora.up.weight")


def kohya_lora(part: str, found: Mapping[str, Pair], prefix: str, rename: Callable[[str], str] = str) -> Lora:
    def flatten_name(layer: str) -> str:
        return prefix + rename(layer).replace(".", "_")

    return name_tensors(
        part,
        found,
        lambda layer: down_up_names("", flatten_name(layer), "_"),
        lambda layer: flatten_name(layer) + ".alpha",
    )


def sgm_name(layer: str) -> str:
    """A layer of the tiny SDXL's U-Net as its makers count the blocks."""
    head, _, rest = layer.partition(".attentions.")
    number, _, rest = rest.partition(".")
    first = {"down_blocks.1": "input_blocks.3.1.", "mid_block": "middle_block.1.", "up_blocks.0": "output_blocks."}[
        head
    ]
    return first + (f"{number}.1." if head == "up_blocks.0" else "") + rest


def unet_lora(naming: str, pipeline: Any) -> Lora:
    """A LoRA for a pipeline with a U-Net; "kohya" also changes its text encoders."""
    found = random_pairs(pipeline.unet, ATTENTION)
    plain: dict[str, Callable[[str], tuple[str, str]]] = {
        "peft": lambda layer: peft_names("unet.", layer),
        "bare": lambda layer: peft_names("", layer),
        "down-up": lambda layer: down_up_names("unet.", layer),
        "processor": processor_names,
    }
    if naming in plain:
        return name_tensors("unet", found, plain[naming], None)
    if naming == "peft-text":
        texts = [
            name_tensors(
                part,
                random_pairs(getattr(pipeline, part), TEXT),
                lambda layer, part=part: peft_names(f"{part}.", layer),
                None,
            )
            for part in list_text_encoders(pipeline)
        ]
        return merge_loras(name_tensors("unet", found, plain["peft"], None), *texts)
    if naming == "sgm":
        return kohya_lora("unet", random_pairs(pipeline.unet, INSIDE), "lora_unet_", sgm_name)
    assert naming in ("kohya", "kohya-text-alone"), naming
    marks = ("te",) if len(list_text_encoders(pipeline)) == 1 else ("te1", "te2")
    texts = [
        kohya_lora(
            part,
            random_pairs(getattr(pipeline, part), TEXT),
            f"lora_{mark}_",
            lambda layer: "text_model." + layer.removeprefix("text_model."),
        )
        for part, mark in zip(list_text_encoders(pipeline), marks, strict=True)
    ]
    return merge_loras(
        *texts, *([kohya_lora("unet", random_pairs(pipeline.unet, INSIDE), "lora_unet_")] if naming == "kohya" else [])
    )


def list_text_encoders(pipeline: Any) -> list[str]:
    return [part for part in ("text_encoder", "text_encoder_2") if hasattr(pipeline, part)]


def transformer_lora(naming: str, pipeline: Any) -> Lora:
    """A LoRA for FLUX.2: the picture's side of its double block and what its single block ends with."""
    net = pipeline.transformer
    if naming in ("peft", "bare"):
        prefix = "transformer." if naming == "peft" else ""
        found = random_pairs(net, (*ATTENTION, "add_q_proj", "to_qkv_mlp_proj"))
        return name_tensors("transformer", found, lambda layer: peft_names(prefix, layer), None)
    width = net.transformer_blocks[0].attn.to_q.weight.shape[1]
    dice = torch.Generator().manual_seed(1)
    a, b = torch.randn(RANK, width, generator=dice) * 0.3, torch.randn(3 * width, RANK, generator=dice)
    last = random_pairs(net, ("single_transformer_blocks.0.attn.to_out",))
    ((_, (c, d)),) = last.items()
    names = {
        "double": lambda layer: peft_names("diffusion_model.", layer),
        "double-down": lambda layer: down_up_names("diffusion_model.", layer, "_"),
        "base-model": lambda layer: peft_names("base_model.model.", layer),
        "kohya": lambda layer: down_up_names("lora_unet_", layer.replace(".", "_"), "_"),
    }[naming]
    tensors = dict(zip(names("double_blocks.0.img_attn.qkv"), (a, b), strict=True))
    tensors |= dict(zip(names("single_blocks.0.linear2"), (c, d), strict=True))
    strength = 1.0
    if naming in ("kohya", "double-down"):
        strength = ALPHA / RANK
        tensors |= {n.partition(".lora_")[0] + ".alpha": torch.tensor(ALPHA) for n in tensors if ".lora_down" in n}
    means = {("transformer", layer): strength * d @ c for layer in last}
    for to, rows in zip(("to_q", "to_k", "to_v"), b.chunk(3), strict=True):
        means["transformer", f"transformer_blocks.0.attn.{to}"] = strength * rows @ a
    return Lora(tensors, means)
