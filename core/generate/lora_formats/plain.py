"""The tensors of a LoRA file in one form, whichever program wrote it: two matrices a layer, and additions to vectors.

Layers keep their names, but for what peft puts before and behind them. What acts as B A is turned into it, and each A
has the file's own strength in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core import checks
from core.errors import InputError
from core.generate.lora_formats import kinds

if TYPE_CHECKING:
    import torch

Tensors = Mapping[str, "torch.Tensor"]
KOHYA_PREFIX = "lora_"  # how its names begin; layers are written with "_" for "."
DOWN_ENDINGS = (".lora_down.weight", ".lora_A.weight", ".lora.down.weight")  # how the names of A end
# what peft writes before the names of a network's layers
PEFT_PREFIX = re.compile(r"^((?:unet|transformer|text_encoder(?:_\d)?)\.)?(?:base_model\.model\.)+")
PEFT_NAME = re.compile(r"(\.lora_(?:A|B|down|up))\.([^.]+)\.weight$")  # an adapter's name before the ending
# a word that was learnt beside the layers, in the files of bundles
WORD_NAME = re.compile(r"^bundle_emb\.([^.]+)\.")
# what is added to a layer's vectors, and to which
VECTOR_ENDINGS = {".diff_b": "bias", ".w_norm": "weight", ".b_norm": "bias"}


@dataclass(frozen=True, kw_only=True)
class LoraNotes:
    """What whoever gave the file should know.

    Attributes:
        words: what the file has learnt words for that are left out.
        unscaled: the file is peft's own, whose strength stands in another file.
    """

    words: tuple[str, ...] = ()
    unscaled: bool = False


@dataclass(frozen=True, kw_only=True)
class PlainLora:
    """What a file does to a model.

    Attributes:
        matrices: A (rank, in) and B (out, rank) of the layers, with windows of convolutions behind.
        vectors: what is added to a layer's weight or bias, (n,), by "<layer>.weight" or "<layer>.bias".
        notes: what is left out or unknown.
        family: the models that it was made for, "" where nothing tells.
        full: the matrices were whole differences of weights.
    """

    matrices: Tensors
    vectors: Tensors = field(default_factory=dict)
    notes: LoraNotes = LoraNotes()
    family: str = ""
    full: bool = False


def to_plain_lora(tensors: Tensors, about: Mapping[str, str], told: Mapping[str, Any]) -> PlainLora:
    """The tensors of a file as matrices and vectors.

    Args:
        tensors: by the names in the file.
        about: the file's head.
        told: the settings of the adapter that are in there, as diffusers writes them.

    Raises:
        InputError: it is of another kind, holds several adapters, or has numbers that are none.
    """
    kinds.refuse_other_kinds([name for name in tensors if not WORD_NAME.match(name)])
    named = strip_peft_names(tensors)
    words = tuple(dict.fromkeys(match[1] for name in named if (match := WORD_NAME.match(name))))
    kept = {name: tensor for name, tensor in named.items() if not WORD_NAME.match(name)}
    refuse_wrong_numbers(kept)
    vectors, matrices = _split_vectors(kept)
    alphas = any(name.endswith(".alpha") for name in kept) or any("lora_alpha" in name for name in told)
    return PlainLora(
        matrices=_scale_by_alpha(_join_middles(_split_differences(matrices)), told),
        vectors=vectors,
        notes=LoraNotes(words=words, unscaled=not alphas and any(map(PEFT_PREFIX.match, tensors))),
        family=kinds.guess_family(kept, about),
        full=any(name.endswith(".diff") for name in matrices),
    )


def strip_peft_names(tensors: Tensors) -> dict[str, torch.Tensor]:
    """The tensors without what peft writes around the names of layers: its own classes, and the adapter's name.

    Raises:
        InputError: there are adapters of several names.
    """
    adapters = {match[2] for name in tensors if (match := PEFT_NAME.search(name))}
    if len(adapters) > 1:
        raise InputError("text_to_image.lora_several", got=checks.short_repr(", ".join(sorted(adapters))))
    shorter = {PEFT_PREFIX.sub(lambda match: match[1] or "", name): tensor for name, tensor in tensors.items()}
    return {PEFT_NAME.sub(r"\1.weight", name): tensor for name, tensor in shorter.items()}


def refuse_wrong_numbers(tensors: Tensors) -> None:
    """Whether all are finite numbers with a point.

    Raises:
        InputError: one is not.
    """
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() or not tensor.float().isfinite().all():
            raise InputError("text_to_image.lora_number", got=checks.short_repr(name))


def _split_vectors(tensors: Tensors) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """What is added to vectors, by "<layer>.weight" or "<layer>.bias", and the rest."""
    vectors, rest = {}, {}
    for name, tensor in tensors.items():
        layer, dot, ending = name.rpartition(".")
        flat = ending == "diff" and tensor.ndim == 1
        which = "weight" if flat else VECTOR_ENDINGS.get(dot + ending)
        if which is None:
            rest[name] = tensor
        else:
            vectors[f"{layer}.{which}"] = tensor.float()
    return vectors, rest


def _split_differences(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Whole differences of a weight (LyCORIS "full") as B A: A is the difference and B does nothing."""
    import torch

    found: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        layer = name.removesuffix(".diff")
        if layer == name or tensor.ndim < 2:
            found[name] = tensor
            continue
        down, up = ("lora_down", "lora_up") if name.startswith(KOHYA_PREFIX) else ("lora_A", "lora_B")
        found[f"{layer}.{down}.weight"] = tensor.float()
        found[f"{layer}.{up}.weight"] = torch.eye(len(tensor)).reshape(
            len(tensor), len(tensor), *[1] * (tensor.ndim - 2)
        )
    # a whole difference is as strong as it is
    whole = {name.removesuffix(".diff") for name in tensors if name.endswith(".diff")}
    return {name: tensor for name, tensor in found.items() if name.removesuffix(".alpha") not in whole}


def _join_middles(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Convolutions in three (LoCon, CP), of which the middle one has the layer's window: it becomes part of A.

    Raises:
        InputError: a middle is without its A, or does not fit it.
    """
    import torch

    found = dict(tensors)
    for name, middle in tensors.items():
        layer = name.removesuffix(".lora_mid.weight")
        if layer == name:
            continue
        down = tensors.get(f"{layer}.lora_down.weight")
        if (
            down is None
            or middle.ndim < 3
            or middle.shape[1] != len(down)
            or down.numel() != down.shape[0] * down.shape[1]
        ):
            raise InputError("text_to_image.lora_rank", layer=checks.short_repr(layer), a=0, b=len(middle))
        del found[name]
        joined = torch.einsum("rs...,si->ri...", middle.float(), down.float().flatten(1))
        found[f"{layer}.lora_down.weight"] = joined
    return found


def _scale_by_alpha(tensors: Tensors, told: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Each A times alpha / rank, without the alphas."""
    found = {name: tensor for name, tensor in tensors.items() if not name.endswith(".alpha")}
    for name, tensor in tensors.items():
        layer = next((name.removesuffix(end) for end in DOWN_ENDINGS if name.endswith(end)), None)
        if layer is None or tensor.ndim < 2 or not len(tensor):
            continue
        alpha, power = _find_alpha(layer, tensors, told)
        scale = 1.0 if alpha is None else alpha / len(tensor) ** power
        if scale != 1:
            found[name] = tensor.float() * scale  # in half precision, what is small would be lost
    return found


def _find_alpha(layer: str, tensors: Tensors, told: Mapping[str, Any]) -> tuple[float | None, float]:
    """A layer's alpha, and the power of the rank by which it is divided; None where nothing was said."""
    name = f"{layer}.alpha"
    if name in tensors:
        return _parse_number(name, tensors[name].tolist()), 1
    part, _, inner = layer.partition(".")
    # peft's own settings are those of one network, without its name
    prefix, inner = (f"{part}.", inner) if any(key.startswith(f"{part}.") for key in told) else ("", layer)
    power = 0.5 if told.get(f"{prefix}use_rslora") else 1  # rank-stabilised strength (Kalajdzievski 2023)
    patterns = told.get(f"{prefix}alpha_pattern")
    for ending, alpha in patterns.items() if isinstance(patterns, dict) else ():
        if f".{inner}".endswith("." + ending.removeprefix("^")):
            return _parse_number(name, alpha), power
    alpha = told.get(f"{prefix}lora_alpha")
    return None if alpha is None else _parse_number(name, alpha), power


def _parse_number(name: str, value: Any) -> float:
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e6:
        raise InputError("text_to_image.lora_number", got=checks.short_repr(name))
    return float(value)
