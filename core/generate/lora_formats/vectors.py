"""What LyCORIS files add to vectors of a model: biases, and the weights of norm layers, which have no low rank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core import checks
from core.errors import InputError

if TYPE_CHECKING:
    import torch

# how kohya's names begin, and which part of a pipeline they mean
KOHYA_PARTS = (
    ("lora_unet_", "unet"),
    ("lora_te_", "text_encoder"),
    ("lora_te1_", "text_encoder"),
    ("lora_te2_", "text_encoder_2"),
)


def match_vectors(pipeline: Any, vectors: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    """What is added, by part of the pipeline and name of the parameter.

    Args:
        pipeline: of diffusers.
        vectors: (n,), by "<layer>.weight" or "<layer>.bias" with kohya's names of layers or diffusers'.

    Raises:
        InputError: one has no parameter in this pipeline, or not its length.
    """
    found: dict[str, dict[str, torch.Tensor]] = {}
    known: dict[str, dict[str, str]] = {}
    for name, vector in vectors.items():
        part, flat = _split_part(pipeline, name)
        if part not in known:
            known[part] = _index_vectors(getattr(pipeline, part, None))
        parameter = known[part].get(flat, known[part].get(flat.removeprefix("text_model_")))
        if parameter is None:
            raise InputError("text_to_image.lora_beside", got=checks.short_repr(name))
        want = len(getattr(pipeline, part).get_parameter(parameter))
        if vector.numel() != want:
            raise InputError("text_to_image.lora_shape", layer=checks.short_repr(name), got=vector.numel(), want=want)
        found.setdefault(part, {})[parameter] = vector.flatten()
    return found


def add_vectors(net: Any, vectors: Mapping[str, torch.Tensor], weight: float) -> dict[str, torch.Tensor]:
    """Adds `weight` times the vectors to the parameters of those names; returns what was there, for `put_back`."""
    parameters = {name: net.get_parameter(name).data for name in vectors}
    kept = {name: parameter.clone() for name, parameter in parameters.items()}
    for name, parameter in parameters.items():
        parameter.add_((weight * vectors[name]).to(parameter))
    return kept


def put_back(net: Any, kept: Mapping[str, torch.Tensor]) -> None:
    """The parameters are again what `add_vectors` found, bit for bit."""
    for name, old in kept.items():
        net.get_parameter(name).data.copy_(old)


def _index_vectors(net: Any) -> dict[str, str]:
    """The names of a network's vectors, by the same with "_" for "."."""
    named = () if net is None else net.named_parameters()
    return {name.replace(".", "_"): name for name, parameter in named if parameter.ndim == 1}


def _split_part(pipeline: Any, name: str) -> tuple[str, str]:
    """Which part of a pipeline a vector belongs to, and its name there with "_" for "."."""
    for prefix, part in KOHYA_PARTS:
        if name.startswith(prefix):
            return part, name.removeprefix(prefix).replace(".", "_")
    part, _, inner = name.partition(".")
    if part in pipeline._lora_loadable_modules:
        return part, inner.replace(".", "_")
    return "unet" if hasattr(pipeline, "unet") else "transformer", name.replace(".", "_")
