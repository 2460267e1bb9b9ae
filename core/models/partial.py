"""Networks of which only a part was trained here: the frozen backbone's weights stay in their own package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module


def trained(net: Module) -> dict[str, Tensor]:
    """What the weights' file holds: everything but what lies under a module called `backbone`."""
    return {name: tensor for name, tensor in net.state_dict().items() if "backbone" not in name.split(".")}


def load(net: Module, path: Path) -> None:
    """Fills in the trained part from a safetensors file; every tensor must be there and fit."""
    from safetensors.torch import load_file

    tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
    missing = set(trained(net)) - set(tensors)
    assert not missing, f"{path.name} lacks {sorted(missing)[:3]}"
    net.load_state_dict(tensors, strict=False)
