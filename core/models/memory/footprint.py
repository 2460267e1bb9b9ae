"""How many bytes a model takes, and where; tensors that several share are known as the same."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

# of each tensor by identity: its device and its bytes
Footprint = dict[int, tuple[str, int]]
SEARCH_DEPTH = 3  # of objects around the networks


def measure_footprint(model: Any) -> Footprint:
    """The tensors of a network, a pipeline or an object that holds some; two views of the same memory are one.

    What is told is where the weights wait: those of layers that accelerate brings one at a time are on the CPU.
    """
    found: Footprint = {}
    places = set()
    for tensor in _iter_tensors(model, SEARCH_DEPTH):
        device = str(getattr(getattr(tensor, "device", None), "type", "cpu"))
        start = tensor.data_ptr() if hasattr(tensor, "data_ptr") and device != "meta" else 0
        place = (device, start or id(tensor), tensor.nbytes)
        if place not in places:
            places.add(place)
            found[id(tensor)] = ("cpu" if device == "meta" else device, int(tensor.nbytes))
    return found


def bytes_by_device(footprints: Iterable[Footprint]) -> Counter[str]:
    """Bytes by device of several models together, each tensor once."""
    total: Counter[str] = Counter()
    together: Footprint = {}
    for each in footprints:
        together |= each
    for device, size in together.values():
        total[device] += size
    return total


def model_bytes(model: Any) -> int:
    """Bytes of all tensors in a model, wherever they are."""
    return bytes_by_device([measure_footprint(model)]).total()


def _iter_tensors(model: Any, depth: int) -> Iterator[Any]:
    if hasattr(model, "parameters") and hasattr(model, "buffers"):
        yield from itertools.chain(model.parameters(), model.buffers())
        return
    if hasattr(model, "untyped_storage"):
        yield model
        return
    parts = getattr(model, "components", None) or getattr(model, "__dict__", None)
    if depth and isinstance(parts, dict):
        for part in list(parts.values()):
            yield from _iter_tensors(part, depth - 1)
