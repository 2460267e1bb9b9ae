"""LoRA files as the world has them: read, with their own strength worked in, and matched with the layers of a model.

Names that are known: those of diffusers and peft ("unet.<layer>.lora_A.weight", "...lora.down.weight"), of kohya
("lora_unet_<layer>.lora_down.weight" beside ".alpha", "lora_te_...", for SDXL also with its makers' block numbers), and
for FLUX.2 its makers' ("diffusion_model.double_blocks...").
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import checks
from core.errors import InputError

if TYPE_CHECKING:
    import torch

Tensors = Mapping[str, "torch.Tensor"]
MAX_FILE_BYTES = 400 * 10**6  # bytes of a file
KOHYA_PREFIX = "lora_"  # how its names begin; layers are written with "_" for "."
DOWN_ENDINGS = (".lora_down.weight", ".lora_A.weight", ".lora.down.weight")  # how the names of A end
OTHER_KINDS = ("dora_scale", "lora_magnitude_vector", ".hada_", ".lokr_", ".lora_mid.", ".oft_")
METADATA_KEY = "lora_adapter_metadata"  # where diffusers keeps how strongly a file acts


def read_lora_file(file: Path) -> dict[str, torch.Tensor]:
    """The tensors of a `.safetensors` file, A scaled so that the file acts as B A and nothing else.

    Raises:
        InputError: it is a pickle, unreadable or too large, or its strength is no number.
    """
    from safetensors import SafetensorError, safe_open

    if file.suffix.lower() != ".safetensors":
        raise InputError("text_to_image.lora_suffix", got=checks.short_repr(file.name))
    if not file.is_file() or file.stat().st_size > MAX_FILE_BYTES:
        raise InputError("text_to_image.lora_file", got=checks.short_repr(file.name))
    try:
        with safe_open(file, "pt") as opened:
            names, about = opened.keys(), opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError("text_to_image.lora_file", got=checks.short_repr(file.name)) from error
    return _scale_by_alpha(tensors, _parse_adapter_metadata(about))


def _parse_adapter_metadata(about: Mapping[str, str]) -> Mapping[str, Any]:
    """What diffusers wrote into the file's head: "unet.lora_alpha", "unet.alpha_pattern" and so on."""
    try:
        found = json.loads(about.get(METADATA_KEY, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _scale_by_alpha(tensors: dict[str, torch.Tensor], told: Mapping[str, Any]) -> dict[str, torch.Tensor]:
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
    patterns = told.get(f"{part}.alpha_pattern")
    for ending, alpha in patterns.items() if isinstance(patterns, dict) else ():
        if f".{inner}".endswith("." + ending.removeprefix("^")):
            return _parse_number(name, alpha), _rank_power(part, told)
    alpha = told.get(f"{part}.lora_alpha")
    return None if alpha is None else _parse_number(name, alpha), _rank_power(part, told)


def _rank_power(part: str, told: Mapping[str, Any]) -> float:
    """1, or one half where the file was learnt with rank-stabilised strength (Kalajdzievski 2023)."""
    return 0.5 if told.get(f"{part}.use_rslora") else 1


def _parse_number(name: str, value: Any) -> float:
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, int | float) or not abs(value) < 1e6:
        raise InputError("text_to_image.lora_number", got=checks.short_repr(name))
    return float(value)


def match_layers(pipeline: Any, tensors: Tensors) -> dict[str, dict[str, torch.Tensor]]:
    """The tensors as peft names them, by the part of the pipeline to which they belong, "unet" or "text_encoder" or so.

    Raises:
        InputError: one is of another kind, is no number, has no layer in this pipeline, or does not fit it.
    """
    if not tensors:
        raise InputError("text_to_image.lora_empty")
    for name, tensor in tensors.items():
        if any(kind in name for kind in OTHER_KINDS):
            raise InputError("text_to_image.lora_more", got=checks.short_repr(name))
        if not tensor.is_floating_point() or not tensor.float().isfinite().all():
            raise InputError("text_to_image.lora_number", got=checks.short_repr(name))
    _check_halves(tensors)
    parts: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in _convert_to_diffusers(pipeline, tensors).items():
        part, _, inner = name.partition(".")
        if part not in pipeline._lora_loadable_modules:
            raise _foreign_tensor_error(name)
        parts.setdefault(part, {})[inner] = tensor
    return {part: _convert_for_network(getattr(pipeline, part), part, found) for part, found in parts.items()}


def _check_halves(tensors: Tensors) -> None:
    """Whether each of kohya's A has its B: its converter would not say which has not."""
    found: dict[str, dict[str, int]] = {}
    for name, tensor in tensors.items():
        layer, _, half = name.removesuffix(".weight").rpartition(".lora_")
        if name.startswith(KOHYA_PREFIX) and half in ("down", "up"):
            found.setdefault(layer, {})[half] = tensor.shape[0 if half == "down" else 1] if tensor.ndim > 1 else 0
    for layer, ranks in found.items():
        if len(ranks) == 1:
            raise _unequal_ranks_error(layer, ranks.get("down", 0), ranks.get("up", 0))


def _convert_to_diffusers(pipeline: Any, tensors: Tensors) -> Tensors:
    """The tensors as diffusers names them, by the converters that it has for this pipeline."""
    denoiser = "unet" if hasattr(pipeline, "unet") else "transformer"
    net, given = getattr(pipeline, denoiser), _rename_matrices(tensors)
    inside = {name for name, _ in net.named_children()}
    if all(name.split(".")[0] in inside for name in given):
        given = {f"{denoiser}.{name}": tensor for name, tensor in given.items()}
    kohya = any(name.startswith(KOHYA_PREFIX) for name in given)
    try:
        found: Tensors = pipeline.lora_state_dict(given, unet_config=net.config, return_lora_metadata=True)[0]
    # it knows many families and fails in many ways with what it does not know
    except Exception as error:
        raise _foreign_tensor_error(next(iter(tensors))) from error
    # what it leaves in the table that it was given, it has dropped, as it also does with a second set of block names
    if (kohya and given) or len(found) < len(tensors):
        raise _foreign_tensor_error(next(iter(given), next(iter(tensors))))
    return found


def _rename_matrices(tensors: Tensors) -> dict[str, torch.Tensor]:
    """A and B under peft's names where the layers' names are not kohya's, whose converter takes its own alone."""
    return {
        name
        if name.startswith(KOHYA_PREFIX)
        else name.replace(".lora_down.", ".lora_A.").replace(".lora_up.", ".lora_B."): t
        for name, t in tensors.items()
    }


def _convert_for_network(net: Any, part: str, found: Tensors) -> dict[str, torch.Tensor]:
    """The tensors of one network as peft names them, when each belongs to a layer there and fits."""
    known, layers = _convert_to_peft(net, part, found), dict(net.named_modules())
    ranks: dict[str, dict[str, int]] = {}
    for name, tensor in known.items():
        layer, half, rank = _check_tensor(part, name, tensor, layers)
        ranks.setdefault(layer, {})[half] = rank
    for layer, found_ranks in ranks.items():
        a, b = (found_ranks.get(half, 0) for half in "AB")
        if a != b or not a:
            raise _unequal_ranks_error(layer, a, b)
    return known


def _convert_to_peft(net: Any, part: str, found: Tensors) -> dict[str, torch.Tensor]:
    from diffusers.utils import convert_state_dict_to_peft, convert_unet_state_dict_to_peft
    from diffusers.utils.state_dict_utils import StateDictType

    if not part.startswith("text_encoder"):
        return dict(convert_unet_state_dict_to_peft(found))
    for kind in (StateDictType.DIFFUSERS_OLD, StateDictType.DIFFUSERS):
        found = convert_state_dict_to_peft(found, original_type=kind)
    # the layer above all others, which one version of transformers has and the other has not
    return {name if hasattr(net, "text_model") else name.removeprefix("text_model."): t for name, t in found.items()}


def _check_tensor(part: str, name: str, tensor: torch.Tensor, layers: Mapping[str, Any]) -> tuple[str, str, int]:
    """Which layer it is for, which of its two matrices it is, and its rank."""
    match = re.fullmatch(r"(.+?)\.lora_(A|B)\.weight", name)
    weight = getattr(layers.get(match[1]), "weight", None) if match else None
    if match is None or weight is None or not 2 <= tensor.ndim == weight.ndim:
        raise _foreign_tensor_error(f"{part}.{name}")
    # a convolution's A has the layer's window, its B has 1 x 1
    if tensor.shape[2:] != (weight.shape[2:] if match[2] == "A" else (1,) * (weight.ndim - 2)):
        raise _foreign_tensor_error(f"{part}.{name}")
    side = 1 if match[2] == "A" else 0  # A is (rank, in), B is (out, rank)
    have, want = tensor.shape[side], weight.shape[side]
    if have != want:
        raise InputError("text_to_image.lora_shape", layer=checks.short_repr(match[1]), got=have, want=want)
    return match[1], match[2], tensor.shape[1 - side]


def _foreign_tensor_error(name: str) -> InputError:
    return InputError("text_to_image.lora_foreign", got=checks.short_repr(name))


def _unequal_ranks_error(layer: str, a: int, b: int) -> InputError:
    return InputError("text_to_image.lora_rank", layer=checks.short_repr(layer), a=a, b=b)
