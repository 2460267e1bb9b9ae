"""Half precision where it is quick: networks that see compute in it, what draws is loaded in it at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from core.models.catalog.row import Row
from core.models.catalog.specs import DiffusionSpec

# bfloat16 would need a GPU of 2020 or later, and has an eighth of the steps
HALF_DTYPES = {"cuda": "float16"}


def use_half_precision(net: Any, device: str, judged: Mapping[str, float] | None = None) -> Any:
    """Lets a network compute in half precision on a GPU, by `wrap_half_precision`; its weights stay float32."""
    if device in HALF_DTYPES:
        net.forward = wrap_half_precision(net.forward, device, judged)
    return net


def wrap_half_precision(
    call: Callable[..., Any], device: str, judged: Mapping[str, float] | None = None
) -> Callable[..., Any]:
    """What runs a network, in half precision on a GPU; its answers stay float32.

    Layers that need float32 keep it (autocast, Micikevicius et al. 2018). Where a number is too large for half
    precision all the same, which ends in NaN or infinity, the call is made again in float32.

    Args:
        call: tensors in, tensors out.
        device: "cuda", "mps" or "cpu".
        judged: of an answer that has infinities by design, what must have none, by name, with the least that it may be:
            a detector's score of minus infinity says that there is no word.
    """
    if device not in HALF_DTYPES:
        return call
    import torch
    from torch.utils._pytree import tree_flatten, tree_map

    dtype = getattr(torch, HALF_DTYPES[device])
    finite = torch.finfo(torch.float32).min

    def is_finite(found: Any) -> bool:
        leaves = [(leaf, finite) for leaf in tree_flatten(found)[0] if _is_number(leaf)]
        if judged is not None:
            leaves = [(found[name], least) for name, least in judged.items()]
        # NaN is neither
        return all(bool(((leaf >= least) & (leaf < float("inf"))).all()) for leaf, least in leaves)

    # transformers looks at the signature; what else a network has is not copied
    @functools.wraps(call, updated=())
    def call_in_half(*args: Any, **kwargs: Any) -> Any:
        with torch.autocast(device, dtype=dtype):
            found = call(*args, **kwargs)
        if not is_finite(found):
            return call(*args, **kwargs)
        return tree_map(lambda leaf: leaf.float() if _is_number(leaf) else leaf, found)

    return call_in_half


def weights_dtype(row: Row, device: str) -> Any:
    """The torch dtype in which the weights of a row that draws are loaded: the row's own, or float16, on a GPU."""
    import torch

    own = row.spec.dtype if isinstance(row.spec, DiffusionSpec) else ""
    return getattr(torch, own or HALF_DTYPES[device] if device in HALF_DTYPES else "float32")


def _is_number(leaf: Any) -> bool:
    import torch

    return isinstance(leaf, torch.Tensor) and leaf.is_floating_point()
