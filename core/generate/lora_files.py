"""LoRA files as the world has them: read, and matched with the layers of a model.

Names that are known: those of diffusers and peft ("unet.<layer>.lora_A.weight", "...lora.down.weight",
"base_model.model.<layer>.lora_A.default.weight"), of kohya ("lora_unet_<layer>.lora_down.weight" beside ".alpha",
"lora_te_...", for SDXL also with its makers' block numbers) and LyCORIS (".diff", ".w_norm"), and for FLUX.2 its
makers' ("diffusion_model.double_blocks...").
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import checks
from core.errors import InputError
from core.generate.lora_formats import kinds, plain, vectors
from core.generate.lora_formats.plain import KOHYA_PREFIX, PlainLora, Tensors

if TYPE_CHECKING:
    import torch

MAX_FILE_BYTES = 400 * 10**6  # bytes of a file
METADATA_KEY = "lora_adapter_metadata"  # where diffusers keeps how strongly a file acts
FLUX_HEADS = {"double_blocks", "single_blocks"}  # how FLUX's makers call its blocks
Parts = dict[str, dict[str, "torch.Tensor"]]


def read_lora_file(file: Path) -> PlainLora:
    """What a `.safetensors` file does, A scaled so that the file acts as B A and what is added to vectors.

    Raises:
        InputError: it is a pickle, unreadable or too large, of another kind, or its strength is no number.
    """
    if file.suffix.lower() != ".safetensors":
        raise InputError("text_to_image.lora_suffix", got=checks.short_repr(file.name))
    if not file.is_file():
        raise InputError("text_to_image.lora_file", got=checks.short_repr(file.name))
    tensors, about = _read_tensors(file)
    return plain.to_plain_lora(tensors, about, _parse_adapter_metadata(about))


def _read_tensors(file: Path) -> tuple[dict[str, torch.Tensor], Mapping[str, str]]:
    """The tensors of a file, and what its head says beside them; of a large one the names alone say what it is."""
    from safetensors import SafetensorError, safe_open

    name = checks.short_repr(file.name)
    try:
        kinds.refuse_other_bytes(file)
        with safe_open(file, "pt") as opened:
            names, about = list(opened.keys()), opened.metadata() or {}
            if file.stat().st_size > MAX_FILE_BYTES:
                kinds.refuse_other_kinds(names)
                raise InputError("text_to_image.lora_file", got=name)
            return {name: opened.get_tensor(name) for name in names}, about
    except (SafetensorError, OSError, ValueError, RecursionError, RuntimeError) as error:
        cut = "not fully covered" in str(error)  # by what its head says of it
        raise InputError(f"text_to_image.lora_{'cut' if cut else 'file'}", got=name) from error


def _parse_adapter_metadata(about: Mapping[str, str]) -> Mapping[str, Any]:
    """What diffusers wrote into the file's head: "unet.lora_alpha", "unet.alpha_pattern" and so on."""
    try:
        found = json.loads(about.get(METADATA_KEY, "{}"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def match_layers(pipeline: Any, lora: PlainLora) -> tuple[Parts, Parts]:
    """What acts on the parts of the pipeline, "unet" or "text_encoder" or so.

    Returns:
        The matrices as peft names them, and what is added to vectors by the name of the parameter, each by its part.

    Raises:
        InputError: one is no number, has no layer in this pipeline, or does not fit it.
    """
    if not lora.matrices and not lora.vectors:
        raise InputError("text_to_image.lora_only_words" if lora.notes.words else "text_to_image.lora_empty")
    try:
        return _match_matrices(pipeline, lora.matrices), vectors.match_vectors(pipeline, lora.vectors)
    except InputError as error:
        if lora.full and error.key == "text_to_image.lora_shape":
            raise InputError("text_to_image.lora_full_shape", **error.facts) from error
        mine = kinds.find_family(pipeline)
        foreign = error.key in ("text_to_image.lora_foreign", "text_to_image.lora_shape")
        if foreign and mine and lora.family and not mine.startswith(lora.family):
            raise InputError("text_to_image.lora_family", got=lora.family, want=mine) from error
        raise


def _match_matrices(pipeline: Any, tensors: Tensors) -> Parts:
    if not tensors:
        return {}
    plain.refuse_wrong_numbers(tensors)
    _check_halves(tensors)
    parts: Parts = {}
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
    net, given = getattr(pipeline, denoiser), _add_part(pipeline, _rename_matrices(tensors))
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


def _add_part(pipeline: Any, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors with the part's name before them, where all are layers of one; FLUX's makers' names get theirs."""
    heads = {name.split(".")[0] for name in tensors}
    if heads & FLUX_HEADS:
        return {f"diffusion_model.{name}": tensor for name, tensor in tensors.items()}
    for part in pipeline._lora_loadable_modules:
        net = getattr(pipeline, part, None)
        inside = {"text_model"} if part == "text_encoder" else set()
        if net is not None and heads <= inside | {name for name, _ in net.named_children()}:
            return {f"{part}.{name}": tensor for name, tensor in tensors.items()}
    return tensors


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
    layers = dict(net.named_modules())
    known = {name: _reshape_window(name, t, layers) for name, t in _convert_to_peft(net, part, found).items()}
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


def _reshape_window(name: str, tensor: torch.Tensor, layers: Mapping[str, Any]) -> torch.Tensor:
    """With windows of 1 x 1 if the layer has such: some programs leave them out, or write them for all layers."""
    weight = getattr(layers.get(name.rpartition(".lora_")[0]), "weight", None)
    if weight is not None and {tensor.ndim, weight.ndim} == {2, 4} and tensor.numel() == tensor.shape[:2].numel():
        return tensor.reshape(*tensor.shape[:2], *[1] * (weight.ndim - 2))
    return tensor


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
