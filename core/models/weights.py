"""Weights into networks: all of them, or only the part that was trained here on a frozen backbone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.models.libraries import silence_transformers

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module


def trained_tensors(net: Module) -> dict[str, Tensor]:
    """What the weights' file holds: everything but what lies under a module called `backbone`."""
    return {name: tensor for name, tensor in net.state_dict().items() if "backbone" not in name.split(".")}


def load_trained(net: Module, path: Path) -> None:
    """Fills in the trained part from a safetensors file; every tensor must be there and fit.

    Raises:
        ValueError: one is missing.
    """
    from safetensors.torch import load_file

    tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
    missing = set(trained_tensors(net)) - set(tensors)
    if missing:
        raise ValueError(f"{path.name} lacks {sorted(missing)[:3]}")
    net.load_state_dict(tensors, strict=False)


def load_pretrained(kind: Any, path: Path, **settings: Any) -> Any:
    """A network in eval mode from a folder of the Hub; what the file holds beyond it is left out.

    Args:
        kind: a class of transformers with `from_pretrained`.
        path: the folder with its configuration and its weights.
        settings: for `from_pretrained`.

    Raises:
        ValueError: the weights are those of another architecture, or not all there.
    """
    silence_transformers()
    net, report = kind.from_pretrained(path, local_files_only=True, output_loading_info=True, **settings)
    parameters = dict(net.named_parameters())
    lacking = parameters.keys() & set(report["missing_keys"])
    if lacking:
        raise ValueError(f"{len(lacking)} of {len(parameters)} tensors missing")
    return net.eval()


def load_parts(path: Path, **settings: Any) -> dict[str, Any]:
    """The networks of transformers in a diffusers folder, such as its text encoders, by their name in the pipeline.

    Raises:
        ValueError: as `load_pretrained`.
    """
    import transformers

    index = path / "model_index.json"
    named = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}
    kinds = {name: kind[1] for name, kind in named.items() if isinstance(kind, list) and kind[0] == "transformers"}
    # tokenizers have other files
    networks = {name: kind for name, kind in kinds.items() if (path / name / "config.json").is_file()}
    return {
        name: load_pretrained(getattr(transformers, kind), path / name, **settings) for name, kind in networks.items()
    }
