"""Half precision where it is quick: the large networks that see. What draws is loaded in half precision at once."""

from __future__ import annotations

import functools
from typing import Any

# bfloat16 would need a GPU of 2020 or later, and has an eighth of the steps
HALF = {"cuda": "float16"}


def halve(net: Any, device: str) -> Any:
    """Lets a network compute in half precision on a GPU, and returns it; its weights and its answers stay float32.

    Layers that need float32 keep it (autocast, Micikevicius et al. 2018). Where a number is too large for half
    precision all the same, which ends in NaN or infinity, the call is made again in float32; minus infinity is how a
    detector says that there is no word.
    """
    if device not in HALF:
        return net
    import torch
    from torch.utils._pytree import tree_flatten, tree_map

    plain = net.forward
    dtype = getattr(torch, HALF[device])

    @functools.wraps(plain)
    def forward(*args: Any, **kwargs: Any) -> Any:
        with torch.autocast(device, dtype=dtype):
            found = plain(*args, **kwargs)
        if not all(bool((leaf < float("inf")).all()) for leaf in tree_flatten(found)[0] if _is_number(leaf)):
            return plain(*args, **kwargs)
        return tree_map(lambda leaf: leaf.float() if _is_number(leaf) else leaf, found)

    net.forward = forward
    return net


def _is_number(leaf: Any) -> bool:
    import torch

    return isinstance(leaf, torch.Tensor) and leaf.is_floating_point()
